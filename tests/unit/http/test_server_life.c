/* SPDX-License-Identifier: Apache-2.0
 *
 * The life of a server: slow peers, caps, proxies, pages, cookies, descriptors that run out, the
 * end.
 */
#include "../unit.h"

#include "served.h"

#include "core/fiber.h"
#include "http/server_inner.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdatomic.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>

static struct served served;
static struct heard heard;

static int
hello(struct task *task, const struct request *request, struct reply *reply)
{
	(void)task;
	reply_header(reply, "X-Address", request->address);
	reply_header(reply, "X-Tls", request->is_tls ? "yes" : "no");
	reply_header(reply, "X-Trace", task->trace_id);
	return reply_text(reply, 200, "text/plain", "hello");
}

static int
slow(struct task *task, const struct request *request, struct reply *reply)
{
	const char *ms = request_query(request, "ms");
	int r = fiber_sleep(task, atoi(ms));

	if (r < 0)
		return r;
	return reply_text(reply, 200, "text/plain", "slow");
}

static atomic_int n_held;
static atomic_bool may_end;

/* Until the test lets it go. */
static int
held(struct task *task, const struct request *request, struct reply *reply)
{
	int r = 0;

	(void)request;
	atomic_fetch_add(&n_held, 1);
	while (r == 0 && !atomic_load(&may_end))
		r = fiber_sleep(task, 5);
	if (r < 0)
		return r;
	return reply_text(reply, 200, "text/plain", "held");
}

static int
large(struct task *task, const struct request *request, struct reply *reply)
{
	size_t len = 4u << 20;
	char *text = task_alloc(task, len);

	(void)request;
	memset(text, 'x', len);
	return reply_bytes(reply, 200, "text/plain", (struct bytes){(uint8_t *)text, len});
}

static int
page(struct task *task, const struct request *request, struct reply *reply)
{
	char *html = task_alloc(task, 5001);
	const char *session = request_cookie(task, request, "session");

	memset(html, 'p', 5000);
	reply_cookie(reply, "session", session == NULL ? "none" : session, 0);
	reply_cookie(reply, "gone", "x", -1);
	return reply_page(reply, 200, html, "nonce123", "https://rp.test");
}

static const struct route routes[] = {
    {"GET", "/hello", hello, reply_oauth_fault, 0, "hello", 0, NULL},
    {"POST", "/hello", hello, reply_oauth_fault, 0, "hello", 0, NULL},
    {"GET", "/slow", slow, reply_oauth_fault, 0, "slow", 0, NULL},
    {"GET", "/held", held, reply_oauth_fault, 0, "held", 0, NULL},
    {"GET", "/large", large, reply_oauth_fault, 0, "large", 0, NULL},
    {"GET", "/page", page, reply_oauth_fault, ROUTE_PAGE, "page", 0, NULL},
};

static void
prepare(void)
{
	served_default(&served);
	served.listen.routes = routes;
	served.listen.n_routes = sizeof routes / sizeof *routes;
	atomic_store(&n_held, 0);
	atomic_store(&may_end, false);
}

static unsigned n_peers;

static void
count_peers(struct served *of)
{
	n_peers = of->server->n_peers;
}

/* Until the server has so many connections. */
static void
wait_for_peers(unsigned wanted)
{
	int i;

	for (i = 0; i < 3000; i++) {
		served_call(&served, count_peers);
		if (n_peers == wanted)
			return;
		usleep(10000);
	}
	fail_msg("%u connections, not %u", n_peers, wanted);
}

static void
wait_for_held(int wanted)
{
	int i;

	for (i = 0; i < 3000 && atomic_load(&n_held) != wanted; i++)
		usleep(10000);
	assert_int_equal(atomic_load(&n_held), wanted);
}

static int64_t
now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* Sends the text, and its last letter again each 100 ms, until the server closes or answers. */
static void
drip(int fd, const char *text)
{
	int64_t begin_ms = now_ms();
	struct pollfd poll_fd = {.fd = fd, .events = POLLIN};

	say(fd, text);
	while (poll(&poll_fd, 1, 100) <= 0) {
		assert_true(now_ms() - begin_ms < 30000);
		if (*text != 0)
			say_n(fd, text + strlen(text) - 1, 1);
	}
}

static int64_t patience_ms[N_PHASES];

/* The server that comes has one second for this phase, and for the others what it always has. */
static void
open_impatient(enum phase phase)
{
	memcpy(patience_ms, server_phase_ms, sizeof patience_ms);
	server_phase_ms[phase] = 1000;
	prepare();
	served_open(&served);
}

static void
close_impatient(void)
{
	served_close(&served);
	memcpy(server_phase_ms, patience_ms, sizeof patience_ms);
}

