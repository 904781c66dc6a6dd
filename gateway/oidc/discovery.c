/* SPDX-License-Identifier: Apache-2.0
 *
 * GET /.well-known/openid-configuration and /.well-known/oauth-authorization-server: what this
 * gateway can do (OpenID Connect Discovery 1.0, RFC 8414).  Only what works stands in it.
 */
#include "oidc/oidc.h"

#include "access/endpoint.h"
#include "consent/api.h"
#include "consent/purpose.h"
#include "core/settings.h"
#include "core/task.h"
#include "jose/jwe.h"
#include "jose/keys.h"
#include "login/login.h"
#include "oidc/documents.h"
#include "oidc/rules/details.h"
#include "oidc/rules/mtls.h"
#include "oidc/grants/grants.h"
#include "records/credential_type.h"

#define FRESH "public, max-age=300"

static json_t *document(struct task *task);
static void endpoints_add(struct task *task, json_t *json);
static void callers_add(struct task *task, json_t *json);
static void signing_add(struct task *task, json_t *json);
static void seals_add(struct task *task, json_t *json);
static void ciba_add(json_t *json);
static void claims_add(json_t *json);
static void credentials_add(struct task *task, json_t *json);
static void words_add(json_t *json, const char *name, const char *const *words);

int
oidc_discovery(struct task *task, const struct request *request, struct reply *reply)
{
	(void)request;
	reply_header(reply, "Cache-Control", FRESH);
	return reply_text(reply, 200, "application/json", task->rooms->documents->discovery);
}

const char *
documents_discovery(struct task *task)
{
	json_auto_t *json = document(task);

	return json_text(task, json);
}

static json_t *
document(struct task *task)
{
	static const char *const languages[] = {"km", "lo", "en", "fr", "ar", NULL};
	static const char *const scopes[] = {
	    "openid", "profile", "email", "phone", "address", "offline_access", API_SCOPE, NULL};
	static const char *const subjects[] = {"pairwise", "public", NULL};
	static const char *const code[] = {"code", NULL};
	static const char *const details[] = {DETAILS_TYPE, NULL};
	static const char *const modes[] = {"query", "form_post", "fragment", "jwt", "query.jwt",
	    "form_post.jwt", "fragment.jwt", NULL};
	static const char *const prompts[] = {"none", "login", "consent", "select_account", NULL};
	json_t *json = json_object();

	endpoints_add(task, json);
	words_add(json, "response_types_supported", code);
	words_add(json, "response_modes_supported", modes);
	words_add(json, "scopes_supported", scopes);
	words_add(json, "subject_types_supported", subjects);
	words_add(json, "acr_values_supported", login_acr_values(task));
	words_add(json, "prompt_values_supported", prompts);
	words_add(json, "ui_locales_supported", languages);
	claims_add(json);
	callers_add(task, json);
	signing_add(task, json);
	words_add(json, "authorization_details_types_supported", details);
	credentials_add(task, json);
	ciba_add(json);
	json_object_set_new(json, "claims_parameter_supported", json_true());
	json_object_set_new(json, "request_parameter_supported", json_true());
	json_object_set_new(json, "request_uri_parameter_supported", json_false());
	json_object_set_new(json, "require_signed_request_object", json_false());
	json_object_set_new(json, "require_pushed_authorization_requests", json_false());
	json_object_set_new(json, "authorization_response_iss_parameter_supported", json_true());
	json_object_set_new(json, "backchannel_logout_supported", json_true());
	json_object_set_new(json, "backchannel_logout_session_supported", json_true());
	mtls_describe(task, json);
	json_object_set_new(json, "frontchannel_logout_supported", json_true());
	json_object_set_new(json, "frontchannel_logout_session_supported", json_true());
	return json;
}

static void
endpoints_add(struct task *task, json_t *json)
{
	const struct settings *settings = task->rooms->settings;
	size_t i;

	json_set_text(json, "issuer", settings->gateway_issuer);
	for (i = 0; i < endpoint_count; i++)
		json_set_text(json, endpoint_table[i].name,
		    task_printf(task, "%s%s", settings->gateway_issuer, endpoint_table[i].path));
	if (settings->registration_enabled)
		json_set_text(json, "registration_endpoint",
		    task_printf(task, "%s/register", settings->gateway_issuer));
}

/* How clients prove who they are, the same at every endpoint; a public one learns nothing of
 * tokens. */
