/* SPDX-License-Identifier: Apache-2.0
 *
 * What a wallet answered, opened and verified (OpenID4VP 1.0 sections 8.3, 8.6; RFC 9901 section
 * 7).
 */
#include "login/wallet/verifier.h"

#include "core/settings.h"
#include "core/task.h"
#include "jose/jwe.h"

#include <string.h>

#define HOLDER_MAX_AGE_S 300

int
answer_open(struct task *task, const struct presentation *presentation, const char *jwe,
    json_t **ret_answer)
{
	json_auto_t *key = NULL;
	struct bytes plain;
	const char *kid;
	int r;

	r = jwe_kid(task, jwe, &kid);
	if (r < 0)
		return r;
	if (!str_equal(kid, presentation->kid))
		return fail(task, INVALID_REQUEST, "the answer is encrypted to another key");
	r = json_parse_object(task, presentation->key, strlen(presentation->key), &key);
	if (r < 0)
		return fail(task, BROKEN, "the presentation's key is not a JWK");
	r = jwe_open(task, jwe, key, &plain);
	if (r < 0)
		return r;
	return answer_read(task, presentation, plain, ret_answer);
}

int
answer_read(struct task *task, const struct presentation *presentation, struct bytes plain,
    json_t **ret_answer)
{
	json_auto_t *answer = NULL;
	const char *state;
	int r;

	r = json_parse_object(task, (const char *)plain.at, plain.len, &answer);
	if (r < 0)
		return r;
	state = json_get_text(answer, "state");
	if (!state || !bytes_equal_secretly(BYTES_OF(state), BYTES_OF(presentation->state)))
		return fail(task, INVALID_REQUEST, "state is not this request's");
	*ret_answer = json_keep(task, json_incref(answer));
	return 0;
}

int
answer_verify(struct task *task, const struct presentation *presentation, const json_t *answer,
    struct sdjwt *ret_sdjwt)
{
	static const enum alg algs[] = {ALG_ES256, ALG_NONE};
	const struct wallet *wallet = task->rooms->wallet;
	const char *sdjwt = answer_presentation(answer);
	struct sdjwt_expect expect = {
	    .issuer_algs = algs,
	    .holder_algs = algs,
	    .trust = wallet->trust,
	    .vct = task->rooms->settings->wallet_vct,
	    .nonce = presentation->nonce,
	    .audience = wallet->client_id,
	    .holder_max_age_s = HOLDER_MAX_AGE_S,
	};

	if (!sdjwt)
		return fail(task, INVALID_REQUEST,
		    "vp_token is not an object with one presentation of the credential asked for");
	return sdjwt_verify(task, sdjwt, &expect, ret_sdjwt);
}

/* {"pid": ["…"]} and nothing else: multiple is false, unknown ids must fail (section 8.1). */
const char *
answer_presentation(const json_t *answer)
{
	const json_t *vp_token = json_object_get(answer, "vp_token");
	const json_t *list = json_object_get(vp_token, CREDENTIAL_ID);

	if (json_object_size(vp_token) != 1 || json_array_size(list) != 1)
		return NULL;
	return json_string_value(json_array_get(list, 0));
}
