/* SPDX-License-Identifier: Apache-2.0
 *
 * An upstream's ID token (OpenID Connect Core section 3.1.3.7, RFC 8725).  It chooses nothing:
 * algorithm, key and encryption are what the configuration says.
 */
#include "login/upstream/provider.h"

#include "core/task.h"
#include "jose/digest.h"
#include "jose/jwe.h"

#include <string.h>

#define AGE_MAX_S      600
#define LIFE_MAX_S     (24 * 3600)
#define SUB_MAX_LENGTH 255

static int unseal(struct task *task, const struct upstream *upstream, const char *compact,
    const char **ret_compact);
static int party_check(struct task *task, const json_t *claims, const char *client_id);
static int subject_check(struct task *task, const json_t *claims);
static int at_hash_check(struct task *task, const struct upstream *upstream, const json_t *claims,
    const char *access_token);
static int age_check(struct task *task, const json_t *claims, const struct id_token_expect *expect);

int
id_token_open(
    struct task *task, const struct upstream *upstream, const char *compact, struct jws *ret_jws)
{
	if (upstream->private_key) {
		int r = unseal(task, upstream, compact, &compact);

		if (r < 0)
			return fault_as(task, INVALID_TOKEN);
	}
	return jws_parse(task, compact, ret_jws);
}

static int
unseal(struct task *task, const struct upstream *upstream, const char *compact,
    const char **ret_compact)
{
	struct bytes plain;
	int r;

	r = jwe_open(task, compact, upstream->private_key, &plain);
	if (r < 0)
		return r;
	if (memchr(plain.at, '\0', plain.len) != NULL)
		return fail(task, INVALID_TOKEN, "the encrypted ID token holds no JWS");
	*ret_compact = task_dup_n(task, (const char *)plain.at, plain.len);
	return 0;
}

int
id_token_check(struct task *task, const struct upstream *upstream, const struct jws *jws,
    const struct id_token_expect *expect)
{
	const enum alg algs[] = {upstream->id_token_alg, ALG_NONE};
	const struct jws_expect form = {
	    .algs = algs,
	    .keys = expect->keys,
	    .issuer = upstream->issuer,
	    .audience = upstream->client_id,
	    .needs_exp = true,
	    .needs_iat = true,
	    .max_age_s = AGE_MAX_S,
	    .max_life_s = LIFE_MAX_S,
	};
	const char *nonce = json_get_text(jws->claims, "nonce");
	int r;

	r = jws_verify(task, jws, &form);
	if (r < 0)
		return r;
	if (nonce == NULL || !bytes_equal_secretly(BYTES_OF(nonce), BYTES_OF(expect->nonce)))
		return fail(task, INVALID_TOKEN, "the ID token's nonce is another");
	r = party_check(task, jws->claims, upstream->client_id);
	if (r == 0)
		r = subject_check(task, jws->claims);
	if (r == 0)
		r = at_hash_check(task, upstream, jws->claims, expect->access_token);
	return r < 0 ? r : age_check(task, jws->claims, expect);
}

/* Points 4 and 5: for several it must say who of them was authorized; whoever it says must be us.
 */
static int
party_check(struct task *task, const json_t *claims, const char *client_id)
{
	const json_t *aud = json_object_get(claims, "aud"), *azp = json_object_get(claims, "azp");

	if (azp == NULL && json_array_size(aud) > 1)
		return fail(task, INVALID_TOKEN, "the ID token has several aud and no azp");
	if (azp != NULL && !str_equal(json_string_value(azp), client_id))
		return fail(task, INVALID_TOKEN, "the ID token's azp is another");
	return 0;
}

/* Section 2: at most 255 ASCII letters. */
static int
subject_check(struct task *task, const json_t *claims)
{
	const char *sub = json_get_text(claims, "sub");

	if (str_is_empty(sub) || strlen(sub) > SUB_MAX_LENGTH || !str_is_printable_ascii(sub))
		return fail(task, INVALID_TOKEN, "the ID token's sub is none");
	return 0;
}

/* Where it is there, as it may be in this flow.  Those of SHA-384 and Ed25519 are passed over: TLS
 * has told whose the access token is. */
static int
at_hash_check(struct task *task, const struct upstream *upstream, const json_t *claims,
    const char *access_token)
{
	const json_t *at_hash = json_object_get(claims, "at_hash");

	if (at_hash == NULL || upstream->id_token_alg == ALG_ES384 ||
	    upstream->id_token_alg == ALG_EDDSA)
		return 0;
	if (access_token == NULL ||
	    !str_equal(json_string_value(at_hash), digest_half(task, access_token)))
		return fail(task, INVALID_TOKEN, "the ID token's at_hash is of another token");
	return 0;
}

static int
age_check(struct task *task, const json_t *claims, const struct id_token_expect *expect)
{
	int64_t auth_time_s;

	if (expect->auth_since_s == 0)
		return 0;
	if (!json_get_i64(claims, "auth_time", &auth_time_s))
		return fail(task, INVALID_TOKEN, "the ID token has no auth_time");
	if (auth_time_s + JWS_SKEW_S < expect->auth_since_s)
		return fail(task, INVALID_TOKEN, "the person signed in too long ago");
	return 0;
}
