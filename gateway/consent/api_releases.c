/* SPDX-License-Identifier: Apache-2.0
 *
 * POST /consent/v1/consents/{id}/releases: the attributes of a consent, once, signed by us (typ
 * release+jwt) and then encrypted to the client's own key, so that nobody between us reads them.
 * The gate is release.c, as for every channel.
 */
#include "access/client_jwks.h"
#include "consent/api.h"
#include "consent/api_consents.h"
#include "consent/api_handlers.h"
#include "consent/artefact.h"
#include "consent/release.h"
#include "core/clock.h"
#include "core/period.h"
#include "core/settings.h"
#include "core/task.h"
#include "jose/digest.h"
#include "jose/jwe.h"
#include "jose/sign.h"
#include "records/consent_request.h"
#include "records/subject.h"

#include <string.h>

#define LIFE_S 300 /* of the statement: what is in it the client may keep for data_life */

static api_act release_act, still_stands;
static int release_of(struct task *task, const struct api_call *call, struct release *release,
    const struct consent **ret_consent);
static int names_of(struct task *task, const struct api_call *call, const struct consent *consent,
    const char *const **ret_names);
static int values_of(struct task *task, const struct consent *consent, const json_t **ret_values);
static const char *once_of(struct task *task, const struct request *request);
static int key_of(struct task *task, const struct client *client, struct jwe_to *ret_to);
static int seal(struct task *task, const struct api_call *call, const struct consent *consent,
    const json_t *claims, const char **ret_text);
static int as_state(struct task *task, int r);

int
api_consent_release(struct task *task, const struct request *request, struct reply *reply)
{
	return api_post(
	    task, request, reply, &(struct api_post){.act = release_act, .finish = still_stands});
}

static int
release_act(struct task *task, const struct api_call *call, struct api_result *result)
{
	struct release release = {0};
	const struct consent *consent;
	struct jwe_to to;
	const char *text;
	json_t *claims;
	int r;

	r = release_of(task, call, &release, &consent);
	if (r == 0)
		r = names_of(task, call, consent, &release.asked);
	if (r == 0)
		r = values_of(task, consent, &release.values);
	/* Nothing is used up where the answer could not be sent. */
	if (r == 0)
		r = key_of(task, call->client, &to);
	if (r < 0)
		return r;
	r = as_state(task, release_claims(task, &release, &claims));
	if (r < 0)
		return r;
	r = seal(task, call, consent, json_keep(task, claims), &text);
	if (r < 0)
		return r;
	*result = (struct api_result){
	    .status = 200, .json = json_keep(task, json_string(text)), .type = "application/jwt"};
	return 0;
}

/* All of it but what is asked. */
static int
release_of(struct task *task, const struct api_call *call, struct release *release,
    const struct consent **ret_consent)
{
	const struct consent *consent;
	int r;

	r = api_consent_of(task, call->client, request_capture(call->request, "id"), &consent);
	if (r < 0)
		return r;
	*release = (struct release){
	    .person_id = consent->person_id,
	    .client = call->client,
	    .purpose_id = consent->purpose_id,
	    .consent_id = consent->id,
	    .channel = CHANNEL_CONSENT_API,
	    .once = once_of(task, call->request),
	};
	*ret_consent = consent;
	return 0;
}

/* All that was allowed, or those of it that the body names. */
static int
names_of(struct task *task, const struct api_call *call, const struct consent *consent,
    const char *const **ret_names)
{
	const json_t *asked = json_object_get(call->body, "attributes");
	json_t *name;
	size_t i;
	int r;

	*ret_names = consent->allowed;
	r = api_members_check(task, call->body, "attributes");
	if (r < 0 || asked == NULL)
		return r;
	if (json_array_size(asked) == 0)
		return fail_at(
		    task, "/attributes", INVALID_REQUEST, "attributes is not an array of names");
	json_array_foreach(asked, i, name)
		if (!names_have(consent->allowed, json_string_value(name)))
			return fail_at(task, task_printf(task, "/attributes/%zu", i),
			    ATTRIBUTE_NOT_IN_PURPOSE, "the consent does not hold this attribute");
	*ret_names = names_of_json(task, asked);
	return 0;
}

