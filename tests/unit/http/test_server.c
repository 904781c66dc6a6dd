/* SPDX-License-Identifier: Apache-2.0
 *
 * The server as a whole: real sockets, a small route table.
 */
#include "../unit.h"

#include "served.h"
#include "stand.h"

#include "core/clock.h"
#include "core/fiber.h"
#include "core/task.h"

#include <stdio.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static struct served served;
static int
open_server(void **state)
{
	(void)state;
	served_default(&served);
	served.listen.routes = stand_routes;
	served.listen.n_routes = stand_n_routes;
	served_open(&served);
	return 0;
}

static int
close_server(void **state)
{
	(void)state;
	served_close(&served);
	return 0;
}

static struct heard heard;

static void
expect(int status, const char *text)
{
	ask(&served, text, &heard);
	if (heard.status != status)
		fail_msg("%d instead of %d to %.60s: %s", heard.status, status, text, heard.body);
}

static void
answers(void **state)
{
	(void)state;
	expect(200, "GET /hello HTTP/1.1\r\nHost: HOST\r\n\r\n");
	assert_string_equal(heard.body, "hello");
	assert_string_equal(heard_header(&heard, "X-Content-Type-Options"), "nosniff");
	assert_string_equal(heard_header(&heard, "Cache-Control"), "no-store");
	assert_int_equal(strlen(heard_header(&heard, "X-Request-Id")), 24);
	expect(200, "HEAD /hello HTTP/1.1\r\nHost: HOST\r\n\r\n");
	assert_string_equal(heard_header(&heard, "Content-Length"), "5");
	expect(200, "GET /slow HTTP/1.1\r\nHost: HOST\r\n\r\n");
	assert_string_equal(heard.body, "slow");
	expect(200, "POST /echo HTTP/1.1\r\nHost: HOST\r\nContent-Length: 11\r\n"
		    "Content-Type: application/x-www-form-urlencoded\r\n\r\na=b%20c&d=1");
	assert_string_equal(
	    heard.body, "{\"a\":\"b c\",\"d\":\"1\",\"bytes\":11,\"address\":\"127.0.0.1\"}");
}

#define GET(path)  "GET " path " HTTP/1.1\r\nHost: HOST\r\n"
#define FORM       "Content-Type: application/x-www-form-urlencoded\r\n"
#define POST(path) "POST " path " HTTP/1.1\r\nHost: HOST\r\n" FORM
#define TWIN       expect(200, GET("/hello") "\r\n")

/* Each case of cases/security.md with its twin: right input, still served. */
static void
h04_host(void **state)
{
	(void)state;
	expect(400, "GET /hello HTTP/1.1\r\n\r\n");
	expect(400, "GET /hello HTTP/1.0\r\n\r\n");
	expect(400, GET("/hello") "Host: HOST2\r\n\r\n");
	expect(421, "GET /hello HTTP/1.1\r\nHost: evil.test\r\n\r\n");
	expect(421, "GET /hello HTTP/1.1\r\nHost: HOST.evil.test\r\n\r\n");
	expect(400, "GET http://evil.test/hello HTTP/1.1\r\nHost: HOST\r\n\r\n");
	expect(200, GET("/hello") "X-Forwarded-Host: evil.test\r\n\r\n");
	expect(200, "GET /hello HTTP/1.0\r\nHost: HOST\r\n\r\n");
	TWIN;
}

static void
h06_sizes(void **state)
{
	static char text[90000];
	int i;

	(void)state;
	snprintf(text, sizeof text, "GET /hello?a=%020000d HTTP/1.1\r\nHost: HOST\r\n\r\n", 1);
	expect(414, text);
	snprintf(text, sizeof text, "GET /hello?a=%08000d HTTP/1.1\r\nHost: HOST\r\n\r\n", 1);
	expect(200, text);
	snprintf(text, sizeof text, "GET /hello HTTP/1.1\r\nHost: HOST\r\nX: %064000d\r\n\r\n", 1);
	expect(431, text);
	snprintf(text, sizeof text, "GET /hello HTTP/1.1\r\nHost: HOST\r\nX: %017000d\r\n\r\n", 1);
	expect(431, text);
	snprintf(text, sizeof text, "GET /hello HTTP/1.1\r\nHost: HOST\r\nX: %015000d\r\n\r\n", 1);
	expect(200, text);
	snprintf(text, sizeof text, "GET /hello HTTP/1.1\r\nHost: HOST\r\n");
	for (i = 0; i < 200; i++)
		snprintf(text + strlen(text), 32, "X-%d: y\r\n", i);
	snprintf(text + strlen(text), 32, "\r\n");
	expect(431, text);
	TWIN;
}

