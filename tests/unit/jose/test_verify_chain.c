/* SPDX-License-Identifier: Apache-2.0
 *
 * Tokens whose key comes with a chain: x5c, and status lists.
 */
#include "unit/jose/issuer.h"

#include "jose/status_list.h"
#include "jose/verify.h"

#define URI "https://issuer.test/status/1"

static int
key_of(struct task *task, const char *token, const struct trust *trust)
{
	struct chain chain;
	auto_jwk *jwk = NULL;
	auto_jws jws = {0};
	int r;

	assert_int_equal(jws_parse(task, token, &jws), 0);
	r = jws_key_of_chain(task, &jws, trust, &chain, &jwk);
	if (r == 0) {
		assert_string_equal(chain.subject, "CN=issuer");
		assert_string_equal(jwk_thumbprint(task, jwk), signer_kid(issuer));
	}
	fault_clear(task);
	return r;
}

static void
the_key_of_x5c(void **state)
{
	struct sign_as as = {issuer, "dc+sd-jwt", issuer_x5c};
	json_auto_t *claims = json_object();
	const char *token, *cert = json_string_value(json_array_get(issuer_x5c, 0));
	const char *const bad[] = {"{\"x5c\":[]}", "{}", "{\"x5c\":{}}", "{\"x5c\":[1]}",
	    task_printf(*state, "{\"x5c\":\"%s\"}", cert),
	    task_printf(*state, "{\"x5c\":[\"%s\\n\"]}", cert),
	    task_printf(*state, "{\"x5c\":[\" %s\"]}", cert),
	    task_printf(*state, "{\"x5c\":[\"%s\",\"AAAA\"]}", cert),
	    "{\"x5c\":[\"AAAA\",\"AAAA\",\"AAAA\",\"AAAA\",\"AAAA\",\"AAAA\",\"AAAA\",\"AAAA\","
	    "\"AAAA\"]}",
	    "{\"x5u\":\"https://evil.test\"}"};

	assert_int_equal(jws_sign(*state, &as, claims, &token), 0);
	assert_int_equal(key_of(*state, token, issuer_trust), 0);
	assert_int_equal(key_of(*state, token, other_trust), INVALID_TOKEN);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_int_equal(
		    key_of(*state, forge_token(*state, issuer, bad[i], "{}"), issuer_trust),
		    INVALID_TOKEN);
}

static void
a_certificate_is_of_its_key(void **state)
{
	const char *cert = json_string_value(json_array_get(issuer_x5c, 0));
	struct bytes der;

	assert_true(b64_decode(*state, cert, strlen(cert), &der));
	assert_true(signer_is_certified(*state, issuer, der));
	assert_false(signer_is_certified(*state, holder, der));
	assert_false(signer_is_certified(*state, issuer, (struct bytes){der.at, der.len - 1}));
}

static int
open_list(struct task *task, const char *token, const char *uri, const struct trust *trust,
    struct status_list *ret_list)
{
	int r = status_list_open(task, token, uri, trust, ret_list);

	assert_true(r == 0 || r == INVALID_REQUEST);
	fault_clear(task);
	return r;
}

static void
our_own_list_opens(void **state)
{
	struct sign_as as = {issuer, NULL, issuer_x5c};
	uint8_t *bits = task_alloc(*state, 125000);
	struct status_list list;
	const char *token;
	int status;

	bits[5] = 1 << 3;
	assert_int_equal(
	    status_list_sign(*state, &as, URI, (struct bytes){bits, 125000}, 300, &token), 0);
	assert_int_equal(open_list(*state, token, URI, issuer_trust, &list), 0);
	assert_int_equal(list.bits, 1);
	assert_int_equal(list.ttl_s, 300);
	assert_true(list.exp_s >= clock_now_s() + 590 && list.exp_s <= clock_now_s() + 600);
	assert_int_equal(list.list.len, 125000);
	for (int64_t i = 0; i < 100; i++) {
		assert_int_equal(status_list_get(*state, &list, i, &status), 0);
		assert_int_equal(status, i == 43 ? STATUS_INVALID : STATUS_VALID);
	}
	assert_int_equal(open_list(*state, token, URI "/", issuer_trust, &list), INVALID_REQUEST);
	assert_int_equal(open_list(*state, token, URI, other_trust, &list), INVALID_REQUEST);
}

