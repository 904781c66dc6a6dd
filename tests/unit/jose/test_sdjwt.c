/* SPDX-License-Identifier: Apache-2.0
 *
 * Presentations: issued, presented and verified; then each fault alone.
 */
#include "unit/jose/issuer.h"

#include "jose/digest.h"
#include "jose/sdjwt.h"

#define VCT      "urn:kh:pid:1"
#define NONCE    "n-0S6_WzA2Mj"
#define AUDIENCE "x509_hash:Uvo3HtuIxuhC92rShpgqcT3YXwrqRxWEviRiA0OZszk"

static const enum alg es256_only[] = {ALG_ES256, ALG_NONE};
static struct sdjwt_expect expect;

static int
make(void **state)
{
	int r = issuer_make(state);

	expect = (struct sdjwt_expect){
	    .issuer_algs = es256_only,
	    .holder_algs = es256_only,
	    .trust = issuer_trust,
	    .vct = VCT,
	    .nonce = NONCE,
	    .audience = AUDIENCE,
	    .holder_max_age_s = 300,
	};
	return r;
}

static const char *
always_text(struct task *task, const char *more)
{
	json_auto_t *jwk = jwk_json(signer_jwk(holder));

	return task_printf(
	    task, "{\"vct\":\"" VCT "\",\"cnf\":{\"jwk\":%s}%s}", json_text(task, jwk), more);
}

/* An SD-JWT of the payload; every claim beside it is disclosable. */
static const char *
issue(struct task *task, const char *payload, const char *disclosable)
{
	struct sign_as as = {issuer, "dc+sd-jwt", issuer_x5c};
	json_auto_t *always = forge_json(payload), *hidden = forge_json(disclosable);
	const char *sdjwt;

	assert_int_equal(sdjwt_issue(task, &as, always, hidden, &sdjwt), 0);
	return sdjwt;
}

struct binding {
	const char *header, *nonce, *aud, *sd_hash; /* as JSON; NULL: the right one */
	struct signer *signer;
	int64_t iat_ahead_s;
	const char *more;
};

static const char *
bind(struct task *task, const char *sdjwt, struct binding binding)
{
	const char *header =
	    binding.header != NULL ? binding.header : "{\"alg\":\"ES256\",\"typ\":\"kb+jwt\"}";
	const char *sd_hash = binding.sd_hash != NULL
				  ? binding.sd_hash
				  : task_printf(task, "\"%s\"", digest_b64u(task, sdjwt));
	const char *claims =
	    task_printf(task, "{\"nonce\":%s,\"aud\":%s,\"iat\":%lld,\"sd_hash\":%s%s}",
		binding.nonce != NULL ? binding.nonce : "\"" NONCE "\"",
		binding.aud != NULL ? binding.aud : "\"" AUDIENCE "\"",
		(long long)(clock_now_s() + binding.iat_ahead_s), sd_hash,
		binding.more != NULL ? binding.more : "");
	struct signer *signer = binding.signer != NULL ? binding.signer : holder;

	return task_printf(task, "%s%s", sdjwt, forge_token(task, signer, header, claims));
}

static bool
verifies(struct task *task, const char *presentation)
{
	auto_sdjwt sdjwt = {0};
	int r = sdjwt_verify(task, presentation, &expect, &sdjwt);

	assert_true(r == 0 || r == INVALID_REQUEST);
	assert_true((r == 0) == (sdjwt.claims != NULL));
	fault_clear(task);
	return r == 0;
}

static const char *
usual(struct task *task)
{
	return issue(
	    task, always_text(task, ""), "{\"name\":\"Sophea\",\"home\":{\"city\":\"PP\"}}");
}

