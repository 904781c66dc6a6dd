/* SPDX-License-Identifier: Apache-2.0
 *
 * A consent as its client sees it, and as it can be shown to others: a signed artefact (JWS, typ
 * consent+jwt), and the receipt of it (typ consent-receipt+jwt, with the members of ISO/IEC TS
 * 27560), which the person and the client both may keep.  Both are signed as the consent is given
 * and say what it was then; what became of it since is said at their status address.
 *
 * Of an inline purpose nobody registered where the receiver keeps what it gets, nor a notice: the
 * receipt says ARTEFACT_NOT_STATED for the one, for the law [gateway] country where it is set, and
 * names the notice that was shown by its hash (RFC 6920, ni:///sha-256;HASH).
 */
#ifndef CONSENT_ARTEFACT_H
#define CONSENT_ARTEFACT_H

#include "records/client.h"
#include "records/consent.h"

struct task;

#define ARTEFACT_NOT_STATED "not stated"

/* As of now: a consent whose purpose is not in force is suspended. */
enum consent_state artefact_state(const struct client *client, const struct consent *consent);

/* "id/vN" of the purpose that was agreed to; its id alone where another version is in force. */
const char *artefact_purpose(
    struct task *task, const struct client *client, const struct consent *consent);

/* {id, status, sub, purpose, basis, access, given_at, valid_until, data_life, attributes,
 * notice_hash, language, [frequency], [consent_request], [ended_at], [paused_at],
 * [suspended_because]}; kept by the task.  What the
 * person did not allow is not told. */
json_t *artefact_json(
    struct task *task, const struct client *client, const struct consent *consent);

/* For each of several, NULL-ended. */
int artefact_seal_all(struct task *task, struct consent **consents);

/* Signs both and keeps them in the consent, which is about to be given: id and given_s are made
 * where they are not there.  task->language is the person's.  Fails MISCONFIGURED. */
int artefact_seal(struct task *task, const struct client *client, struct consent *consent);

#endif