static void
callers_add(struct task *task, json_t *json)
{
	static const char *const endpoints[] = {"token", "revocation", "introspection"};
	static const char *const algs[] = {"ES256", "PS256", "EdDSA", "RS256", NULL};
	static const char *const methods[] = {
	    "client_secret_basic", "client_secret_post", "private_key_jwt", NULL};

	for (size_t i = 0; i < sizeof(endpoints) / sizeof(endpoints[0]); i++) {
		const char *name = task_printf(task, "%s_endpoint_auth_", endpoints[i]);
		const char *member = task_printf(task, "%smethods_supported", name);

		words_add(json, member, methods);
		if (!str_equal(endpoints[i], "introspection"))
			json_array_append_new(json_object_get(json, member), json_string("none"));
		words_add(json, task_printf(task, "%ssigning_alg_values_supported", name), algs);
	}
}

static void
signing_add(struct task *task, json_t *json)
{
	static const enum alg algs[] = {ALG_RS256, ALG_ES256, ALG_PS256, ALG_EDDSA};
	static const char *const s256[] = {"S256", NULL};
	static const char *const requests[] = {"ES256", "PS256", "EdDSA", "RS256", NULL};
	json_t *signs = json_array();
	size_t i;

	for (i = 0; i < sizeof(algs) / sizeof(algs[0]); i++)
		if (keys_signer(task->rooms->keys, algs[i]) != NULL)
			json_array_append_new(signs, json_string(alg_name(algs[i])));
	json_object_set_new(json, "id_token_signing_alg_values_supported", signs);
	json_object_set(json, "userinfo_signing_alg_values_supported", signs);
	seals_add(task, json);
	json_object_set(json, "authorization_signing_alg_values_supported", signs);
	json_object_set(json, "introspection_signing_alg_values_supported", signs);
	words_add(json, "request_object_signing_alg_values_supported", requests);
	words_add(json, "code_challenge_methods_supported", s256);
	words_add(json, "dpop_signing_alg_values_supported",
	    (const char *const *)str_words(task, REPLY_DPOP_ALGS, 8));
	words_add(json, "grant_types_supported", grants_names(task));
}

/* OpenID CIBA Core 1.0 section 4; that login_hint_token is not taken no member can say. */
static void
ciba_add(json_t *json)
{
	static const char *const modes[] = {"poll", "ping", NULL};
	static const char *const algs[] = {"ES256", "PS256", "EdDSA", NULL};

	words_add(json, "backchannel_token_delivery_modes_supported", modes);
	words_add(json, "backchannel_authentication_request_signing_alg_values_supported", algs);
	json_object_set_new(json, "backchannel_user_code_parameter_supported", json_false());
}

static void
seals_add(struct task *task, json_t *json)
{
	static const char *const what[] = {"id_token", "userinfo", "authorization", NULL};
	const char *const *algs = (const char *const *)str_words(task, JWE_ALGS, 8);
	const char *const *encs = (const char *const *)str_words(task, JWE_ENCS, 8);
	const char *const *each;

	for (each = what; *each != NULL; each++) {
		words_add(
		    json, task_printf(task, "%s_encryption_alg_values_supported", *each), algs);
		words_add(
		    json, task_printf(task, "%s_encryption_enc_values_supported", *each), encs);
	}
}

static void
claims_add(json_t *json)
{
	static const char *const scopes[] = {"profile", "email", "phone", "address", NULL};
	static const char *const normal[] = {"normal", NULL};
	static const char *const protocol[] = {
	    "iss", "sub", "aud", "exp", "iat", "auth_time", "nonce", "acr", "amr", "sid", NULL};
	const char *const *scope, *const *claim;

	words_add(json, "claims_supported", protocol);
	for (scope = scopes; *scope != NULL; scope++)
		for (claim = purpose_scope_claims(*scope); *claim != NULL; claim++)
			json_array_append_new(
			    json_object_get(json, "claims_supported"), json_string(*claim));
	words_add(json, "claim_types_supported", normal);
}

/* OpenID4VCI 1.0 sections 5.1 and 12.3: what wallets may ask, beside everybody's scopes. */
static void
credentials_add(struct task *task, json_t *json)
{
	const struct credential_type *type;

	if (task->rooms->settings->issue_key_file == NULL)
		return;
	json_object_set_new(json, "pre-authorized_grant_anonymous_access_supported", json_true());
	json_array_append_new(json_object_get(json, "authorization_details_types_supported"),
	    json_string(CREDENTIAL_DETAILS_TYPE));
	for (size_t i = 0; (type = credential_type_at(task, i)) != NULL; i++)
		json_array_append_new(
		    json_object_get(json, "scopes_supported"), json_string(type->id));
}

static void
words_add(json_t *json, const char *name, const char *const *words)
{
	json_t *array;

	if (*words == NULL)
		return;
	array = json_array();
	for (; *words != NULL; words++)
		json_array_append_new(array, json_string(*words));
	json_object_set_new(json, name, array);
}
