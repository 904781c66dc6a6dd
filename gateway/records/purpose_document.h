/* SPDX-License-Identifier: Apache-2.0
 *
 * The document of a registered purpose, as `dvara purpose apply` takes it
 * (conf/schema/purpose.json): checked, read into struct purpose, shown, certified.
 */
#ifndef RECORDS_PURPOSE_DOCUMENT_H
#define RECORDS_PURPOSE_DOCUMENT_H

#include "records/policy.h"
#include "records/purpose.h"

struct client;
struct signer;
struct task;

/* registered: attributes (attribute.h).  Fails INVALID_REQUEST naming the member. */
int purpose_document_check(struct task *task, const json_t *document, const json_t *registered);

/* All but claims and version, of a document that was checked; texts stay the document's. */
struct purpose purpose_document_read(const struct policy_version *version);

/* The certificate of a version that is approved at at_s until until_s: typ rc-rp+jwt, {iss, sub:
 * client, jti, iat, exp, name{lang}, purpose, number, document, status: where it is shown}.  Fails
 * BROKEN. */
struct purpose_certified {
	const struct client *client;
	const struct policy_version *version;
	int64_t at_s, until_s;
};
int purpose_certify(struct task *task, struct signer *signer,
    const struct purpose_certified *certified, const char **ret_jws);

/* Whether a version says what its certificate says, and the certificate is the gateway's: nobody
 * has changed it since two operators agreed.  Of a key that is no longer there the signature is not
 * looked at. */
bool purpose_is_as_certified(struct task *task, const struct policy_version *version);

/* All that stand, of all clients: *ret_changed is the first that is not, or an empty one. */
int purpose_verify(struct task *task, struct policy_version *ret_changed);

#endif