static void
what_is_issued_and_presented_verifies(void **state)
{
	const char *sdjwt = issue(*state,
	    always_text(*state, ",\"iss\":\"https://issuer.test\",\"status\":{\"status_list\":"
				"{\"idx\":7,\"uri\":\"https://issuer.test/s\"}}"),
	    "{\"name\":\"Sophea\",\"home\":{\"city\":\"PP\"}}");
	auto_sdjwt got = {0};

	assert_int_equal(
	    sdjwt_verify(*state, bind(*state, sdjwt, (struct binding){0}), &expect, &got), 0);
	assert_string_equal(json_get_text(got.claims, "name"), "Sophea");
	assert_string_equal(json_get_text(json_object_get(got.claims, "home"), "city"), "PP");
	assert_null(json_object_get(got.claims, "_sd"));
	assert_null(json_object_get(got.claims, "_sd_alg"));
	assert_string_equal(got.issuer_dn, "CN=issuer");
	assert_int_equal(strlen(got.issuer_id), 43);
	assert_string_equal(got.status_uri, "https://issuer.test/s");
	assert_int_equal(got.status_index, 7);
}

static void
what_is_not_presented_is_not_there(void **state)
{
	const char *sdjwt = usual(*state), *jws_end = strchr(sdjwt, '~');
	const char *bare = task_printf(*state, "%.*s~", (int)(jws_end - sdjwt), sdjwt);
	auto_sdjwt got = {0};

	assert_int_equal(
	    sdjwt_verify(*state, bind(*state, bare, (struct binding){0}), &expect, &got), 0);
	assert_int_equal(json_object_size(got.claims), 2);
	assert_null(got.status_uri);
}

/* The salt of a disclosure, which must be of 128 bits. */
static const char *
salt_of(struct task *task, const char *disclosure)
{
	json_auto_t *array = NULL;
	struct bytes bytes, salt;
	const char *text;

	assert_true(b64u_decode(task, disclosure, strlen(disclosure), &bytes));
	assert_int_equal(json_parse(task, (const char *)bytes.at, bytes.len, &array), 0);
	text = task_dup(task, json_string_value(json_array_get(array, 0)));
	assert_true(b64u_decode(task, text, strlen(text), &salt));
	assert_int_equal(salt.len, 16);
	return text;
}

/* The order of digests tells nothing: the first claim's is seen in every place. */
static void
issuing_is_random(void **state)
{
	const char *last_salt = "";
	unsigned seen = 0;

	for (unsigned i = 0; i < 200 && seen != 7; i++) {
		const char *sdjwt = issue(*state, "{\"vct\":\"a\"}", "{\"a\":1,\"b\":2,\"c\":3}");
		char *at = task_dup(*state, sdjwt), *jwt = strsep(&at, "~");
		const char *first = strsep(&at, "~"), *salt = salt_of(*state, first);
		auto_jws jws = {0};
		const json_t *sd;

		assert_int_equal(jws_parse(*state, jwt, &jws), 0);
		sd = json_object_get(jws.claims, "_sd");
		assert_int_equal(json_array_size(sd), 3);
		for (unsigned j = 0; j < 3; j++)
			if (str_equal(json_string_value(json_array_get(sd, j)),
				digest_b64u(*state, first)))
				seen |= 1u << j;
		assert_string_not_equal(salt, last_salt);
		assert_string_not_equal(salt, salt_of(*state, strsep(&at, "~")));
		last_salt = salt;
	}
	assert_int_equal(seen, 7);
}

static void
nothing_to_disclose(void **state)
{
	const char *sdjwt = issue(*state, always_text(*state, ""), "{}");

	assert_null(strchr(strchr(sdjwt, '~') + 1, '~'));
	assert_true(verifies(*state, bind(*state, sdjwt, (struct binding){0})));
}

static void
the_form(void **state)
{
	const char *sdjwt = usual(*state), *good = bind(*state, sdjwt, (struct binding){0});
	char *tildes = task_alloc(*state, 60001);
	const char *bad[] = {"", "~", "~~", sdjwt, task_printf(*state, "%s~", good),
	    task_printf(*state, "~%s", good), strchr(sdjwt, '~'), strrchr(good, '~') + 1,
	    bind(*state, task_printf(*state, "%s~", sdjwt), (struct binding){0}), tildes};

	memset(tildes, '~', 60000);
	assert_true(verifies(*state, good));
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_false(verifies(*state, bad[i]));
	tildes = task_alloc(*state, (1u << 20) + 1);
	memset(tildes, 'a', 1u << 20);
	assert_false(verifies(*state, tildes));
}

