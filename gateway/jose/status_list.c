/* SPDX-License-Identifier: Apache-2.0
 *
 * Token Status List as a JWT (draft-ietf-oauth-status-list sections 4, 5 and 8): the token around
 * the list.  Called by login/wallet for other issuers' lists, by issue/status.c for our own.
 */
#include "jose/status_list.h"

#include "core/clock.h"
#include "core/task.h"
#include "jose/jws.h"
#include "jose/status_bits.h"
#include "jose/verify.h"
#include "x509/trust.h"

#include <string.h>

#define TYP "statuslist+jwt"

static int token_check(
    struct task *task, const struct jws *jws, const char *uri, const struct trust *trust);
static int ttl_read(struct task *task, const json_t *claims, struct status_list *list);

int
status_list_open(struct task *task, const char *jwt, const char *uri, const struct trust *trust,
    struct status_list *ret_list)
{
	struct status_list list = {0};
	auto_jws jws = {0};
	int r;

	if (jws_parse_sized(task, jwt, STATUS_LIST_MAX_JWT_BYTES, &jws) < 0)
		return fault_as(task, INVALID_REQUEST);
	if ((r = token_check(task, &jws, uri, trust)) < 0 ||
	    (r = status_list_decode(task, json_object_get(jws.claims, "status_list"), &list)) < 0 ||
	    (r = ttl_read(task, jws.claims, &list)) < 0)
		return r;
	*ret_list = list;
	return 0;
}

static int
token_check(struct task *task, const struct jws *jws, const char *uri, const struct trust *trust)
{
	static const enum alg algs[] = {
	    ALG_ES256, ALG_ES384, ALG_PS256, ALG_EDDSA, ALG_RS256, ALG_NONE};
	struct jws_expect expect = {.algs = algs, .typ = TYP, .needs_iat = true};
	auto_jwk *jwk = NULL;
	struct chain chain;

	if (jws_key_of_chain(task, jws, trust, &chain, &jwk) < 0)
		return fault_as(task, INVALID_REQUEST);
	expect.key = jwk;
	if (jws_verify(task, jws, &expect) < 0)
		return fault_as(task, INVALID_REQUEST);
	if (!str_equal(json_get_text(jws->claims, "sub"), uri))
		return fail(task, INVALID_REQUEST, "status list: sub is another address");
	return 0;
}

static int
ttl_read(struct task *task, const json_t *claims, struct status_list *list)
{
	const json_t *ttl = json_object_get(claims, "ttl");

	if (ttl != NULL && (!json_is_integer(ttl) || json_integer_value(ttl) <= 0))
		return fail(task, INVALID_REQUEST, "status list: ttl is not a positive number");
	list->ttl_s = json_integer_value(ttl);
	(void)json_get_i64(claims, "exp", &list->exp_s);
	return 0;
}

int
status_list_decode(struct task *task, const json_t *status_list, struct status_list *ret_list)
{
	const char *lst = json_get_text(status_list, "lst");
	struct bytes deflated;
	int64_t bits;
	int r;

	if (!json_get_i64(status_list, "bits", &bits) ||
	    (bits != 1 && bits != 2 && bits != 4 && bits != 8))
		return fail(task, INVALID_REQUEST, "status list: bits is not 1, 2, 4 or 8");
	if (lst == NULL || !b64u_decode(task, lst, strlen(lst), &deflated))
		return fail(task, INVALID_REQUEST, "status list: lst is not base64url");
	r = status_bits_inflate(task, deflated, &ret_list->list);
	if (r < 0)
		return r;
	ret_list->bits = (int)bits;
	return 0;
}

int
status_list_get(struct task *task, const struct status_list *list, int64_t index, int *ret_status)
{
	int64_t per_byte = 8 / list->bits;
	int shift;

	/* Divided, not multiplied: an index of 2^62 must not wrap around. */
	if (index < 0 || (uint64_t)(index / per_byte) >= list->list.len)
		return fail(task, INVALID_REQUEST, "status list: no such index");
	shift = (int)(index % per_byte) * list->bits;
	*ret_status = list->list.at[index / per_byte] >> shift & ((1 << list->bits) - 1);
	return 0;
}

int
status_list_sign(struct task *task, const struct sign_as *as, const char *uri, struct bytes packed,
    int64_t ttl_s, const char **ret_jwt)
{
	struct sign_as list_as = {as->signer, TYP, as->x5c};
	json_auto_t *claims = json_object();
	struct bytes deflated;
	int64_t now_s = clock_now_s();
	int r;

	r = status_bits_deflate(task, packed, &deflated);
	if (r < 0)
		return r;
	json_set_text(claims, "sub", uri);
	json_object_set_new(claims, "iat", json_integer(now_s));
	json_object_set_new(claims, "exp", json_integer(now_s + 2 * ttl_s));
	json_object_set_new(claims, "ttl", json_integer(ttl_s));
	json_object_set_new(claims, "status_list",
	    json_pack("{s:i, s:s}", "bits", 1, "lst", b64u_encode(task, deflated)));
	return jws_sign(task, &list_as, claims, ret_jwt);
}
