/* SPDX-License-Identifier: Apache-2.0
 *
 * Certificates of registered purposes (see purpose_document.h), after the registration certificates
 * of relying parties of ETSI TS 119 475.
 */
#include "records/purpose_document.h"

#include "core/random.h"
#include "core/settings.h"
#include "core/task.h"
#include "jose/keys.h"
#include "jose/sign.h"
#include "jose/verify.h"
#include "records/client.h"
#include "store/sql.h"

#include <string.h>

#define TYP      "rc-rp+jwt"
#define ID_BYTES 16

static json_t *certified_part(struct task *task, const json_t *document);
static bool claims_fit(
    struct task *task, const json_t *claims, const struct policy_version *version);
static bool is_ours(const struct task *task, const struct jws *jws);

int
purpose_certify(struct task *task, struct signer *signer, const struct purpose_certified *certified,
    const char **ret_jws)
{
	const struct policy_version *version = certified->version;
	const char *client_id = certified->client->id;
	json_t *claims;

	claims = json_keep(
	    task, json_pack("{s:s, s:s, s:s, s:I, s:I, s:O, s:i, s:s, s:O}", "iss",
		      task->rooms->settings->gateway_issuer, "sub", client_id, "jti",
		      random_id(task, ID_BYTES), "iat", (json_int_t)certified->at_s, "exp",
		      (json_int_t)certified->until_s, "name", certified->client->name, "number",
		      version->number, "status", purpose_url(task, client_id, version->policy.id),
		      "purpose", certified_part(task, version->document)));
	return jws_sign(task, &(struct sign_as){.signer = signer, .typ = TYP}, claims, ret_jws);
}

/* What of the document the certificate does not say elsewhere. */
static json_t *
certified_part(struct task *task, const json_t *document)
{
	json_t *part = json_keep(task, json_copy((json_t *)(uintptr_t)document));

	json_object_del(part, "$schema");
	json_object_del(part, "client_id");
	return part;
}

bool
purpose_is_as_certified(struct task *task, const struct policy_version *version)
{
	auto_jws jws = {0};

	if (version->certificate == NULL)
		return false;
	if (jws_parse_sized(task, version->certificate, strlen(version->certificate) + 1, &jws) <
	    0) {
		fault_clear(task);
		return false;
	}
	return claims_fit(task, jws.claims, version) && is_ours(task, &jws);
}

static bool
claims_fit(struct task *task, const json_t *claims, const struct policy_version *version)
{
	int64_t number = 0, until_s = 0;

	return str_equal(json_get_text(claims, "sub"), version->policy.owner) &&
	       json_get_i64(claims, "number", &number) && number == version->number &&
	       json_get_i64(claims, "exp", &until_s) && until_s == version->until_s &&
	       str_equal(json_get_text(version->document, "client_id"), version->policy.owner) &&
	       str_equal(json_get_text(version->document, "id"), version->policy.id) &&
	       json_equal(
		   json_object_get(claims, "purpose"), certified_part(task, version->document));
}

static bool
is_ours(const struct task *task, const struct jws *jws)
{
	const struct jwk *key = task->rooms->keys == NULL ? NULL
							  : keys_find(task->rooms->keys,
								json_get_text(jws->header, "kid"));

	return key == NULL ||
	       jwk_verifies(key, ALG_ES256, BYTES_OF(jws->signed_part), jws->signature);
}

int
purpose_verify(struct task *task, struct policy_version *ret_changed)
{
	struct sql_rows rows;
	int r;

	*ret_changed = (struct policy_version){0};
	r = policy_standing_rows(task, "purpose", NULL, &rows);
	for (size_t i = 0; r == 0 && i < rows.n_rows; i++) {
		struct policy_version version = {0};

		r = policy_version_of(task, &rows, i, &version);
		if (r == 0 && !purpose_is_as_certified(task, &version)) {
			*ret_changed = version;
			return 0;
		}
	}
	return r;
}
