/* SPDX-License-Identifier: Apache-2.0
 *
 * Networks and who is behind a proxy (http/network.h, http/forwarded.h).
 */
#include "../unit.h"

#include "http/forwarded.h"
#include "http/network.h"

static struct network
of(const char *text)
{
	struct network network;

	assert_true(network_read(text, strlen(text), &network));
	return network;
}

static void
reading(void **state)
{
	static const char *const bad[] = {"", "a", "1.2.3", "1.2.3.4.5", "01.2.3.4", "0x7f.0.0.1",
	    "1.2.3.4/33", "1.2.3.4/", "1.2.3.4/-1", "1.2.3.4/8/8", "::/129", ":::", "1.2.3.4 ",
	    "[::1]", "::1%eth0", "localhost", "1.2.3.4:80"};
	char text[NETWORK_TEXT_BYTES];
	struct network network;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof bad / sizeof *bad; i++)
		assert_false(network_read(bad[i], strlen(bad[i]), &network));
	network = of("192.0.2.7");
	network_text(&network, text);
	assert_string_equal(text, "192.0.2.7");
	network = of("2001:DB8::1");
	network_text(&network, text);
	assert_string_equal(text, "2001:db8::1");
}

static bool
holds(const char *network, const char *address)
{
	struct network a = of(network), b = of(address);

	return network_holds(&a, &b);
}

static void
holding(void **state)
{
	(void)state;
	assert_true(holds("10.0.0.0/8", "10.255.0.1"));
	assert_false(holds("10.0.0.0/8", "11.0.0.1"));
	assert_true(holds("10.1.2.3", "10.1.2.3"));
	assert_false(holds("10.1.2.3", "10.1.2.4"));
	assert_true(holds("10.0.0.0/9", "10.127.0.1"));
	assert_false(holds("10.0.0.0/9", "10.128.0.1"));
	assert_true(holds("0.0.0.0/0", "255.1.1.1"));
	assert_false(holds("0.0.0.0/0", "::1"));
	assert_true(holds("::/0", "1.2.3.4"));
	assert_true(holds("127.0.0.0/8", "::ffff:127.0.0.1"));
	assert_true(holds("fe80::/10", "febf::1"));
	assert_false(holds("fe80::/10", "fec0::1"));
}

static void
publics(void **state)
{
	static const char *const hidden[] = {"0.0.0.0", "10.1.1.1", "100.64.0.1", "127.0.0.1",
	    "127.255.255.254", "169.254.169.254", "172.16.0.1", "172.31.255.255", "192.168.0.1",
	    "198.18.0.1", "224.0.0.1", "255.255.255.255", "::", "::1", "::ffff:10.0.0.1",
	    "::127.0.0.1", "64:ff9b::7f00:1", "2002:7f00:1::", "fc00::1", "fd12::1", "fe80::1",
	    "ff02::1", "fec0::1", "2001:db8::1"};
	static const char *const open[] = {"1.1.1.1", "9.255.255.255", "11.0.0.0", "172.15.0.1",
	    "172.32.0.1", "192.167.1.1", "223.255.255.255", "2606:4700::1111", "2a00::1"};
	struct network network;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof hidden / sizeof *hidden; i++) {
		network = of(hidden[i]);
		if (network_is_public(&network))
			fail_msg("%s is called public", hidden[i]);
	}
	for (i = 0; i < sizeof open / sizeof *open; i++) {
		network = of(open[i]);
		if (!network_is_public(&network))
			fail_msg("%s is called hidden", open[i]);
	}
}

static const char *
caller_of(struct task *task, const char *peer, const struct pair *headers, size_t n)
{
	static const char *const words[] = {"10.0.0.0/8", "192.0.2.1", "fd00::/8", NULL};
	static char text[NETWORK_TEXT_BYTES + 16];
	struct pairs pairs = {headers, n};
	struct caller caller = {.address = of(peer)};
	struct networks trusted;
	const char *bad;
	int r;

	fault_clear(task);
	assert_true(networks_read(words, &trusted, &bad));
	r = forwarded_read(task, &pairs, &trusted, &caller);
	networks_free(&trusted);
	if (r < 0)
		return "refused";
	network_text(&caller.address, text);
	if (caller.is_plain)
		strcat(text, " plain");
	if (caller.is_tls)
		strcat(text, " tls");
	return text;
}