static void
h06_body(void **state)
{
	static char text[300000];
	int fd;

	(void)state;
	/* before a byte of it */
	expect(413, POST("/echo") "Content-Length: 70000\r\n\r\n");
	expect(413, POST("/small") "Content-Length: 101\r\n\r\n");
	/* all of it sent before anybody listens: the answer survives */
	fd = dial(&served);
	say(fd, with_host(&served, POST("/echo") "Content-Length: 290000\r\n\r\n"));
	memset(text, 'a', 290000);
	say_n(fd, text, 290000);
	hear(fd, &heard);
	assert_int_equal(heard.status, 413);
	close(fd);
	/* by chunks, without an end */
	snprintf(text, sizeof text,
	    POST("/small") "Transfer-Encoding: chunked\r\n\r\n"
			   "c8\r\n%0200d\r\n",
	    1);
	expect(413, text);
	assert_non_null(heard_header(&heard, "X-Request-Id"));
	assert_non_null(
	    strstr(heard.body, "invalid_request") ? heard.body : strstr(heard.body, "too_large"));
	snprintf(text, sizeof text,
	    POST("/small") "Transfer-Encoding: chunked\r\n\r\n"
			   "5\r\na=1&b\r\n3;x=y\r\n=22\r\n0\r\nAuthorization: x\r\n\r\n");
	expect(200, text);
	assert_non_null(strstr(heard.body, "\"a\":\"1\",\"b\":\"22\",\"bytes\":8"));
	snprintf(text, sizeof text, POST("/small") "Content-Length: 100\r\n\r\na=%098d", 1);
	expect(200, text);
}

static void
h10_many_parameters(void **state)
{
	static char text[70000];
	int i;

	(void)state;
	snprintf(text, sizeof text, "GET /any?");
	for (i = 0; i < 65; i++)
		snprintf(text + strlen(text), 16, "p%d=1&", i);
	snprintf(text + strlen(text), 64, " HTTP/1.1\r\nHost: HOST\r\n\r\n");
	expect(200, text); /* it may */
	memcpy(text, "GET /go?", 8);
	memmove(text + 8, text + 9, strlen(text + 9) + 1);
	expect(400, text);
	/* thousands, which libmicrohttpd never gets to see */
	snprintf(text, sizeof text, "GET /hello?");
	for (i = 0; i < 3900; i++)
		memcpy(text + 11 + 2 * i, "a&", 3);
	snprintf(text + strlen(text), 64, " HTTP/1.1\r\nHost: HOST\r\n\r\n");
	expect(400, text);
	snprintf(text, sizeof text, POST("/echo") "Content-Length: 60000\r\n\r\n");
	for (i = 0; i < 30000; i++)
		memcpy(strstr(text, "\r\n\r\n") + 4 + 2 * i, "a&", 3);
	expect(400, text);
	TWIN;
}

static void
h12_authorization(void **state)
{
	(void)state;
	expect(400, GET("/hello") "Authorization: Bearer a\r\nAuthorization: DPoP b\r\n\r\n");
	assert_non_null(strstr(heard.body, "\"invalid_request\""));
	expect(200, GET("/hello") "Authorization: Bearer a\r\n\r\n");
	expect(400, GET("/hello") "Cookie: a=1\r\nCookie: b=2\r\n\r\n");
}