/* Longer than any other token: a million credentials, every other one revoked at random. */
static void
a_long_list_opens(void **state)
{
	struct sign_as as = {issuer, NULL, issuer_x5c};
	uint8_t *bits = task_alloc(*state, 125000);
	struct status_list list;
	const char *token;

	for (uint32_t i = 0, x = 1; i < 125000; i++) {
		x = x * 1664525 + 1013904223;
		bits[i] = (uint8_t)(x >> 24);
	}
	assert_int_equal(
	    status_list_sign(*state, &as, URI, (struct bytes){bits, 125000}, 300, &token), 0);
	assert_true(strlen(token) > JWS_MAX_BYTES);
	assert_int_equal(open_list(*state, token, URI, issuer_trust, &list), 0);
	assert_memory_equal(list.list.at, bits, 125000);
}

static void
lists_we_do_not_take(void **state)
{
	const char *x5c = json_text(*state, issuer_x5c);
	const char *header =
	    task_printf(*state, "{\"alg\":\"ES256\",\"typ\":\"statuslist+jwt\",\"x5c\":%s}", x5c);
	const char *untyped = task_printf(*state, "{\"alg\":\"ES256\",\"x5c\":%s}", x5c);
	const char *good = "{\"sub\":\"" URI
			   "\",\"iat\":1,\"status_list\":{\"bits\":1,\"lst\":\"eNrbuRgAAhcBXQ\"}}";
	static const char *const bad[] = {
	    "{\"sub\":\"" URI "\",\"status_list\":{\"bits\":1,\"lst\":\"eNrbuRgAAhcBXQ\"}}",
	    "{\"iat\":1,\"status_list\":{\"bits\":1,\"lst\":\"eNrbuRgAAhcBXQ\"}}",
	    "{\"sub\":\"" URI "\",\"iat\":1,\"exp\":2,\"status_list\":{\"bits\":1,"
	    "\"lst\":\"eNrbuRgAAhcBXQ\"}}",
	    "{\"sub\":\"" URI "\",\"iat\":4000000000,\"status_list\":{\"bits\":1,"
	    "\"lst\":\"eNrbuRgAAhcBXQ\"}}",
	    "{\"sub\":\"" URI "\",\"iat\":1,\"ttl\":0,\"status_list\":{\"bits\":1,"
	    "\"lst\":\"eNrbuRgAAhcBXQ\"}}",
	    "{\"sub\":\"" URI "\",\"iat\":1,\"ttl\":\"60\",\"status_list\":{\"bits\":1,"
	    "\"lst\":\"eNrbuRgAAhcBXQ\"}}",
	    "{\"sub\":\"" URI "\",\"iat\":1}",
	};
	struct status_list list;

	assert_int_equal(
	    open_list(*state, forge_token(*state, issuer, header, good), URI, issuer_trust, &list),
	    0);
	assert_int_equal(
	    open_list(*state, forge_token(*state, issuer, untyped, good), URI, issuer_trust, &list),
	    INVALID_REQUEST);
	assert_int_equal(
	    open_list(*state, forge_token(*state, holder, header, good), URI, issuer_trust, &list),
	    INVALID_REQUEST);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_int_equal(open_list(*state, forge_token(*state, issuer, header, bad[i]), URI,
				     issuer_trust, &list),
		    INVALID_REQUEST);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    task_test(the_key_of_x5c),
	    task_test(a_certificate_is_of_its_key),
	    task_test(our_own_list_opens),
	    task_test(a_long_list_opens),
	    task_test(lists_we_do_not_take),
	};

	return cmocka_run_group_tests(tests, issuer_make, issuer_free);
}