/* libmicrohttpd's own time-out would start anew with each byte. */
static void
a_head_that_never_ends_is_cut(void **state)
{
	int64_t begin_ms = now_ms();
	int fd;

	(void)state;
	open_impatient(PHASE_HEAD);
	fd = dial(&served);
	drip(fd, "GET /hello HTTP/1.1\r\nHost: x\r\nX-Very: long header");
	assert_true(is_closed(fd));
	assert_true(now_ms() - begin_ms >= 1000);
	close(fd);
	close_impatient();
}

static void
a_body_that_never_ends_is_cut(void **state)
{
	int64_t begin_ms = now_ms();
	int fd;

	(void)state;
	open_impatient(PHASE_BODY);
	fd = dial(&served);
	drip(fd, with_host(&served,
		     "POST /hello HTTP/1.1\r\nHost: HOST\r\nContent-Length: 1000\r\n\r\na=1a"));
	hear(fd, &heard);
	assert_int_equal(heard.status, 408);
	assert_true(now_ms() - begin_ms >= 1000);
	close(fd);
	close_impatient();
}

static void
a_connection_that_rests_is_closed(void **state)
{
	int64_t begin_ms = now_ms();
	int fd;

	(void)state;
	open_impatient(PHASE_IDLE);
	fd = dial(&served);
	say(fd, with_host(&served, "GET /hello HTTP/1.1\r\nHost: HOST\r\n\r\n"));
	hear(fd, &heard);
	assert_int_equal(heard.status, 200);
	drip(fd, "");
	assert_true(is_closed(fd));
	assert_true(now_ms() - begin_ms >= 1000);
	close(fd);
	close_impatient();
}

static void
one_who_does_not_read_is_cut(void **state)
{
	char taken[4096];
	size_t n = 0;
	ssize_t got = 1;
	int fd;

	(void)state;
	open_impatient(PHASE_ANSWER);
	fd = dial(&served);
	say(fd, with_host(&served, "GET /large HTTP/1.1\r\nHost: HOST\r\n\r\n"));
	wait_for_peers(1);
	wait_for_peers(0);
	while (got > 0) {
		got = recv(fd, taken, sizeof taken, 0);
		n += got > 0 ? (size_t)got : 0;
	}
	assert_true(n < (4u << 20));
	close(fd);
	close_impatient();
}

static void
a_handler_that_takes_its_time_is_no_slow_peer(void **state)
{
	int64_t kept[N_PHASES];
	int i;

	(void)state;
	memcpy(kept, server_phase_ms, sizeof kept);
	for (i = 0; i < N_PHASES; i++)
		server_phase_ms[i] = 1000;
	prepare();
	served_open(&served);
	ask(&served, "GET /slow?ms=2500 HTTP/1.1\r\nHost: HOST\r\n\r\n", &heard);
	assert_int_equal(heard.status, 200);
	served_close(&served);
	memcpy(server_phase_ms, kept, sizeof kept);
}

static void
caps(void **state)
{
	int fd[12], i;

	(void)state;
	prepare();
	served.settings.gateway_connections_per_address = 10;
	served_open(&served);
	for (i = 0; i < 12; i++)
		fd[i] = dial(&served);
	say(fd[9], with_host(&served, "GET /hello HTTP/1.1\r\nHost: HOST\r\n\r\n"));
	hear(fd[9], &heard);
	assert_int_equal(heard.status, 200);
	assert_true(is_closed(fd[10]));
	assert_true(is_closed(fd[11]));
	for (i = 0; i < 12; i++)
		close(fd[i]);
	wait_for_peers(0);
	ask(&served, "GET /hello HTTP/1.1\r\nHost: HOST\r\n\r\n", &heard);
	assert_int_equal(heard.status, 200);
	served_close(&served);
	/* a trusted proxy stands for many */
	prepare();
	served.settings.gateway_connections_per_address = 1;
	served.settings.gateway_trusted_proxies = (const char *const[]){"127.0.0.0/8", NULL};
	served_open(&served);
	fd[0] = dial(&served);
	ask(&served, "GET /hello HTTP/1.1\r\nHost: HOST\r\n\r\n", &heard);
	assert_int_equal(heard.status, 200);
	close(fd[0]);
	served_close(&served);
}