static void
the_binding(void **state)
{
	const char *sdjwt = usual(*state);
	const struct binding good[] = {{0}, {.iat_ahead_s = -290}, {.iat_ahead_s = 5},
	    {.more = ",\"exp\":4000000000"}, {.header = "{\"alg\":\"ES256\",\"typ\":\"KB+JWT\"}"}};
	const struct binding bad[] = {
	    {.nonce = "\"other\""},
	    {.nonce = "1"},
	    {.nonce = "[\"" NONCE "\"]"},
	    {.nonce = "null"},
	    {.aud = "\"Uvo3HtuIxuhC92rShpgqcT3YXwrqRxWEviRiA0OZszk\""},
	    {.aud = "\"https://other.test\""},
	    {.aud = "[\"" AUDIENCE "\"]"},
	    {.sd_hash = "\"\""},
	    {.sd_hash = "1"},
	    {.sd_hash = task_printf(*state, "\"%s\"",
		 digest_b64u(*state, task_dup_n(*state, sdjwt, strlen(sdjwt) - 1)))},
	    {.sd_hash = task_printf(*state, "\"%s\"", digest_b64u(*state, usual(*state)))},
	    {.iat_ahead_s = -365 * 86400},
	    {.iat_ahead_s = -370},
	    {.iat_ahead_s = 365 * 86400},
	    {.iat_ahead_s = 61},
	    {.more = ",\"exp\":1"},
	    {.more = ",\"nbf\":4000000000"},
	    {.header = "{\"alg\":\"ES256\",\"typ\":\"JWT\"}"},
	    {.header = "{\"alg\":\"ES256\"}"},
	    {.header = "{\"alg\":\"none\",\"typ\":\"kb+jwt\"}"},
	    {.header = "{\"alg\":\"EdDSA\",\"typ\":\"kb+jwt\"}"},
	    {.signer = issuer},
	};

	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++)
		assert_true(verifies(*state, bind(*state, sdjwt, good[i])));
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		if (verifies(*state, bind(*state, sdjwt, bad[i])))
			fail_msg("binding %zu taken", i);
}

static bool
payload_verifies(struct task *task, const char *payload)
{
	return verifies(task, bind(task, issue(task, payload, "{\"a\":1}"), (struct binding){0}));
}

static void
the_payload(void **state)
{
	static const char *const good[] = {"", ",\"exp\":4000000000,\"nbf\":1,\"iat\":1",
	    ",\"iss\":\"https://issuer.test/a\"", ",\"sub\":\"x\""};
	static const char *const bad[] = {",\"exp\":1", ",\"nbf\":4000000000",
	    ",\"exp\":\"4000000000\"", ",\"iss\":\"https://other.test\"", ",\"iss\":\"issuer\"",
	    ",\"iss\":1", ",\"status\":{}", ",\"status\":1",
	    ",\"status\":{\"status_list\":{\"idx\":1}}",
	    ",\"status\":{\"status_list\":{\"idx\":-1,\"uri\":\"https://issuer.test/s\"}}",
	    ",\"status\":{\"status_list\":{\"idx\":\"1\",\"uri\":\"https://issuer.test/s\"}}",
	    ",\"status\":{\"other\":1}"};

	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++)
		assert_true(payload_verifies(*state, always_text(*state, good[i])));
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		if (payload_verifies(*state, always_text(*state, bad[i])))
			fail_msg("taken: %s", bad[i]);
}

static void
type_and_holder_key(void **state)
{
	json_auto_t *jwk = jwk_json(signer_jwk(holder));
	const char *key = json_text(*state, jwk);
	const char *const bad[] = {
	    task_printf(*state, "{\"vct\":\"urn:other\",\"cnf\":{\"jwk\":%s}}", key),
	    task_printf(*state, "{\"vct\":[\"" VCT "\"],\"cnf\":{\"jwk\":%s}}", key),
	    task_printf(*state, "{\"cnf\":{\"jwk\":%s}}", key),
	    "{\"vct\":\"" VCT "\"}",
	    "{\"vct\":\"" VCT "\",\"cnf\":{}}",
	    "{\"vct\":\"" VCT "\",\"cnf\":{\"kid\":\"a\"}}",
	    "{\"vct\":\"" VCT "\",\"cnf\":{\"jwk\":{\"kty\":\"oct\",\"k\":\"AAAA\"}}}",
	};

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_false(payload_verifies(*state, bad[i]));
}