/* What number_matches:… is to be compared with stands in the request. */
static int
values_of(struct task *task, const struct consent *consent, const json_t **ret_values)
{
	json_t *values = json_object(), *attribute;
	const struct consent_request *asked = NULL;
	size_t i;
	int r = 0;

	json_keep(task, values);
	if (consent->request_id != NULL)
		r = consent_request_find(task, consent->request_id, &asked);
	if (r < 0)
		return r;
	if (asked == NULL)
		return 0;
	json_array_foreach(json_object_get(asked->asked, "attributes"), i, attribute) {
		json_t *value = json_object_get(attribute, "value");

		if (value != NULL)
			json_object_set_new(
			    values, json_get_text(attribute, "name"), json_pack("[O]", value));
	}
	if (json_object_size(values) > 0)
		*ret_values = values;
	return 0;
}

/* With what it asks: the same key with another body is another release, though the answers by keys
 * (records/idempotency.h) be lost. */
static const char *
once_of(struct task *task, const struct request *request)
{
	const char *key = request_header(request, "Idempotency-Key");
	const char *body = task_dup_n(task, (const char *)request->body.at, request->body.len);

	return digest_b64u(task, task_printf(task, "%s\n%s", key, body));
}

/* The first that the client has a key for. */
static int
key_of(struct task *task, const struct client *client, struct jwe_to *ret_to)
{
	static const char *const algs[] = {
	    "ECDH-ES+A256KW", "RSA-OAEP-256", "ECDH-ES", "ECDH-ES+A128KW"};
	const struct jwks *jwks;
	int r;

	r = client_jwks_find(task, client, NULL, &jwks);
	if (r < 0)
		return r;
	for (size_t i = 0; i < sizeof(algs) / sizeof(algs[0]); i++) {
		json_t *key = jwe_key_of(jwks, algs[i]);

		if (key == NULL)
			continue;
		*ret_to = (struct jwe_to){json_keep(task, key), algs[i], "A256GCM", "JWT"};
		return 0;
	}
	return fail(task, INVALID_REQUEST, "the client has registered no key for encryption");
}

static int
seal(struct task *task, const struct api_call *call, const struct consent *consent,
    const json_t *claims, const char **ret_text)
{
	const struct sign_as as = {
	    .signer = keys_access_signer(task->rooms->keys), .typ = "release+jwt"};
	const int64_t now_s = clock_now_s();
	json_auto_t *json = json_object();
	const char *jws;
	struct jwe_to to;
	int r;

	if (as.signer == NULL)
		return fail(task, MISCONFIGURED, "there is no active key for releases");
	json_set_text(json, "iss", task->rooms->settings->gateway_issuer);
	json_set_text(json, "aud", call->client->id);
	json_set_text(json, "sub", subject_of(task, call->client, consent->person_id));
	json_set_text(json, "jti", once_of(task, call->request));
	json_object_set_new(json, "iat", json_integer(now_s));
	json_object_set_new(json, "exp", json_integer(now_s + LIFE_S));
	json_set_text(json, "consent_id", consent->id);
	json_set_text(json, "purpose", artefact_purpose(task, call->client, consent));
	if (consent->data_life_s > 0)
		json_set_text(json, "data_life", period_text(task, consent->data_life_s));
	json_object_set(json, "attributes", (json_t *)(uintptr_t)claims);
	r = jws_sign(task, &as, json, &jws);
	if (r == 0)
		r = key_of(task, call->client, &to);
	return r < 0 ? r : jwe_seal(task, &to, BYTES_OF(jws), ret_text);
}

/* An answer that was given before and is sent for again passes the same gate: what was ended,
 * paused or suspended since is not given out a second time. */
static int
still_stands(struct task *task, const struct api_call *call, struct api_result *result)
{
	const struct consent *consent;
	struct release release;
	int r;

	(void)result;
	r = release_of(task, call, &release, &consent);
	return r < 0 ? r : as_state(task, release_check(task, &release));
}

static int
as_state(struct task *task, int r)
{
	if (r == CONSENT_REQUIRED || r == ACCESS_DENIED)
		return fault_as(task, CONSENT_NOT_ACTIVE);
	return r;
}