static void
h13_expect(void **state)
{
	char hundred[64] = "";
	int fd;

	(void)state;
	expect(417, POST("/echo") "Content-Length: 3\r\nExpect: 200-maybe\r\n\r\n");
	expect(100, GET("/hello") "Expect: 100-continue\r\n\r\n"); /* and then 200 */
	fd = dial(&served);
	say(fd,
	    with_host(&served, POST("/echo") "Content-Length: 3\r\nExpect: 100-continue\r\n\r\n"));
	assert_int_equal(recv(fd, hundred, 25, MSG_WAITALL), 25);
	assert_string_equal(hundred, "HTTP/1.1 100 Continue\r\n\r\n");
	say(fd, "a=1");
	hear(fd, &heard);
	assert_int_equal(heard.status, 200);
	close(fd);
	/* no 100 where the answer is no */
	expect(413, POST("/echo") "Content-Length: 70000\r\nExpect: 100-continue\r\n\r\n");
	expect(505, "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n");
	TWIN;
}

static void
h13_pipelined(void **state)
{
	static char text[200000];
	const char *one;
	int fd, i;

	(void)state;
	one = with_host(&served, GET("/hello") "\r\n");
	for (i = 0; i < 1000; i++)
		snprintf(text + (size_t)i * strlen(one), strlen(one) + 1, "%s", one);
	fd = dial(&served);
	say(fd, text);
	for (i = 0; i < 1000; i++) {
		hear(fd, &heard);
		assert_int_equal(heard.status, 200);
	}
	/* in order, some of them waiting */
	say(fd, with_host(&served, GET("/slow?ms=30") "\r\n"));
	say(fd, with_host(&served, GET("/hello") "\r\n"));
	say(fd, with_host(&served, GET("/slow?ms=1") "\r\n"));
	hear(fd, &heard);
	assert_string_equal(heard.body, "slow");
	hear(fd, &heard);
	assert_string_equal(heard.body, "hello");
	hear(fd, &heard);
	assert_string_equal(heard.body, "slow");
	close(fd);
}

static void
h17_methods(void **state)
{
	(void)state;
	expect(405, "TRACE /hello HTTP/1.1\r\nHost: HOST\r\n\r\n");
	assert_string_equal(heard_header(&heard, "Allow"), "GET, HEAD");
	expect(405, "OPTIONS * HTTP/1.1\r\nHost: HOST\r\n\r\n");
	expect(405, "CONNECT evil.test:443 HTTP/1.1\r\nHost: HOST\r\n\r\n");
	expect(405, "PUT /echo HTTP/1.1\r\nHost: HOST\r\nContent-Length: 0\r\n\r\n");
	assert_string_equal(heard_header(&heard, "Allow"), "POST");
	expect(405, "DELETE /any HTTP/1.1\r\nHost: HOST\r\n\r\n");
	assert_string_equal(heard_header(&heard, "Allow"), "POST, GET, HEAD");
	expect(405, GET("/echo") "\r\n");
	expect(405, "HEAD /echo HTTP/1.1\r\nHost: HOST\r\n\r\n");
	expect(404, "PUT /nowhere HTTP/1.1\r\nHost: HOST\r\nContent-Length: 0\r\n\r\n");
	expect(405, "get /hello HTTP/1.1\r\nHost: HOST\r\n\r\n");
	expect(200, GET("/hello") "X-HTTP-Method-Override: DELETE\r\nRange: bytes=0-1\r\n\r\n");
	assert_string_equal(heard.body, "hello");
	expect(200, "PATCH /services/x/y HTTP/1.1\r\nHost: HOST\r\n\r\n");
	TWIN;
}

static void
a13_t11_duplicates(void **state)
{
	int before;

	(void)state;
	expect(200, GET("/any?state=1&scope=a&scope=b&state=2") "\r\n");
	assert_non_null(strstr(heard.body, "\"duplicate\":\"scope\""));
	expect(200, POST("/any?x=1") "Content-Length: 7\r\n\r\nx=2&y=1");
	assert_non_null(strstr(heard.body, "\"duplicate\":\"x\""));
	before = n_handled;
	expect(400, POST("/echo") "Content-Length: 15\r\n\r\ncode=1&%63ode=2");
	assert_non_null(strstr(heard.body, "\"invalid_request\""));
	assert_int_equal(n_handled, before);
	/* the one that may */
	expect(200, POST("/echo") "Content-Length: 15\r\n\r\nclaim=1&claim=2");
	expect(200, POST("/echo") "Content-Length: 10\r\n\r\ncode=1&b=2");
}

