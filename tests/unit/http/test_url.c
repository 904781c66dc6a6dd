/* SPDX-License-Identifier: Apache-2.0
 *
 * Addresses that are ours and those that only look so (cases D04).
 */
#include "unit/unit.h"

#include "http/url.h"

#define BASE "https://id.example"

static void
ours(void **state)
{
	static const char *const urls[] = {"https://id.example/token", "HTTPS://ID.Example/token",
	    "https://id.example:443/token", "https://id.example:/token",
	    "https://id.example/token?a=b", "https://id.example/token#f",
	    "https://id.example/token?a=/../#f?", "https://id.example/%74oken"};

	for (size_t i = 0; i < sizeof(urls) / sizeof(urls[0]); i++)
		if (!url_is(*state, urls[i], BASE, "/token"))
			fail_msg("not taken: %s", urls[i]);
	assert_true(url_is(*state, "https://id.example", BASE, "/"));
	assert_true(url_is(*state, "https://id.example?x", BASE, "/"));
	assert_true(url_is(*state, "https://id.example/a%20b", BASE, "/a b"));
	assert_true(url_is(*state, "http://[::1]:8080/token", "http://[::1]:8080", "/token"));
	assert_true(url_is(*state, "http://[::1]:80/token", "http://[::1]", "/token"));
	assert_true(url_is(*state, "https://x.example/id/token", "https://x.example/id", "/token"));
}

static void
others(void **state)
{
	static const char *const urls[] = {"", "/token", "//id.example/token", "id.example/token",
	    "ftp://id.example/token", "http://id.example/token", "http://id.example:443/token",
	    "https://id.example:80/token", "https://id.example:8443/token",
	    "https://id.example:0443/token", "https://id.example./token",
	    "https://id.example.evil.test/token", "https://evil.test/token", "https:///token",
	    "https://:443/token", "https://a@id.example/token",
	    "https://id.example@evil.test/token", "https://id.example:443@evil.test/token",
	    "https://id.example\\@evil.test/token", "https://id.example/Token",
	    "https://id.example/token/", "https://id.example//token", "https://id.example/./token",
	    "https://id.example/a/../token", "https://id.example/tok%65n%00",
	    "https://id.example/token%2f", "https://id.example/userinfo", "https://id.example",
	    " https://id.example/token", "https://id.example/token "};

	for (size_t i = 0; i < sizeof(urls) / sizeof(urls[0]); i++)
		if (url_is(*state, urls[i], BASE, "/token"))
			fail_msg("taken: %s", urls[i]);
	assert_false(url_is(*state, "https://x.example/token", "https://x.example/id", "/token"));
	assert_false(url_is(*state, "https://x.example/idtoken", "https://x.example/id", "/token"));
	assert_false(url_is(*state, "http://[::1]/token", "http://[::2]", "/token"));
	assert_int_equal(((struct task *)*state)->fault.code, 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {task_test(ours), task_test(others)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
