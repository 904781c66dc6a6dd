/* SPDX-License-Identifier: Apache-2.0
 *
 * Disclosures in their places, and every way to put them wrong.
 */
#include "unit/jose/forge.h"

#include "jose/digest.h"
#include "jose/sdjwt.h"

static const char *
disclosure(struct task *task, const char *json)
{
	return b64u_encode(task, BYTES_OF(json));
}

static const char *
digest(struct task *task, const char *json)
{
	return digest_b64u(task, disclosure(task, json));
}

/* The claims, or NULL where it is refused; texts are the disclosures as JSON, NULL-ended. */
static json_t *
process(struct task *task, const char *payload, const char *const *texts)
{
	json_auto_t *json = forge_json(payload);
	const char *disclosures[SDJWT_MAX_DISCLOSURES + 1];
	json_t *claims = NULL;
	size_t n = 0;
	int r;

	for (; texts[n] != NULL; n++)
		disclosures[n] = disclosure(task, texts[n]);
	r = sdjwt_process(task, json, disclosures, n, &claims);
	assert_true(r == 0 || r == INVALID_REQUEST);
	assert_true((r == 0) == (claims != NULL));
	fault_clear(task);
	return claims;
}

#define PROCESS(payload, ...) process(*state, (payload), (const char *const[]){__VA_ARGS__, NULL})
#define PROCESS0(payload)     process(*state, (payload), (const char *const[]){NULL})

static void
assert_claims(json_t *claims, const char *expected)
{
	json_auto_t *owned = claims, *json = forge_json(expected);

	assert_non_null(claims);
	if (!json_equal(owned, json))
		fail_msg("not %s", expected);
}

#define NAME  "[\"s1\",\"given_name\",\"Sophea\"]"
#define AREA  "[\"s2\",\"area\",{\"deep\":[1,2]}]"
#define KHMER "[\"s3\",\"KH\"]"

static void
members_and_elements(void **state)
{
	const char *payload = task_printf(*state,
	    "{\"a\":1,\"_sd\":[\"%s\",\"decoy\"],\"_sd_alg\":\"sha-256\",\"home\":{\"_sd\":[\"%s\"]"
	    "},"
	    "\"nations\":[\"LA\",{\"...\":\"%s\"},{\"...\":\"nothing\"}]}",
	    digest(*state, NAME), digest(*state, AREA), digest(*state, KHMER));

	assert_claims(PROCESS0(payload), "{\"a\":1,\"home\":{},\"nations\":[\"LA\"]}");
	assert_claims(PROCESS(payload, NAME),
	    "{\"a\":1,\"given_name\":\"Sophea\",\"home\":{},\"nations\":[\"LA\"]}");
	assert_claims(PROCESS(payload, KHMER, AREA, NAME),
	    "{\"a\":1,\"given_name\":\"Sophea\",\"home\":{\"area\":{\"deep\":[1,2]}},"
	    "\"nations\":[\"LA\",\"KH\"]}");
}

static void
what_is_disclosed_may_disclose(void **state)
{
	const char *inner = digest(*state, NAME), *element = digest(*state, KHMER);
	const char *outer = task_printf(
	    *state, "[\"s\",\"who\",{\"_sd\":[\"%s\"],\"n\":[{\"...\":\"%s\"}]}]", inner, element);
	const char *payload = task_printf(*state, "{\"_sd\":[\"%s\"]}", digest(*state, outer));

	assert_claims(PROCESS(payload, outer), "{\"who\":{\"n\":[]}}");
	assert_claims(PROCESS(payload, NAME, outer, KHMER),
	    "{\"who\":{\"given_name\":\"Sophea\",\"n\":[\"KH\"]}}");
	/* asked for only by what is not disclosed itself */
	assert_null(PROCESS(payload, NAME));
}

static void
digests_in_wrong_places(void **state)
{
	const char *name = digest(*state, NAME), *element = digest(*state, KHMER);

	assert_null(PROCESS("{}", NAME));
	assert_null(PROCESS("{\"_sd\":[]}", NAME));
	assert_null(PROCESS(task_printf(*state, "{\"_sd\":[\"%s\",\"%s\"]}", name, name), NAME));
	assert_null(PROCESS0("{\"_sd\":[\"a\",\"a\"]}"));
	assert_null(PROCESS0("{\"_sd\":[\"a\"],\"b\":{\"_sd\":[\"a\"]}}"));
	assert_null(PROCESS0("{\"_sd\":[\"a\"],\"b\":[{\"...\":\"a\"}]}"));
	assert_null(PROCESS(task_printf(*state, "{\"_sd\":[\"%s\"]}", name), NAME, NAME));
	assert_null(PROCESS(task_printf(*state, "{\"_sd\":[\"%s\"]}", element), KHMER));
	assert_null(PROCESS(task_printf(*state, "{\"a\":[{\"...\":\"%s\"}]}", name), NAME));
	assert_null(
	    PROCESS(task_printf(*state, "{\"given_name\":1,\"_sd\":[\"%s\"]}", name), NAME));
	assert_null(PROCESS0("{\"_sd\":\"a\"}"));
	assert_null(PROCESS0("{\"_sd\":[1]}"));
	assert_null(PROCESS0("{\"_sd\":{\"a\":1}}"));
	assert_null(PROCESS0("{\"a\":[{\"...\":1}]}"));
	assert_null(PROCESS0("{\"a\":[{\"...\":\"a\",\"b\":1}]}"));
	assert_null(PROCESS0("{\"...\":\"a\"}"));
	assert_null(PROCESS0("{\"a\":{\"...\":\"a\"}}"));
}