static void
proxies(void **state)
{
	(void)state;
	prepare();
	served_open(&served);
	ask(&served,
	    "GET /hello HTTP/1.1\r\nHost: HOST\r\nX-Forwarded-For: 192.0.2.1\r\n"
	    "X-Forwarded-Proto: https\r\n\r\n",
	    &heard);
	assert_string_equal(heard_header(&heard, "X-Address"), "127.0.0.1");
	assert_string_equal(heard_header(&heard, "X-Tls"), "no");
	served_close(&served);
	prepare();
	served.settings.gateway_trusted_proxies = (const char *const[]){"127.0.0.0/8", NULL};
	served_open(&served);
	ask(&served,
	    "GET /hello HTTP/1.1\r\nHost: HOST\r\nX-Forwarded-For: 6.6.6.6, 192.0.2.1\r\n"
	    "X-Forwarded-Proto: https\r\n\r\n",
	    &heard);
	assert_string_equal(heard_header(&heard, "X-Address"), "192.0.2.1");
	assert_string_equal(heard_header(&heard, "X-Tls"), "yes");
	ask(&served,
	    "GET /hello HTTP/1.1\r\nHost: HOST\r\nForwarded: for=6.6.6.6\r\n"
	    "X-Forwarded-For: 192.0.2.1\r\n\r\n",
	    &heard);
	assert_int_equal(heard.status, 400);
	ask(&served,
	    "GET /hello HTTP/1.1\r\nHost: HOST\r\n"
	    "traceparent: 00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01\r\n\r\n",
	    &heard);
	assert_string_equal(heard_header(&heard, "X-Trace"), "4bf92f3577b34da6a3ce929d0e0e4736");
	ask(&served,
	    "GET /hello HTTP/1.1\r\nHost: HOST\r\n"
	    "traceparent: 00-4BF92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01\r\n\r\n",
	    &heard);
	assert_string_not_equal(
	    heard_header(&heard, "X-Trace"), "4BF92f3577b34da6a3ce929d0e0e4736");
	served_close(&served);
	prepare();
	served.settings.gateway_trusted_proxies =
	    (const char *const[]){"127.0.0.0/8", "proxy", NULL};
	served.loop = loop_new();
	char why[256];
	assert_null(http_server_new(served.loop, &served.rooms, &served.listen, why));
	assert_string_equal(why, "gateway.trusted_proxies: proxy is no address or network");
	loop_free(served.loop);
}

static void
pages(void **state)
{
	(void)state;
	prepare();
	served.settings.is_https = true;
	served_open(&served);
	ask(&served,
	    "GET /page HTTP/1.1\r\nHost: HOST\r\nCookie: a=b; __Host-session=s1; session=evil"
	    "\r\n\r\n",
	    &heard);
	assert_int_equal(heard.status, 200);
	assert_int_equal(heard.body_len, 5000);
	assert_string_equal(heard_header(&heard, "Content-Type"), "text/html; charset=utf-8");
	assert_string_equal(heard_header(&heard, "Content-Security-Policy"),
	    "default-src 'none'; style-src 'nonce-nonce123'; script-src 'nonce-nonce123'; "
	    "img-src 'self' data:; connect-src 'self'; form-action 'self' https://rp.test; "
	    "frame-ancestors 'none'; base-uri 'none'");
	assert_string_equal(heard_header(&heard, "X-Frame-Options"), "DENY");
	assert_string_equal(heard_header(&heard, "X-Content-Type-Options"), "nosniff");
	assert_string_equal(heard_header(&heard, "Referrer-Policy"), "no-referrer");
	assert_string_equal(heard_header(&heard, "Cache-Control"), "no-store");
	assert_string_equal(heard_header(&heard, "Cross-Origin-Opener-Policy"), "same-origin");
	assert_string_equal(heard_header(&heard, "Strict-Transport-Security"), "max-age=31536000");
	assert_non_null(strstr(heard.head, "Set-Cookie: __Host-session=s1; Path=/; HttpOnly; "
					   "SameSite=Lax; Secure\r\n"));
	assert_non_null(strstr(heard.head, "Set-Cookie: __Host-gone=; Path=/; HttpOnly; "
					   "SameSite=Lax; Max-Age=0; Secure\r\n"));
	ask(&served, "GET /page HTTP/1.1\r\nHost: HOST\r\nAccept-Encoding: br, gzip;q=0.5\r\n\r\n",
	    &heard);
	assert_string_equal(heard_header(&heard, "Content-Encoding"), "gzip");
	assert_string_equal(heard_header(&heard, "Vary"), "Accept-Encoding");
	assert_true(heard.body_len < 200);
	assert_memory_equal(heard.body, "\x1f\x8b", 2);
	ask(&served, "GET /page HTTP/1.1\r\nHost: HOST\r\nAccept-Encoding: gzip;q=0\r\n\r\n",
	    &heard);
	assert_int_equal(heard.body_len, 5000);
	served_close(&served);
}

