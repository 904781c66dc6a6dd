/* SPDX-License-Identifier: Apache-2.0
 *
 * The one gate: the only code through which a claim about a person leaves.
 *
 * Released = asked ∩ registered for this client and purpose ∩ consented (or a lawful duty) ∩ known.
 * One ledger row, durable before the answer goes out.
 */
#ifndef CONSENT_RELEASE_H
#define CONSENT_RELEASE_H

#include "records/client.h"
#include "records/consent.h"

struct task;

enum channel { CHANNEL_ID_TOKEN = 1, CHANNEL_USERINFO, CHANNEL_SERVICE, CHANNEL_CONSENT_API };
const char *release_channel_name(enum channel channel); /* as the ledger calls it */

struct release {
	const char *person_id;
	const struct client *client;
	const char *purpose_id; /* NULL: the client's first */
	const char *consent_id; /* NULL: it rests on the law that the purpose names (basis) */
	enum channel channel;
	const char *const *asked; /* claim names */
	const json_t *values;     /* {name: [values]}: a claim that has none of them does not leave
				     (OpenID Connect Core section 5.5.1), a match is made with the
				     first; NULL: any */
	const char *request_id;   /* of the task as a rule */
	const char *once; /* CHANNEL_CONSENT_API: what the client knows this release by; for a day
			     after it again is the same one: no second row, nothing used up */
};
/* ret_claims: {name: value}, only what may leave; a new reference. No claim left to give: {} and no
 * row. The person dead or blocked since: ACCESS_DENIED.  Consent over or withdrawn:
 * CONSENT_REQUIRED.  Where another was given in its place, what leaves is what both allowed.
 * SOURCE_AWAY: an office that knows one of them cannot be reached now; nothing leaves then, since
 * an answer without it would say that it is not known.  More often than the purpose may:
 * LIMIT_EXCEEDED.
 *
 * By the consent API a client names the consent itself: in any other state it is CONSENT_NOT_ACTIVE
 * or CONSENT_PAUSED, and there is a row whatever is known. */
int release_claims(struct task *task, const struct release *release, json_t **ret_claims);

/* May anything leave at all, or what was released once be sent again?  What is asked is not looked
 * at; fails as release_claims(). */
int release_check(struct task *task, const struct release *release);

/* The same of what an access token of a person speaks for, whoever has it now: the client that the
 * consent was given to may have passed it on (RFC 8693).  CONSENT_REQUIRED as well where that
 * client has gone. */
struct grant;
int release_grant_check(struct task *task, const struct grant *grant);

/* May the person be represented here at all?  Dead, blocked or no longer known: ACCESS_DENIED. */
int release_person_check(struct task *task, const char *person_id);

/* The same as part of a reading (store/sql.h), which can write nothing; the reading's r goes
 * through release_settle() then.  It returns r; where the register says dead or blocked, what the
 * person had here has ended for good (records/lifecycle.h). */
int release_person_read(struct task *task, const char *person_id);
int release_settle(struct task *task, const char *person_id, int r);

/* The person's own credential: what is known of names, to their own wallet; one ledger row, basis
 * "own".  Dead or blocked, or one of must is not known: ACCESS_DENIED, and no row. */
int release_to_wallet(struct task *task, const char *person_id, const json_t *names,
    const json_t *must, json_t **ret_claims);

/* What a page may show before anything leaves, for the person's own eyes: claims {name: value} (a
 * new reference); from and away {name: {lang: office}} or NULL, as in struct source_entry. */
struct release_shown {
	const char *person_id;
	const char *const *names;
	const json_t *values; /* {name: [value]} that the request brings for matches, or NULL */
};
struct release_known {
	json_t *claims;
	const json_t *from, *away;
};
int release_known(
    struct task *task, const struct release_shown *shown, struct release_known *ret_known);

/* The claims alone: where one is away, SOURCE_AWAY. */
int release_preview(
    struct task *task, const char *person_id, const char *const *names, json_t **ret_claims);

#endif
