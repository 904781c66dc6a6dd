/* SPDX-License-Identifier: Apache-2.0
 *
 * Response modes: case A16.
 */
#include "asked.h"

#include "oidc/rules/response_mode.h"

static const char *const fragment_alone[] = {"fragment", NULL}, *const none[] = {NULL};
static const struct client usual = {.response_modes = none};
static const struct client spa = {.response_modes = fragment_alone};

static void
a_client_has_its_modes(void **state)
{
	enum response_mode mode;

	(void)state;
	assert_true(response_mode_of(&usual, NULL, &mode));
	assert_int_equal(mode, RESPONSE_QUERY);
	assert_true(response_mode_of(&usual, "form_post", &mode));
	assert_int_equal(mode, RESPONSE_FORM_POST);
	assert_true(response_mode_of(&spa, "fragment", &mode));
	assert_int_equal(mode, RESPONSE_FRAGMENT);
}

static void
and_no_others(void **state)
{
	const char *const bad[] = {
	    "fragment", "jwt", "query.jwt", "Query", " query", "web_message"};
	enum response_mode mode = RESPONSE_FORM_POST;

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_false(response_mode_of(&usual, bad[i], &mode));
	assert_false(response_mode_of(&spa, NULL, &mode));
	assert_false(response_mode_of(&spa, "form_post", &mode));
	assert_int_equal(mode, RESPONSE_FORM_POST);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_client_has_its_modes),
	    cmocka_unit_test(and_no_others),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