static void
taken_port(void **state)
{
	char why[256], expected[300];

	(void)state;
	prepare();
	served.loop = loop_new();
	served.listen.address = "192.0.2.1:80"; /* not ours */
	assert_null(http_server_new(served.loop, &served.rooms, &served.listen, why));
	snprintf(expected, sizeof expected, "cannot listen on 192.0.2.1:80: %s",
	    strerror(EADDRNOTAVAIL));
	assert_string_equal(why, expected);
	served.listen.address = "nonsense";
	assert_null(http_server_new(served.loop, &served.rooms, &served.listen, why));
	assert_string_equal(why, "nonsense is no address with a port");
	loop_free(served.loop);
}

static void
drain(struct served *of)
{
	http_server_drain(of->server);
}

static bool was_idle;

static void
look(struct served *of)
{
	was_idle = http_server_is_idle(of->server);
}

static void
drained(void **state)
{
	int idle, busy, half, i;

	(void)state;
	prepare();
	served_open(&served);
	idle = dial(&served);
	say(idle, with_host(&served, "GET /hello HTTP/1.1\r\nHost: HOST\r\n\r\n"));
	hear(idle, &heard);
	busy = dial(&served);
	say(busy, with_host(&served, "GET /held HTTP/1.1\r\nHost: HOST\r\n\r\n"));
	half = dial(&served);
	say(half, "GET /hello HTTP/1.1\r\n");
	wait_for_held(1);
	wait_for_peers(3);
	served_call(&served, drain);
	served_call(&served, look);
	assert_false(was_idle);
	assert_true(is_closed(idle));
	say(half, with_host(&served, "Host: HOST\r\n\r\n"));
	hear(half, &heard);
	assert_int_equal(heard.status, 200);
	assert_string_equal(heard_header(&heard, "Connection"), "close");
	atomic_store(&may_end, true);
	hear(busy, &heard);
	assert_int_equal(heard.status, 200);
	assert_string_equal(heard_header(&heard, "Connection"), "close");
	assert_true(is_closed(busy));
	for (i = 0; i < 2000 && !was_idle; i++) {
		usleep(10000);
		served_call(&served, look);
	}
	assert_true(was_idle);
	close(idle);
	close(busy);
	close(half);
	served_close(&served);
}

static void
stopped_while_a_fiber_waits(void **state)
{
	int fd;

	(void)state;
	prepare();
	served_open(&served);
	fd = dial(&served);
	say(fd, with_host(&served, "GET /held HTTP/1.1\r\nHost: HOST\r\n\r\n"));
	wait_for_held(1);
	served_close(&served);
	hear(fd, &heard);
	assert_int_equal(heard.status, 503);
	assert_non_null(heard_header(&heard, "Retry-After"));
	close(fd);
}

static void
descriptors_run_out(void **state)
{
	struct rlimit kept, few;
	int fd[80], i, first, n_heard = 0;

	(void)state;
	prepare();
	served_open(&served);
	for (i = 0; i < 40; i++)
		fd[i] = dial(&served);
	wait_for_peers(40);
	/* 40 more connect, and the server has a descriptor for 20 of them at most */
	for (i = 40; i < 80; i++)
		fd[i] = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	first = dup(0);
	close(first);
	getrlimit(RLIMIT_NOFILE, &kept);
	few = kept;
	few.rlim_cur = (rlim_t)first + 20;
	setrlimit(RLIMIT_NOFILE, &few);
	for (i = 40; i < 80; i++) {
		struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(18080)};
		char host[32];

		snprintf(
		    host, sizeof host, "%.*s", (int)strcspn(served.address, ":"), served.address);
		inet_pton(AF_INET, host, &address.sin_addr);
		assert_int_equal(connect(fd[i], (struct sockaddr *)&address, sizeof address), 0);
		say(fd[i], with_host(&served, "GET /hello HTTP/1.1\r\nHost: HOST\r\n\r\n"));
	}
	usleep(300000);
	setrlimit(RLIMIT_NOFILE, &kept);
	for (i = 40; i < 80; i++) {
		hear(fd[i], &heard);
		n_heard += heard.status == 200;
	}
	assert_int_equal(n_heard, 40);
	for (i = 0; i < 80; i++)
		close(fd[i]);
	served_close(&served);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_head_that_never_ends_is_cut),
	    cmocka_unit_test(a_body_that_never_ends_is_cut),
	    cmocka_unit_test(a_connection_that_rests_is_closed),
	    cmocka_unit_test(one_who_does_not_read_is_cut),
	    cmocka_unit_test(a_handler_that_takes_its_time_is_no_slow_peer),
	    cmocka_unit_test(caps),
	    cmocka_unit_test(proxies),
	    cmocka_unit_test(pages),
	    cmocka_unit_test(taken_port),
	    cmocka_unit_test(drained),
	    cmocka_unit_test(stopped_while_a_fiber_waits),
	    cmocka_unit_test(descriptors_run_out),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
