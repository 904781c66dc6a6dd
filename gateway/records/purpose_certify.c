/* SPDX-License-Identifier: Apache-2.0
 *
 * Certificates of registered purposes (see purpose_document.h), after the registration certificates
 * of relying parties of ETSI TS 119 475.
 */
#include "records/purpose_document.h"

#include "core/random.h"
#include "core/settings.h"
#include "core/task.h"
#include "jose/sign.h"
#include "records/client.h"

#define TYP      "rc-rp+jwt"
#define ID_BYTES 16

int
purpose_certify(struct task *task, struct signer *signer, const struct purpose_certified *certified,
    const char **ret_jws)
{
	const struct policy_version *version = certified->version;
	const char *client_id = certified->client->id;
	json_t *document = json_keep(task, json_copy((json_t *)(uintptr_t)version->document));
	json_t *claims;

	json_object_del(document, "$schema");
	json_object_del(document, "client_id");
	claims = json_keep(
	    task, json_pack("{s:s, s:s, s:s, s:I, s:I, s:O, s:i, s:s, s:O}", "iss",
		      task->rooms->settings->gateway_issuer, "sub", client_id, "jti",
		      random_id(task, ID_BYTES), "iat", (json_int_t)certified->at_s, "exp",
		      (json_int_t)certified->until_s, "name", certified->client->name, "number",
		      version->number, "status", purpose_url(task, client_id, version->policy.id),
		      "purpose", document));
	return jws_sign(task, &(struct sign_as){.signer = signer, .typ = TYP}, claims, ret_jws);
}