#define CALLER(peer, ...) \
	caller_of(*state, peer, (const struct pair[]){__VA_ARGS__}, \
	    sizeof((const struct pair[]){__VA_ARGS__}) / sizeof(struct pair))
#define XFF(text) \
	{ \
		"X-Forwarded-For", text \
	}
#define FWD(text) \
	{ \
		"Forwarded", text \
	}

static void
forwarding(void **state)
{
	assert_string_equal(caller_of(*state, "10.0.0.1", NULL, 0), "10.0.0.1");
	assert_string_equal(CALLER("10.0.0.1", XFF("203.0.113.9")), "203.0.113.9");
	assert_string_equal(CALLER("10.0.0.1", XFF("6.6.6.6, 203.0.113.9")), "203.0.113.9");
	assert_string_equal(
	    CALLER("10.0.0.1", XFF("6.6.6.6, 203.0.113.9, 10.9.9.9")), "203.0.113.9");
	assert_string_equal(CALLER("10.0.0.1", XFF("6.6.6.6"), XFF("203.0.113.9")), "203.0.113.9");
	assert_string_equal(CALLER("10.0.0.1", XFF("203.0.113.9:4711")), "203.0.113.9");
	assert_string_equal(CALLER("10.0.0.1", XFF("2001:db8::9")), "2001:db8::9");
	assert_string_equal(CALLER("10.0.0.1", XFF("10.1.1.1")), "10.1.1.1");
	/* what cannot be read ends the chain at the proxy that said it */
	assert_string_equal(CALLER("10.0.0.1", XFF("6.6.6.6, unknown")), "10.0.0.1");
	assert_string_equal(CALLER("10.0.0.1", XFF("6.6.6.6, x, 10.2.2.2")), "10.2.2.2");
	assert_string_equal(CALLER("10.0.0.1", XFF("")), "10.0.0.1");
	assert_string_equal(
	    CALLER("10.0.0.1", XFF("1.1.1.1"), {"X-Forwarded-Proto", "https"}), "1.1.1.1 tls");
	assert_string_equal(
	    CALLER("10.0.0.1", XFF("1.1.1.1"), {"X-Forwarded-Proto", "http"}), "1.1.1.1 plain");
	assert_string_equal(
	    CALLER("10.0.0.1", XFF("1.1.1.1"), {"X-Forwarded-Proto", "https, http"}), "1.1.1.1");
	assert_string_equal(
	    CALLER("10.0.0.1", FWD("for=203.0.113.9;proto=http")), "203.0.113.9 plain");
	assert_string_equal(
	    CALLER("10.0.0.1", FWD("for=203.0.113.9;proto=https;by=10.0.0.1")), "203.0.113.9 tls");
	assert_string_equal(
	    CALLER("10.0.0.1", FWD("for=6.6.6.6, For=\"[2001:db8::1]:4711\"")), "2001:db8::1");
	assert_string_equal(CALLER("10.0.0.1", FWD("for=\"a,b\", for=203.0.113.9")), "203.0.113.9");
	assert_string_equal(CALLER("10.0.0.1", FWD("for=_hidden")), "10.0.0.1");
	assert_string_equal(CALLER("10.0.0.1", FWD("for=1.1.1.1"), XFF("1.1.1.1")), "1.1.1.1");
	assert_string_equal(CALLER("10.0.0.1", FWD("for=6.6.6.6"), XFF("1.1.1.1")), "refused");
}

static void
too_many_hops(void **state)
{
	char text[400] = "6.6.6.6";
	int i;

	for (i = 0; i < 33; i++)
		strcat(text, ",10.0.0.2");
	assert_string_equal(CALLER("10.0.0.1", XFF(text)), "refused");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(reading), cmocka_unit_test(holding),
	    cmocka_unit_test(publics), task_test(forwarding), task_test(too_many_hops)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