static void
t12_t13(void **state)
{
	int fd;

	(void)state;
	expect(400, POST("/echo?code=x") "Content-Length: 0\r\n\r\n");
	assert_non_null(strstr(heard.body, "\"invalid_request\""));
	expect(200, POST("/echo") "Content-Length: 0\r\n\r\n");
	expect(200, "POST /echo HTTP/1.1\r\nHost: HOST\r\nContent-Type: application/json\r\n"
		    "Content-Length: 2\r\n\r\n{}");
	fd = dial(&served);
	say(fd, with_host(&served, "POST /echo HTTP/1.1\r\nHost: HOST\r\n"
				   "Content-Type: multipart/form-data; boundary=a"));
	say_n(fd, "\0b\r\nContent-Length: 2\r\n\r\n{}", 26);
	hear(fd, &heard);
	assert_int_equal(heard.status, 400);
	assert_non_null(strstr(heard.body, "\"invalid_request\""));
	assert_true(is_closed(fd));
	close(fd);
}

static void
r12_g11_paths(void **state)
{
	static const char *const paths[] = {"/..%2f..%2fetc%2fpasswd", "/%2e%2e/hello",
	    "/static/....//hello", "/static/..\\hello", "/hello%00", "/services/x%00y/z",
	    "/services/../hello", "/services/%2e%2e/hello", "//hello", "/hello/", "/./hello",
	    "/services/a/%2fb", "/services/a/%5cb", "/hello%0d%0a"};
	char text[200];
	size_t i;

	(void)state;
	for (i = 0; i < sizeof paths / sizeof *paths; i++) {
		snprintf(text, sizeof text, "GET %s HTTP/1.1\r\nHost: HOST\r\n\r\n", paths[i]);
		expect(404, text);
	}
	expect(400, GET("/hello%zz") "\r\n");
	expect(400, GET("/hello%e2%28%a1") "\r\n");
	expect(400, GET("/hello?a=%e2%28%a1") "\r\n");
	expect(400, GET("/hello?a=%00") "\r\n");
	expect(400, GET("/hello?a=%") "\r\n");
	expect(400, GET("/hello?a=%4") "\r\n");
	expect(400, GET("/hello?a\x01=1") "\r\n");
	expect(400, GET("/hello?%0a=1") "\r\n");
	expect(200, GET("/%68ello") "\r\n");
	expect(200, GET("/services/x/y/z") "\r\n");
}

static void
a19_state_comes_back(void **state)
{
	(void)state;
	expect(303, GET("/go?state=%0d%0aSet-Cookie:x%22%3c%c3%a9") "\r\n");
	assert_null(heard_header(&heard, "Set-Cookie"));
	assert_string_equal(heard_header(&heard, "Location"),
	    "https://rp.test/cb?state=%0D%0ASet-Cookie:x\"<%C3%A9");
}