static void
two_disclosures_of_one_name(void **state)
{
	const char *again = "[\"other\",\"given_name\",\"Dara\"]";
	const char *payload = task_printf(
	    *state, "{\"_sd\":[\"%s\",\"%s\"]}", digest(*state, NAME), digest(*state, again));

	assert_claims(PROCESS(payload, again), "{\"given_name\":\"Dara\"}");
	assert_null(PROCESS(payload, NAME, again));
}

static void
disclosures_of_another_form(void **state)
{
	static const char *const bad[] = {"[]", "[\"s\"]", "[1,\"a\"]", "[\"s\",1,2]",
	    "[\"s\",\"a\",1,2]", "{}", "\"s\"", "[\"s\",\"_sd\",[]]", "[\"s\",\"...\",\"a\"]",
	    "[\"s\",\"a\",{\"b\":1,\"b\":2}]", "[\"s\",\"a\",1] x", "",
	    "[\"s\",\"a\",\"\\u0000\"]"};

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_null(PROCESS(
		    task_printf(*state, "{\"_sd\":[\"%s\"]}", digest(*state, bad[i])), bad[i]));
}

static void
the_text_is_digested_not_its_meaning(void **state)
{
	const char *spaced = "[\"s1\", \"given_name\", \"Sophea\"]";

	assert_null(
	    PROCESS(task_printf(*state, "{\"_sd\":[\"%s\"]}", digest(*state, NAME)), spaced));
	assert_claims(
	    PROCESS(task_printf(*state, "{\"_sd\":[\"%s\"]}", digest(*state, spaced)), spaced),
	    "{\"given_name\":\"Sophea\"}");
}

static void
what_must_stand_open(void **state)
{
	static const char *const names[] = {
	    "iss", "nbf", "exp", "cnf", "vct", "vct#integrity", "aka_vcts", "status", "_sd_alg"};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		const char *text = task_printf(*state, "[\"s\",\"%s\",1]", names[i]);
		const char *hash = digest(*state, text);

		assert_null(PROCESS(task_printf(*state, "{\"_sd\":[\"%s\"]}", hash), text));
		/* further down it is a name like any other */
		assert_claims(
		    PROCESS(task_printf(*state, "{\"a\":{\"_sd\":[\"%s\"]}}", hash), text),
		    task_printf(*state, "{\"a\":{\"%s\":1}}", names[i]));
	}
	assert_claims(
	    PROCESS(task_printf(*state, "{\"_sd\":[\"%s\"]}", digest(*state, "[\"s\",\"sub\",1]")),
		"[\"s\",\"sub\",1]"),
	    "{\"sub\":1}");
}

static void
other_hashes(void **state)
{
	static const char *const bad[] = {
	    "\"md5\"", "\"SHA-256\"", "\"sha-512\"", "\"\"", "1", "null", "[\"sha-256\"]"};

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_null(PROCESS0(task_printf(*state, "{\"_sd_alg\":%s}", bad[i])));
	assert_claims(PROCESS0("{\"_sd_alg\":\"sha-256\"}"), "{}");
}

static void
too_many(void **state)
{
	const char *texts[SDJWT_MAX_DISCLOSURES + 2], *digests = "";

	for (size_t i = 0; i <= SDJWT_MAX_DISCLOSURES; i++) {
		texts[i] = task_printf(*state, "[\"s\",\"n%zu\",1]", i);
		texts[i + 1] = NULL;
		digests = task_printf(
		    *state, "%s%s\"%s\"", digests, i == 0 ? "" : ",", digest(*state, texts[i]));
	}
	const char *payload = task_printf(*state, "{\"_sd\":[%s]}", digests);
	json_auto_t *claims = NULL;

	assert_null(process(*state, payload, texts));
	texts[SDJWT_MAX_DISCLOSURES] = NULL;
	claims = process(*state, payload, texts);
	assert_int_equal(json_object_size(claims), SDJWT_MAX_DISCLOSURES);
}

/* Each disclosure one step deeper than the one before. */
static void
too_deep(void **state)
{
	for (size_t depth = 1; depth < 40; depth++) {
		const char *texts[41] = {"[\"s\",\"a\",1]"};
		json_t *claims;

		for (size_t i = 1; i < depth; i++)
			texts[i] = task_printf(*state, "[\"s\",\"a\",{\"_sd\":[\"%s\"]}]",
			    digest(*state, texts[i - 1]));
		claims = process(*state,
		    task_printf(*state, "{\"_sd\":[\"%s\"]}", digest(*state, texts[depth - 1])),
		    texts);
		assert_int_equal(claims != NULL, depth <= SDJWT_MAX_DEPTH);
		json_decref(claims);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    task_test(members_and_elements),
	    task_test(what_is_disclosed_may_disclose),
	    task_test(digests_in_wrong_places),
	    task_test(two_disclosures_of_one_name),
	    task_test(disclosures_of_another_form),
	    task_test(the_text_is_digested_not_its_meaning),
	    task_test(what_must_stand_open),
	    task_test(other_hashes),
	    task_test(too_many),
	    task_test(too_deep),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
