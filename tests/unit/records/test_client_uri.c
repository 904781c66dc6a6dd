/* SPDX-License-Identifier: Apache-2.0
 *
 * Addresses that may be registered and used (cases A02 to A10, R02).
 */
#include "unit/unit.h"

#include "records/client_uri.h"

/* Whether a standard client, and a native one, may register it. */
static const struct {
	const char *text;
	bool standard, native;
} registered[] = {
    {"https://rp1.test/cb", true, true},
    {"https://rp1.test", true, true},
    {"https://rp1.test/?a=b&c=%20", true, true},
    {"https://rp1.test:8443/cb", true, true},
    {"https://xn--e1afmkfd.test/cb", true, true},
    {"https://[2001:db8::1]/cb", true, true},
    {"http://127.0.0.1/cb", true, true},
    {"http://127.0.0.1:8081/cb", true, true},
    {"http://[::1]:8081/cb", true, true},
    {"http://localhost:3000/cb", true, true},
    {"com.example.app:/callback", false, true},
    {"com.example.app://callback", false, true},
    {"", false, false},
    {"/cb", false, false},
    {"rp1.test/cb", false, false},
    {"//rp1.test/cb", false, false},
    {"https:rp1.test/cb", false, false},
    {"https:/rp1.test/cb", false, false},
    {"https:///cb", false, false},
    {"http://rp1.test/cb", false, false},
    {"http://127.0.0.1.evil.test/cb", false, false},
    {"http://127.0.0.1:80@evil.test/cb", false, false},
    {"http://127.0.0.2/cb", false, false},
    {"http://127.1/cb", false, false},
    {"http://localhost.evil.test/", false, false},
    {"https://user@rp1.test/cb", false, false},
    {"https://user:pw@rp1.test/cb", false, false},
    {"https://*.rp1.test/cb", false, false},
    {"https://rp1.test/*", false, false},
    {"https://rp1.test/cb#frag", false, false},
    {"https://rp1.test/cb#", false, false},
    {"https://RP1.test/cb", false, false},
    {"HTTPS://rp1.test/cb", false, false},
    {"https://rp1.test./cb", false, false},
    {"https://.rp1.test/cb", false, false},
    {"https://rp1..test/cb", false, false},
    {"https://rp1.test:/cb", false, false},
    {"https://rp1.test:0/cb", false, false},
    {"https://rp1.test:65536/cb", false, false},
    {"https://rp1.test:99999999999999999999/cb", false, false},
    {"https://rp1.test:80a/cb", false, false},
    {"https://[::1/cb", false, false},
    {"https://[::1]x/cb", false, false},
    {"https://rp1.test/a/../cb", false, false},
    {"https://rp1.test/..", false, false},
    {"https://rp1.test/./cb", false, false},
    {"https://rp1.test/%2e%2E/cb", false, false},
    {"https://rp1.test/.%2e", false, false},
    {"https://rp1.test/...", true, true},
    {"https://rp1.test/.well-known/cb", true, true},
    {"https://rp1.test/cb?x=../..", true, true},
    {"https://rp1.test/%zz", false, false},
    {"https://rp1.test/%2", false, false},
    {"https://rp1.test\\@evil.test/", false, false},
    {"https://rp1.test/a b", false, false},
    {"https://rp1.test/\xc3\xa9", false, false},
    {"\thttps://rp1.test/", false, false},
    {" https://rp1.test/", false, false},
    {"javascript:alert(1)", false, false},
    {"JaVaScRiPt:alert(1)", false, false},
    {"\tjavascript:alert(1)", false, false},
    {"data:text/html,x", false, false},
    {"vbscript:x", false, false},
    {"file:///etc/passwd", false, false},
    {"app:/cb", false, false},
    {"com..app:/cb", false, false},
    {"com.app.:/cb", false, false},
    {".com.app:/cb", false, false},
    {"1com.app:/cb", false, false},
};

