/* SPDX-License-Identifier: Apache-2.0
 *
 * id_token_hint.  Called by authorization.c, decision.c and end_session.c.
 */
#include "oidc/rules/hint.h"

#include "core/settings.h"
#include "core/task.h"
#include "jose/keys.h"
#include "jose/verify.h"
#include "records/subject.h"

#include <string.h>

static int signature_check(struct task *task, const struct jws *jws);
static const char *claim(struct task *task, const struct jws *jws, const char *name);

int
hint_read(
    struct task *task, const struct parameters *parameters, struct authorization *authorization)
{
	const char *id_token = parameters_get(parameters, "id_token_hint");
	const json_t *asked = json_object_get(authorization->claims, "id_token");
	struct hint hint = {0};
	int r;

	authorization->subject = json_get_text(json_object_get(asked, "sub"), "value");
	if (id_token == NULL)
		return 0;
	r = hint_open(task, id_token, &hint);
	if (r < 0)
		return r;
	if (!str_equal(hint.client_id, authorization->client->id))
		return fail(task, INVALID_REQUEST, "id_token_hint is not for this client");
	authorization->subject = hint.subject;
	return 0;
}

int
hint_open(struct task *task, const char *id_token, struct hint *ret_hint)
{
	struct hint hint;
	auto_jws jws = {0};
	int r;

	r = jws_parse(task, id_token, &jws);
	if (r < 0)
		return fault_as(task, INVALID_REQUEST);
	r = signature_check(task, &jws);
	if (r < 0)
		return r;
	hint.client_id = claim(task, &jws, "aud");
	hint.subject = claim(task, &jws, "sub");
	hint.sid = claim(task, &jws, "sid");
	if (!str_equal(json_get_text(jws.claims, "iss"), task->rooms->settings->gateway_issuer) ||
	    hint.client_id == NULL || hint.subject == NULL)
		return fail(task, INVALID_REQUEST, "id_token_hint is not an ID token of ours");
	*ret_hint = hint;
	return 0;
}

static const char *
claim(struct task *task, const struct jws *jws, const char *name)
{
	const char *value = json_get_text(jws->claims, name);

	return value == NULL ? NULL : task_dup(task, value);
}

/* Times are not looked at: a hint may have expired (OpenID Connect RP-Initiated Logout 1.0 section
 * 4 says so; Core leaves it open).  A logout token, an access token (typ logout+jwt, at+jwt) is
 * none. */
static int
signature_check(struct task *task, const struct jws *jws)
{
	enum alg alg = alg_of(json_get_text(jws->header, "alg"));
	const char *kid = json_get_text(jws->header, "kid");
	struct jwk *key = kid == NULL ? NULL : keys_find(task->rooms->keys, kid);
	const char *typ = json_get_text(jws->header, "typ");

	if (json_object_get(jws->header, "crit") != NULL ||
	    (typ != NULL && strcmp(typ, "JWT") != 0))
		return fail(task, INVALID_REQUEST, "id_token_hint is not an ID token");
	if (key == NULL || alg == ALG_NONE || !jwk_allows(key, alg))
		return fail(task, INVALID_REQUEST, "id_token_hint is not signed by a key of ours");
	if (!jwk_verifies(key, alg, BYTES_OF(jws->signed_part), jws->signature))
		return fail(task, INVALID_REQUEST, "the signature of id_token_hint is broken");
	return 0;
}

bool
hint_fits(struct task *task, const struct authorization *authorization, const char *person_id)
{
	const json_t *sub =
	    json_object_get(json_object_get(authorization->claims, "id_token"), "sub");
	const json_t *values = json_object_get(sub, "values");
	const char *subject;

	if (authorization->subject == NULL && !json_is_array(values))
		return true;
	subject = subject_of(task, authorization->client, person_id);
	return (authorization->subject == NULL || str_equal(authorization->subject, subject)) &&
	       (!json_is_array(values) || json_has_text(values, subject));
}