static void
framing(void **state)
{
	static const struct {
		const char *text;
		size_t len;
	} bad[] = {
#define BAD(text) {text, sizeof text - 1}
	    BAD("Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"),
	    BAD("Content-Length: 3\r\nContent-Length: 3\r\n\r\na=1"),
	    BAD("Content-Length: 3, 3\r\n\r\na=1"),
	    BAD("Content-Length: +3\r\n\r\na=1"),
	    BAD("Content-Length: -1\r\n\r\n"),
	    BAD("Content-Length: 0x3\r\n\r\na=1"),
	    BAD("Content-Length:\r\n\r\n"),
	    BAD("Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n"),
	    BAD("Transfer-Encoding: identity\r\n\r\n"),
	    BAD("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"),
	    BAD("Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n"),
	    BAD("Content-Length: 3\n\r\na=1"),
	    BAD("X: a\r\n b\r\nContent-Length: 3\r\n\r\na=1"),
	    BAD("X: a\0b\r\nContent-Length: 3\r\n\r\na=1"),
	    BAD("X\0: b\r\nContent-Length: 3\r\n\r\na=1"),
	    BAD("\0X: b\r\nContent-Length: 3\r\n\r\na=1"),
	    BAD("X: a\rb\r\nContent-Length: 3\r\n\r\na=1"),
	    BAD("X: a\x7f\r\nContent-Length: 3\r\n\r\na=1"),
	    BAD("X: \xff\r\nContent-Length: 3\r\n\r\na=1"),
	    BAD("X Y: z\r\nContent-Length: 3\r\n\r\na=1"),
	    BAD(": z\r\nContent-Length: 3\r\n\r\na=1"),
	    BAD("no colon\r\nContent-Length: 3\r\n\r\na=1"),
	    BAD("Transfer-Encoding: chunked\r\n\r\nzz\r\n"),
	    BAD("Transfer-Encoding: chunked\r\n\r\n1\r\nab\r\n"),
#undef BAD
	};
	size_t i;
	int fd;

	(void)state;
	for (i = 0; i < sizeof bad / sizeof *bad; i++) {
		fd = dial(&served);
		say(fd, with_host(&served, POST("/echo")));
		say_n(fd, bad[i].text, bad[i].len);
		hear(fd, &heard);
		if (heard.status != 400)
			fail_msg("%d instead of 400 to %s", heard.status, bad[i].text);
		if (!is_closed(fd))
			fail_msg("open after %s", bad[i].text);
		close(fd);
	}
	expect(400, GET("/hello") "Content-Length: 1\r\n\r\nx");
	expect(400, "GET  /hello HTTP/1.1\r\nHost: HOST\r\n\r\n");
	expect(400, "GET /hello  HTTP/1.1\r\nHost: HOST\r\n\r\n");
	expect(400, "GET /hel lo HTTP/1.1\r\nHost: HOST\r\n\r\n");
	expect(400, "GET /hello HTTP/1.1 \r\nHost: HOST\r\n\r\n");
	expect(400, "GET /hello HTTP/1.1\nHost: HOST\r\n\r\n");
	expect(400, "GET hello HTTP/1.1\r\nHost: HOST\r\n\r\n");
	expect(400, "GET /hello#x HTTP/1.1\r\nHost: HOST\r\n\r\n");
	expect(400, "GET /hello\r\nHost: HOST\r\n\r\n");
	expect(415, POST("/echo") "Content-Encoding: gzip\r\nContent-Length: 1\r\n\r\nx");
	expect(200, POST("/echo") "X:  \t a b \t\r\nContent-Length: 3\r\n\r\na=1");
	TWIN;
}

static void
from_ours(void **state)
{
	(void)state;
	expect(403, POST("/ours") "Content-Length: 0\r\n\r\n");
	expect(403, POST("/ours") "Origin: https://evil.test\r\nContent-Length: 0\r\n\r\n");
	expect(403, POST("/ours") "Origin: null\r\nContent-Length: 0\r\n\r\n");
	expect(403, POST("/ours") "Sec-Fetch-Site: cross-site\r\nContent-Length: 0\r\n\r\n");
	expect(403, POST("/ours") "Sec-Fetch-Site: same-site\r\nContent-Length: 0\r\n\r\n");
	expect(403, POST("/ours") "Origin: http://HOST.evil.test\r\nContent-Length: 0\r\n\r\n");
	expect(200, POST("/ours") "Sec-Fetch-Site: same-origin\r\nContent-Length: 0\r\n\r\n");
	expect(200, POST("/ours") "Sec-Fetch-Site: same-origin\r\nOrigin: null\r\n"
				  "Content-Length: 0\r\n\r\n");
}

static void
faults(void **state)
{
	int fd, i;

	(void)state;
	expect(503, GET("/away") "\r\n");
	assert_non_null(heard_header(&heard, "Retry-After"));
	assert_non_null(strstr(heard.body, "temporarily_unavailable"));
	assert_null(strstr(heard.body, "redis"));
	/* a refusal ends the connection only where it is not sure what follows */
	fd = dial(&served);
	for (i = 0; i < 3; i++) {
		say(fd, with_host(
			    &served, i == 0 ? GET("/hello?a=1&a=2") "\r\n" : GET("/echo") "\r\n"));
		hear(fd, &heard);
		assert_int_equal(heard.status, i == 0 ? 400 : 405);
		assert_null(heard_header(&heard, "Connection"));
	}
	close(fd);
	/* a fault is said as the route says faults, also where the route was never reached */
	expect(400, "POST /other HTTP/1.1\r\nHost: HOST\r\nHost: x\r\nContent-Length: 0\r\n\r\n");
	assert_string_equal(heard.body, "other");
	expect(405, GET("/other") "\r\n");
	assert_string_equal(heard.body, "other");
	expect(404, GET("/nowhere") "\r\n");
	assert_non_null(heard_header(&heard, "X-Request-Id"));
	assert_string_equal(heard_header(&heard, "Cache-Control"), "no-store");
}

