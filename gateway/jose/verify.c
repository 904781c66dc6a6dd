/* SPDX-License-Identifier: Apache-2.0
 *
 * Compact JWS, taken apart and verified (RFC 7515 section 5.2, RFC 8725 section 3).  The order is:
 * form, algorithm against what was expected, type, critical members, key, signature, claims.
 */
#include "jose/verify.h"

#include "core/task.h"
#include "jose/jws.h"

#include <string.h>
#include <strings.h>

static int alg_check(
    struct task *task, const json_t *header, const enum alg *algs, enum alg *ret_alg);
static bool typ_matches(const json_t *typ, const char *expected);
static struct jwk *key_choose(const json_t *header, const struct jws_expect *expect, enum alg alg);
static int claims_check(struct task *task, const json_t *claims, const struct jws_expect *expect);
static bool audience_matches(const json_t *claims, const struct jws_expect *expect);

int
jws_open(
    struct task *task, const char *compact, const struct jws_expect *expect, struct jws *ret_jws)
{
	struct jws jws;
	int r;

	r = jws_parse(task, compact, &jws);
	if (r < 0)
		return r;
	r = jws_verify(task, &jws, expect);
	if (r < 0) {
		jws_close(&jws);
		return r;
	}
	*ret_jws = jws;
	return 0;
}

int
jws_parse(struct task *task, const char *compact, struct jws *ret_jws)
{
	return jws_parse_sized(task, compact, JWS_MAX_BYTES, ret_jws);
}

int
jws_parse_sized(struct task *task, const char *compact, size_t max_bytes, struct jws *ret_jws)
{
	struct bytes payload;
	struct jws jws;
	int r;

	r = jws_split(task, compact, max_bytes, &jws, &payload);
	if (r < 0)
		return r;
	if (json_parse_object_sized(
		task, (const char *)payload.at, payload.len, max_bytes, &jws.claims) < 0) {
		jws_close(&jws);
		return fault_as(task, INVALID_TOKEN);
	}
	*ret_jws = jws;
	return 0;
}

int
jws_split(struct task *task, const char *compact, size_t max_bytes, struct jws *ret_jws,
    struct bytes *ret_payload)
{
	const char *first, *second;
	struct bytes header;
	struct jws jws = {0};

	if (strnlen(compact, max_bytes + 1) > max_bytes)
		return fail(task, INVALID_TOKEN, "JWS: over %zu bytes", max_bytes);
	first = strchr(compact, '.');
	second = first == NULL ? NULL : strchr(first + 1, '.');
	if (second == NULL || strchr(second + 1, '.') != NULL)
		return fail(task, INVALID_TOKEN, "JWS: not three parts");
	if (!b64u_decode(task, second + 1, strlen(second + 1), &jws.signature) ||
	    jws.signature.len == 0)
		return fail(task, INVALID_TOKEN, "JWS: no signature");
	if (!b64u_decode(task, compact, (size_t)(first - compact), &header) ||
	    !b64u_decode(task, first + 1, (size_t)(second - first - 1), ret_payload))
		return fail(task, INVALID_TOKEN, "JWS: a part is not base64url");
	if (json_parse_object(task, (const char *)header.at, header.len, &jws.header) < 0)
		return fault_as(task, INVALID_TOKEN);
	jws.signed_part = task_dup_n(task, compact, (size_t)(second - compact));
	*ret_jws = jws;
	return 0;
}

void
jws_close(struct jws *jws)
{
	json_decref(jws->header);
	json_decref(jws->claims);
	*jws = (struct jws){0};
}

int
jws_verify(struct task *task, const struct jws *jws, const struct jws_expect *expect)
{
	const json_t *header = jws->header;
	const struct jwk *jwk;
	enum alg alg;
	int r;

	r = alg_check(task, header, expect->algs, &alg);
	if (r < 0)
		return r;
	if (!typ_matches(json_object_get(header, "typ"), expect->typ))
		return fail(task, INVALID_TOKEN, "JWS: typ is not %s",
		    expect->typ == NULL ? "JWT" : expect->typ);
	/* RFC 7515 section 4.1.11: we understand no extension.  RFC 7797: b64 is one, and changes
	 * what is signed. */
	if (json_object_get(header, "crit") != NULL || json_object_get(header, "b64") != NULL)
		return fail(task, INVALID_TOKEN, "JWS: crit or b64");
	jwk = key_choose(header, expect, alg);
	if (jwk == NULL)
		return fail(task, INVALID_TOKEN, "JWS: no key for its kid and %s", alg_name(alg));
	if (!jwk_verifies(jwk, alg, BYTES_OF(jws->signed_part), jws->signature))
		return fail(task, INVALID_TOKEN, "JWS: signature does not match");
	return claims_check(task, jws->claims, expect);
}

static int
alg_check(struct task *task, const json_t *header, const enum alg *algs, enum alg *ret_alg)
{
	enum alg alg = alg_of(json_get_text(header, "alg"));

	for (; *algs != ALG_NONE; algs++) {
		if (*algs == alg) {
			*ret_alg = alg;
			return 0;
		}
	}
	return fail(task, INVALID_TOKEN, "JWS: alg is not one that is expected here");
}

/* RFC 7515 section 4.1.9: "application/" may be left out, media types know no case. */
static bool
typ_matches(const json_t *typ, const char *expected)
{
	static const char prefix[] = "application/";
	const char *text = json_string_value(typ);

	if (typ == NULL)
		return expected == NULL;
	if (text == NULL)
		return false;
	if (strncasecmp(text, prefix, sizeof(prefix) - 1) == 0)
		text += sizeof(prefix) - 1;
	return strcasecmp(text, expected == NULL ? "JWT" : expected) == 0;
}

static struct jwk *
key_choose(const json_t *header, const struct jws_expect *expect, enum alg alg)
{
	const json_t *kid = json_object_get(header, "kid");

	if (kid != NULL && !json_is_string(kid))
		return NULL;
	if (expect->key != NULL)
		return jwk_allows(expect->key, alg) ? expect->key : NULL;
	if (expect->keys != NULL)
		return jwks_find(expect->keys, json_string_value(kid), alg);
	return NULL;
}

static int
claims_check(struct task *task, const json_t *claims, const struct jws_expect *expect)
{
	int r;

	r = jws_check_times(task, claims, expect);
	if (r < 0)
		return r;
	if (expect->issuer != NULL && !str_equal(json_get_text(claims, "iss"), expect->issuer))
		return fail(task, INVALID_TOKEN, "JWS: iss is another");
	if (expect->audience != NULL && !audience_matches(claims, expect))
		return fail(task, INVALID_TOKEN, "JWS: aud is another");
	return 0;
}

static bool
audience_matches(const json_t *claims, const struct jws_expect *expect)
{
	const json_t *aud = json_object_get(claims, "aud");

	if (expect->aud_is_single)
		return str_equal(json_string_value(aud), expect->audience);
	return json_has_text(aud, expect->audience);
}