/* What the issuer signs, under a header of the stranger's choice. */
static bool
issuer_header_verifies(struct task *task, struct signer *signer, const char *header)
{
	const char *jws = forge_token(task, signer, header, always_text(task, ""));

	return verifies(task, bind(task, task_printf(task, "%s~", jws), (struct binding){0}));
}

static void
the_issuer(void **state)
{
	const char *x5c = json_text(*state, issuer_x5c);
	const char *good =
	    task_printf(*state, "{\"alg\":\"ES256\",\"typ\":\"dc+sd-jwt\",\"x5c\":%s}", x5c);
	const char *const bad[] = {
	    "{\"alg\":\"ES256\",\"typ\":\"dc+sd-jwt\"}",
	    task_printf(*state, "{\"alg\":\"none\",\"typ\":\"dc+sd-jwt\",\"x5c\":%s}", x5c),
	    task_printf(*state, "{\"alg\":\"HS256\",\"typ\":\"dc+sd-jwt\",\"x5c\":%s}", x5c),
	    task_printf(*state, "{\"alg\":\"ES384\",\"typ\":\"dc+sd-jwt\",\"x5c\":%s}", x5c),
	    task_printf(*state, "{\"alg\":\"ES256\",\"typ\":\"vc+sd-jwt\",\"x5c\":%s}", x5c),
	    task_printf(*state, "{\"alg\":\"ES256\",\"typ\":\"JWT\",\"x5c\":%s}", x5c),
	    task_printf(*state, "{\"alg\":\"ES256\",\"x5c\":%s}", x5c),
	    task_printf(*state,
		"{\"alg\":\"ES256\",\"typ\":\"dc+sd-jwt\",\"crit\":[\"x\"],\"x5c\":%s}", x5c),
	};

	assert_true(issuer_header_verifies(*state, issuer, good));
	assert_false(issuer_header_verifies(*state, holder, good));
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_false(issuer_header_verifies(*state, issuer, bad[i]));
	expect.trust = other_trust;
	assert_false(issuer_header_verifies(*state, issuer, good));
	expect.trust = issuer_trust;
}

static void
issuers_known_by_their_keys(void **state)
{
	struct jwk *keys[] = {signer_jwk(issuer)}, *others[] = {signer_jwk(holder)};
	const struct jwks known = {keys, 1, 0}, unknown = {others, 1, 0};
	const char *good = bind(*state, usual(*state), (struct binding){0});

	expect.trust = NULL;
	assert_false(verifies(*state, good));
	expect.issuer_keys = &unknown;
	assert_false(verifies(*state, good));
	expect.issuer_keys = &known;
	assert_true(verifies(*state, good));
	expect.issuer_keys = NULL;
	expect.trust = issuer_trust;
}

static void
a_disclosure_added_changed_or_twice(void **state)
{
	const char *sdjwt = usual(*state), *first = strchr(sdjwt, '~') + 1;
	int len = (int)(strchr(first, '~') - first);
	const char *foreign = b64u_encode(*state, BYTES_OF("[\"s\",\"admin\",true]"));
	char *changed = task_dup(*state, sdjwt);

	assert_false(verifies(*state,
	    bind(*state, task_printf(*state, "%s%s~", sdjwt, foreign), (struct binding){0})));
	assert_false(verifies(*state,
	    bind(*state, task_printf(*state, "%s%.*s~", sdjwt, len, first), (struct binding){0})));
	changed[first - sdjwt + 10] ^= 1;
	assert_false(verifies(*state, bind(*state, changed, (struct binding){0})));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    task_test(what_is_issued_and_presented_verifies),
	    task_test(what_is_not_presented_is_not_there),
	    task_test(issuing_is_random),
	    task_test(nothing_to_disclose),
	    task_test(the_form),
	    task_test(the_binding),
	    task_test(the_payload),
	    task_test(type_and_holder_key),
	    task_test(the_issuer),
	    task_test(issuers_known_by_their_keys),
	    task_test(a_disclosure_added_changed_or_twice),
	};

	return cmocka_run_group_tests(tests, make, issuer_free);
}
