/* SPDX-License-Identifier: Apache-2.0
 *
 * GET /.well-known/openid-credential-issuer (OpenID4VCI 1.0 section 12.2).
 */
#include "issue/issue.h"

#include "core/settings.h"
#include "issue/issuer.h"

static json_t *configuration(const struct settings *settings);

int
issue_metadata(struct task *task, const struct request *request, struct reply *reply)
{
	const struct settings *settings = task->rooms->settings;
	const char *base = settings->gateway_issuer;
	struct issuer *issuer;
	json_t *metadata;
	int r;

	(void)request;
	r = issuer_of(task, &issuer);
	if (r < 0)
		return r;
	metadata = json_keep(task, json_object());
	json_set_text(metadata, "credential_issuer", base);
	json_set_text(
	    metadata, "credential_endpoint", task_printf(task, "%s/vci/credential", base));
	json_set_text(metadata, "nonce_endpoint", task_printf(task, "%s/vci/nonce", base));
	json_set_text(
	    metadata, "notification_endpoint", task_printf(task, "%s/vci/notification", base));
	json_object_set_new(
	    metadata, "batch_credential_issuance", json_pack("{s:i}", "batch_size", ISSUE_BATCH));
	json_object_set_new(metadata, "display",
	    json_pack("[{s:s, s:s}]", "name", settings->gateway_name, "locale", "en"));
	json_object_set_new(metadata, "credential_configurations_supported",
	    json_pack("{s:o}", ISSUE_CONFIGURATION, configuration(settings)));
	return reply_json(reply, 200, metadata);
}

static json_t *
display(void)
{
	static const char *const names[][2] = {{"en", "Digital identity"}, {"km", "អត្តសញ្ញាណឌីជីថល"},
	    {"lo", "ຕົວຕົນດິຈິຕອນ"}, {"fr", "Identité numérique"}, {"ar", "الهوية الرقمية"}};
	json_t *array = json_array();

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		json_array_append_new(
		    array, json_pack("{s:s, s:s}", "locale", names[i][0], "name", names[i][1]));
	return array;
}

static json_t *
claims(const struct settings *settings)
{
	json_t *array = json_pack("[{s:[s]}]", "path", settings->wallet_subject_claim), *name;
	json_auto_t *names = issuer_claim_names();
	size_t i;

	json_array_foreach(names, i, name)
		json_array_append_new(array, json_pack("{s:[O]}", "path", name));
	return array;
}

static json_t *
configuration(const struct settings *settings)
{
	return json_pack("{s:s, s:s, s:s, s:[s], s:[s], s:{s:{s:[s]}}, s:{s:o, s:o}}", "format",
	    "dc+sd-jwt", "vct", settings->wallet_vct, "scope", ISSUE_CONFIGURATION,
	    "cryptographic_binding_methods_supported", "jwk",
	    "credential_signing_alg_values_supported", "ES256", "proof_types_supported", "jwt",
	    "proof_signing_alg_values_supported", "ES256", "credential_metadata", "display",
	    display(), "claims", claims(settings));
}