static void
test_registered(void **state)
{
	const char *why = NULL;

	(void)state;
	for (size_t i = 0; i < sizeof(registered) / sizeof(registered[0]); i++) {
		bool standard = client_uri_may_redirect(registered[i].text, CLIENT_STANDARD, &why);
		bool native =
		    client_uri_may_redirect(registered[i].text, CLIENT_PUBLIC_NATIVE, &why);

		if (standard != registered[i].standard || native != registered[i].native)
			print_error("%s: %d %d %s\n", registered[i].text, standard, native, why);
		assert_int_equal(standard, registered[i].standard);
		assert_int_equal(native, registered[i].native);
		assert_int_equal(client_uri_may_redirect(registered[i].text, CLIENT_FAPI2, &why),
		    registered[i].standard);
	}
}

static void
test_long(void **state)
{
	char text[2100] = "https://rp1.test/";
	const char *why;

	(void)state;
	memset(text + strlen(text), 'a', 2000 - strlen(text));
	text[2000] = '\0';
	assert_true(client_uri_may_redirect(text, CLIENT_STANDARD, &why));
	text[2000] = 'a';
	text[2001] = '\0';
	assert_false(client_uri_may_redirect(text, CLIENT_STANDARD, &why));
}

/* Whether what is asked is what was registered, as it is or on any port of this machine. */
static const struct {
	const char *registered, *asked;
	bool is, is_any_port;
} used[] = {
    {"https://rp1.test/cb", "https://rp1.test/cb", true, true},
    {"https://rp1.test/cb", "https://rp1.test/cb?x=1", false, false},
    {"https://rp1.test/cb", "https://rp1.test/CB", false, false},
    {"https://rp1.test/cb", "https://rp1.test/cb/", false, false},
    {"https://rp1.test/cb", "https://rp1.test:443/cb", false, false},
    {"https://rp1.test/cb", "https://rp1.test/cb#", false, false},
    {"https://rp1.test/cb", "https://rp1.test/", false, false},
    {"http://127.0.0.1/cb", "http://127.0.0.1:5123/cb", false, true},
    {"http://127.0.0.1:80/cb", "http://127.0.0.1:5123/cb", false, true},
    {"http://127.0.0.1:80/cb", "http://127.0.0.1/cb", false, true},
    {"http://127.0.0.1/cb", "http://127.0.0.1/cb", true, true},
    {"http://127.0.0.1/cb", "http://127.0.0.1:5123/cb2", false, false},
    {"http://127.0.0.1/cb", "http://127.0.0.1:/cb", false, false},
    {"http://127.0.0.1/cb", "http://127.0.0.1:123456/cb", false, false},
    {"http://127.0.0.1/cb", "http://127.0.0.1.evil.test/cb", false, false},
    {"http://127.0.0.1/cb", "http://127.0.0.1:80@evil.test/cb", false, false},
    {"http://127.0.0.1/cb", "http://localhost/cb", false, false},
    {"http://127.0.0.1/cb", "http://[::1]/cb", false, false},
    {"http://127.0.0.1/cb", "http://127.1/cb", false, false},
    {"http://127.0.0.1/cb", "https://127.0.0.1/cb", false, false},
    {"http://[::1]/cb", "http://[::1]:5123/cb", false, true},
    {"http://localhost/cb", "http://localhost:5123/cb", false, false},
    {"http://127.0.0.1", "http://127.0.0.1:1", false, true},
    {"http://127.0.0.1", "http://127.0.0.1:1/", false, false},
};

static void
test_used(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(used) / sizeof(used[0]); i++) {
		bool is = client_uri_is(used[i].registered, used[i].asked, false);
		bool is_any_port = client_uri_is(used[i].registered, used[i].asked, true);

		if (is != used[i].is || is_any_port != used[i].is_any_port)
			print_error("%s: %d %d\n", used[i].asked, is, is_any_port);
		assert_int_equal(is, used[i].is);
		assert_int_equal(is_any_port, used[i].is_any_port);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_registered),
	    cmocka_unit_test(test_long),
	    cmocka_unit_test(test_used),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
