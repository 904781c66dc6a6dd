/* SPDX-License-Identifier: Apache-2.0
 *
 * GET /.well-known/openid-credential-issuer (OpenID4VCI 1.0 section 12.2): what the files of the
 * types say, in five languages.
 */
#include "issue/issue.h"

#include "core/settings.h"
#include "core/task.h"
#include "issue/issuer.h"
#include "pages/language.h"
#include "pages/page.h"

static json_t *configuration(struct task *task, const struct credential_type *type);
static json_t *display(const struct credential_type *type);
static json_t *claims(struct task *task, const struct credential_type *type);
static json_t *claim_display(struct task *task, const struct credential_claim *claim);

int
issue_metadata(struct task *task, const struct request *request, struct reply *reply)
{
	const struct settings *settings = task->rooms->settings;
	const char *base = settings->gateway_issuer;
	json_t *metadata, *configurations = json_keep(task, json_object());
	const struct credential_type *type;
	struct issuer *issuer;
	int r;

	(void)request;
	r = issuer_of(task, &issuer);
	if (r < 0)
		return r;
	for (size_t i = 0; (type = credential_type_at(task, i)) != NULL; i++)
		json_object_set_new(configurations, type->id, configuration(task, type));
	metadata = json_keep(task, json_object());
	json_set_text(metadata, "credential_issuer", base);
	json_set_text(
	    metadata, "credential_endpoint", task_printf(task, "%s/vci/credential", base));
	json_set_text(metadata, "nonce_endpoint", task_printf(task, "%s/vci/nonce", base));
	json_set_text(
	    metadata, "notification_endpoint", task_printf(task, "%s/vci/notification", base));
	if (issuer_batch(task) > 1)
		json_object_set_new(metadata, "batch_credential_issuance",
		    json_pack("{s:i}", "batch_size", issuer_batch(task)));
	json_object_set_new(
	    metadata, "display", json_pack("[{s:s}]", "name", settings->gateway_name));
	json_object_set(metadata, "credential_configurations_supported", configurations);
	return reply_json(reply, 200, metadata);
}

static json_t *
configuration(struct task *task, const struct credential_type *type)
{
	return json_pack("{s:s, s:s, s:s, s:[s], s:[s], s:{s:{s:[s]}}, s:{s:o, s:o}}", "format",
	    "dc+sd-jwt", "vct", type->vct, "scope", type->id,
	    "cryptographic_binding_methods_supported", "jwk",
	    "credential_signing_alg_values_supported", "ES256", "proof_types_supported", "jwt",
	    "proof_signing_alg_values_supported", "ES256", "credential_metadata", "display",
	    display(type), "claims", claims(task, type));
}

static json_t *
display(const struct credential_type *type)
{
	json_t *array = json_array();

	for (size_t i = 0; i < LANGUAGE_END_; i++) {
		const char *code = languages[i].code;
		const char *name = json_get_text(type->name, code);
		json_t *one;

		if (name == NULL)
			continue;
		one = json_pack("{s:s, s:s}", "locale", code, "name", name);
		json_set_text(one, "description", json_get_text(type->description, code));
		json_set_text(one, "background_color", type->background);
		json_set_text(one, "text_color", type->colour);
		json_array_append_new(array, one);
	}
	return array;
}

static json_t *
claims(struct task *task, const struct credential_type *type)
{
	json_t *array = json_array();

	for (size_t i = 0; i < type->n_claims; i++) {
		const struct credential_claim *claim = &type->claims[i];

		json_array_append_new(
		    array, json_pack("{s:[s], s:b, s:o}", "path", claim->name, "mandatory",
			       claim->is_mandatory, "display", claim_display(task, claim)));
	}
	return array;
}

/* Where the file says nothing, what the pages call the claim. */
static json_t *
claim_display(struct task *task, const struct credential_claim *claim)
{
	json_auto_t *words = claim->label == NULL ? page_claim_labels(task, claim->name) : NULL;
	const json_t *label = words == NULL ? claim->label : words;
	json_t *array = json_array();

	for (size_t i = 0; i < LANGUAGE_END_; i++) {
		const char *name = json_get_text(label, languages[i].code);

		if (name != NULL)
			json_array_append_new(array,
			    json_pack("{s:s, s:s}", "locale", languages[i].code, "name", name));
	}
	return array;
}