static void
static_documents(void **state)
{
	char id[64], *at;
	int fd[4], i;

	(void)state;
	expect(200, GET("/static") "\r\n");
	assert_string_equal(heard_header(&heard, "Access-Control-Allow-Origin"), "*");
	assert_string_equal(heard_header(&heard, "Cache-Control"), "public, max-age=300");
	assert_string_equal(heard.body, "one");
	snprintf(id, sizeof id, "%s", heard_header(&heard, "X-Request-Id"));
	/* kept ready, but for the id of the request */
	expect(200, GET("/static") "\r\n");
	assert_string_equal(heard.body, "one");
	assert_int_equal(strlen(heard_header(&heard, "X-Request-Id")), 24);
	assert_string_not_equal(heard_header(&heard, "X-Request-Id"), id);
	/* until it changes */
	document = "another";
	expect(200, GET("/static") "\r\n");
	assert_string_equal(heard.body, "another");
	document = "ANOTHER";
	expect(200, GET("/static") "\r\n");
	assert_string_equal(heard.body, "ANOTHER");
	expect(200, "HEAD /static HTTP/1.1\r\nHost: HOST\r\n\r\n");
	assert_string_equal(heard_header(&heard, "Content-Length"), "7");
	document = "one";
	/* each its own id, also when many come at once */
	for (i = 0; i < 4; i++) {
		fd[i] = dial(&served);
		say(fd[i], with_host(&served, GET("/static") "\r\n"));
		say(fd[i], with_host(&served, GET("/static") "\r\n"));
	}
	for (i = 0; i < 8; i++) {
		hear(fd[i / 2], &heard);
		at = strstr(heard.head, "X-Request-Id: ");
		assert_memory_not_equal(at + 14, id, 24);
		memcpy(id, at + 14, 24);
	}
	for (i = 0; i < 4; i++)
		close(fd[i]);
}

static void
client_goes_while_the_fiber_waits(void **state)
{
	int fd[50], i;

	(void)state;
	for (i = 0; i < 50; i++) {
		fd[i] = dial(&served);
		say(fd[i], with_host(&served, GET("/slow?ms=100") "\r\n"));
	}
	usleep(20000);
	for (i = 0; i < 50; i++)
		close(fd[i]);
	usleep(200000);
	/* in the middle of a head, of a body, of nothing */
	for (i = 0; i < 30; i++) {
		int one = dial(&served);

		say(one,
		    with_host(&served, i % 3 == 0   ? ""
				       : i % 3 == 1 ? "GET /hel"
						    : POST("/echo") "Content-Length: 10\r\n\r\na"));
		close(one);
	}
	TWIN;
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(answers),
	    cmocka_unit_test(h04_host),
	    cmocka_unit_test(h06_sizes),
	    cmocka_unit_test(h06_body),
	    cmocka_unit_test(h10_many_parameters),
	    cmocka_unit_test(h12_authorization),
	    cmocka_unit_test(h13_expect),
	    cmocka_unit_test(h13_pipelined),
	    cmocka_unit_test(h17_methods),
	    cmocka_unit_test(a13_t11_duplicates),
	    cmocka_unit_test(t12_t13),
	    cmocka_unit_test(r12_g11_paths),
	    cmocka_unit_test(a19_state_comes_back),
	    cmocka_unit_test(framing),
	    cmocka_unit_test(from_ours),
	    cmocka_unit_test(faults),
	    cmocka_unit_test(static_documents),
	    cmocka_unit_test(client_goes_while_the_fiber_waits),
	};

	return cmocka_run_group_tests(tests, open_server, close_server);
}
