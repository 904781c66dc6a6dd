/* SPDX-License-Identifier: Apache-2.0
 *
 * Outbound HTTP against a real server on loopback that behaves as its path says.
 */
#include "../unit.h"

#include "core/clock.h"
#include "core/fiber.h"
#include "core/loop.h"
#include "core/settings.h"
#include "http/fetch.h"

#include <netinet/in.h>
#include <pthread.h>
#include <stdatomic.h>
#include <sys/socket.h>
#include <sys/un.h>

struct upstream {
	int fd, unix_fd;
	int port;
	char unix_path[64];
	pthread_t thread, unix_thread;
	atomic_int n_connections, n_requests;
};

static struct upstream upstream;

static void
put(int fd, const char *text)
{
	ssize_t n = send(fd, text, strlen(text), MSG_NOSIGNAL);

	(void)n;
}

static void
put_big(int fd)
{
	char block[1024];
	int i;

	memset(block, 'x', sizeof block);
	block[sizeof block - 1] = 0;
	put(fd, "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n");
	for (i = 0; i < 4096; i++)
		put(fd, block);
}

static void
put_many_headers(int fd)
{
	char line[64];
	int i;

	put(fd, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n");
	for (i = 0; i < 200; i++) {
		snprintf(line, sizeof line, "X-%d: y\r\n", i);
		put(fd, line);
	}
	put(fd, "\r\n");
}

/* Answers that are none, and never the one. */
static void
put_hints(int fd)
{
	for (int i = 0; i < 4096; i++)
		put(fd, "HTTP/1.1 103 Early Hints\r\nLink: </x>; rel=preload\r\n\r\n");
}

static void
hang_until_the_caller_goes(int fd)
{
	char more;

	while (recv(fd, &more, 1, 0) > 0)
		continue;
}

/* What is answered at a path, in so many bytes; and whether the connection ends with it. */
static const struct {
	const char *path, *bytes;
	bool ends;
} answers[] = {
    {"/ok",
	"HTTP/1.1 200 OK\r\nContent-Type: Application/JSON; charset=utf-8\r\n"
	"X-Some: thing \r\nContent-Length: 2\r\n\r\n{}",
	false},
    {"/redirect", "HTTP/1.1 302 Found\r\nLocation: /ok\r\nContent-Length: 0\r\n\r\n", false},
    {"/continue",
	"HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n"
	"HTTP/1.1 204 No Content\r\nX-Last: 1\r\n\r\n",
	false},
    {"/half", "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf", true},
    {"/nonsense", "what?\r\n\r\n", true},
    {"/control", "HTTP/1.1 200 OK\r\nX-Bad: a\001b\r\nContent-Length: 0\r\n\r\n", false},
    {"/lengths", "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 2\r\n\r\n{}", false},
    {"/list", "HTTP/1.1 200 OK\r\nContent-Length: 2, 40\r\n\r\n{}", false},
    {"/chunks",
	"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nContent-Length: 2\r\n\r\n"
	"2\r\n{}\r\n0\r\n\r\n",
	false},
};

static bool
is_at(const char *request, const char *path)
{
	return strncmp(strchr(request, ' ') + 1, path, strlen(path)) == 0;
}

/* False: the connection ends. */
static bool
behave(int fd, const char *request)
{
	atomic_fetch_add(&upstream.n_requests, 1);
	for (size_t i = 0; i < sizeof answers / sizeof *answers; i++)
		if (is_at(request, answers[i].path))
			return put(fd, answers[i].bytes), !answers[i].ends;
	if (is_at(request, "/big"))
		return put_big(fd), false;
	if (is_at(request, "/headers"))
		return put_many_headers(fd), true;
	if (is_at(request, "/hang"))
		return hang_until_the_caller_goes(fd), false;
	if (is_at(request, "/hints"))
		return put_hints(fd), false;
	if (!is_at(request, "/echo"))
		return false;
	put(fd, strstr(request, "a=1&b=2") == NULL || strstr(request, "Expect") != NULL ||
			strstr(request, "X-Mine: yes") == NULL
		    ? "HTTP/1.1 400 Bad\r\nContent-Length: 0\r\n\r\n"
		    : "HTTP/1.1 201 Made\r\nContent-Length: 0\r\n\r\n");
	return true;
}

static void *
converse(void *arg)
{
	int fd = (int)(intptr_t)arg;
	char request[4096];
	ssize_t n;

	for (;;) {
		n = recv(fd, request, sizeof request - 1, 0);
		if (n <= 0)
			break;
		request[n] = 0;
		if (!behave(fd, request))
			break;
	}
	close(fd);
	return NULL;
}

static void *
listen_on(void *arg)
{
	int fd, listening = *(int *)arg;
	pthread_t thread;

	while ((fd = accept(listening, NULL, NULL)) >= 0) {
		atomic_fetch_add(&upstream.n_connections, 1);
		pthread_create(&thread, NULL, converse, (void *)(intptr_t)fd);
		pthread_detach(thread);
	}
	return NULL;
}

static int
open_upstream(void **state)
{
	struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(0x7f000001)};
	struct sockaddr_un path = {.sun_family = AF_UNIX};
	socklen_t len = sizeof address;

	(void)state;
	signal(SIGPIPE, SIG_IGN);
	upstream.fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	assert_int_equal(bind(upstream.fd, (struct sockaddr *)&address, sizeof address), 0);
	assert_int_equal(listen(upstream.fd, 128), 0);
	getsockname(upstream.fd, (struct sockaddr *)&address, &len);
	upstream.port = ntohs(address.sin_port);
	snprintf(
	    upstream.unix_path, sizeof upstream.unix_path, "/tmp/dvara-fetch-%d.sock", getpid());
	snprintf(path.sun_path, sizeof path.sun_path, "%s", upstream.unix_path);
	upstream.unix_fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	assert_int_equal(bind(upstream.unix_fd, (struct sockaddr *)&path, sizeof path), 0);
	assert_int_equal(listen(upstream.unix_fd, 128), 0);
	pthread_create(&upstream.thread, NULL, listen_on, &upstream.fd);
	pthread_create(&upstream.unix_thread, NULL, listen_on, &upstream.unix_fd);
	return 0;
}

static int
close_upstream(void **state)
{
	(void)state;
	shutdown(upstream.fd, SHUT_RDWR);
	shutdown(upstream.unix_fd, SHUT_RDWR);
	pthread_join(upstream.thread, NULL);
	pthread_join(upstream.unix_thread, NULL);
	close(upstream.fd);
	close(upstream.unix_fd);
	unlink(upstream.unix_path);
	return 0;
}

/* A loop, a fetcher, and fibers that each make calls. */
struct run {
	struct loop *loop;
	struct rooms rooms;
	struct settings settings;
	void (*fn)(struct run *run, struct task *task);
	int n_left;
};

static void
fiber(void *arg)
{
	struct run *run = arg;
	struct task task;

	task_open(&task, run->loop, &run->rooms, 60000);
	run->fn(run, &task);
	task_close(&task);
	if (--run->n_left == 0)
		loop_stop(run->loop);
}

static void
start_all(void *arg)
{
	struct run *run = arg;
	int i, n = run->n_left;

	for (i = 0; i < n; i++)
		fiber_start(run->loop, fiber, run);
}

static void
in_fibers_allowing(int n, void (*fn)(struct run *run, struct task *task), const char *const *allow)
{
	struct run run = {.fn = fn, .n_left = n};

	run.settings.outbound_allow = allow;
	run.loop = loop_new();
	run.rooms.settings = &run.settings;
	run.rooms.fetcher = fetcher_new(run.loop, &run.settings);
	loop_post(run.loop, start_all, &run);
	loop_run(run.loop);
	fetcher_free(run.rooms.fetcher);
	loop_free(run.loop);
}

static const char *const loopback[] = {"127.0.0.0/8", "::1", NULL};
static const char *const nothing[] = {NULL};

static void
in_fiber(void (*fn)(struct run *run, struct task *task))
{
	in_fibers_allowing(1, fn, loopback);
}

static int
get(struct task *task, const char *path, struct fetched *fetched)
{
	struct fetch fetch = {
	    .url = task_printf(task, "http://127.0.0.1:%d%s", upstream.port, path)};

	return http_fetch(task, &fetch, fetched);
}

static void
good_answers(struct run *run, struct task *task)
{
	struct fetched fetched;
	int before = upstream.n_connections;

	(void)run;
	assert_int_equal(get(task, "/ok", &fetched), 0);
	assert_int_equal(fetched.status, 200);
	assert_string_equal(fetched.content_type, "application/json");
	assert_string_equal(fetched_header(&fetched, "x-some"), "thing");
	assert_int_equal(fetched.body.len, 2);
	assert_string_equal((const char *)fetched.body.at, "{}");
	assert_int_equal(get(task, "/ok", &fetched), 0);
	/* over the connection that was kept */
	assert_int_equal(upstream.n_connections, before + 1);
	assert_int_equal(get(task, "/redirect", &fetched), 0);
	assert_int_equal(fetched.status, 302);
	assert_int_equal(get(task, "/continue", &fetched), 0);
	assert_int_equal(fetched.status, 204);
	assert_int_equal(fetched.headers.n, 1);
	assert_int_equal(fetched.body.len, 0);
}

static void
posted(struct run *run, struct task *task)
{
	struct pair headers[] = {
	    {"Content-Type", "application/x-www-form-urlencoded"}, {"X-Mine", "yes"}};
	struct fetch fetch = {.method = "POST",
	    .url = task_printf(task, "http://127.0.0.1:%d/echo", upstream.port),
	    .headers = {headers, 2},
	    .body = BYTES_OF("a=1&b=2")};
	struct fetched fetched;

	(void)run;
	assert_int_equal(http_fetch(task, &fetch, &fetched), 0);
	assert_int_equal(fetched.status, 201);
	fetch.method = "PUT";
	assert_int_equal(http_fetch(task, &fetch, &fetched), 0);
	assert_int_equal(fetched.status, 201);
	headers[1].value = "a\r\nEvil: 1";
	assert_int_equal(http_fetch(task, &fetch, &fetched), BROKEN);
}

static void
over_a_unix_socket(struct run *run, struct task *task)
{
	struct fetch fetch = {.url = "http://service/ok", .unix_socket = upstream.unix_path};
	struct fetched fetched;

	(void)run;
	assert_int_equal(http_fetch(task, &fetch, &fetched), 0);
	assert_int_equal(fetched.status, 200);
	fetch.unix_socket = "/nowhere.sock";
	assert_int_equal(http_fetch(task, &fetch, &fetched), BUSY);
}

/* What one died of is not handed to its successor, as curl would with a connection that it kept. */
static void
never_twice_over_a_unix_socket(struct run *run, struct task *task)
{
	struct fetch fetch = {.url = "http://service/ok", .unix_socket = upstream.unix_path};
	struct fetched fetched;
	int n_before;

	(void)run;
	assert_int_equal(http_fetch(task, &fetch, &fetched), 0);
	n_before = upstream.n_requests;
	fetch.url = "http://service/none";
	assert_int_equal(http_fetch(task, &fetch, &fetched), UPSTREAM_BROKEN);
	assert_int_equal(upstream.n_requests, n_before + 1);
}

/* Of whom nobody accepts: in the kernel's queue, and a queue that is full. */
static void
untaken(struct run *run, struct task *task)
{
	struct sockaddr_un path = {.sun_family = AF_UNIX};
	struct fetch fetch = {.url = "http://service/ok", .timeout_ms = 100};
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	struct fetched fetched;

	(void)run;
	snprintf(path.sun_path, sizeof path.sun_path, "%s.queue", upstream.unix_path);
	fetch.unix_socket = path.sun_path;
	assert_int_equal(bind(fd, (struct sockaddr *)&path, sizeof path), 0);
	assert_int_equal(listen(fd, 1), 0);
	assert_int_equal(http_fetch(task, &fetch, &fetched), UNTAKEN);
	fault_clear(task);
	assert_int_equal(listen(fd, 0), 0); /* the call before still stands in it */
	assert_int_equal(http_fetch(task, &fetch, &fetched), BUSY);
	fault_clear(task);
	fetch.url = "http://service/hang";
	fetch.unix_socket = upstream.unix_path;
	assert_int_equal(http_fetch(task, &fetch, &fetched), UPSTREAM_LATE);
	unlink(path.sun_path);
	close(fd);
}

static void
broken_answers(struct run *run, struct task *task)
{
	static const char *const paths[] = {"/big", "/headers", "/half", "/nonsense", "/control",
	    "/none", "/list", "/lengths", "/chunks", "/hints"};
	struct fetched fetched = {.status = 7};
	size_t i;

	(void)run;
	for (i = 0; i < sizeof paths / sizeof *paths; i++) {
		assert_int_equal(get(task, paths[i], &fetched), UPSTREAM_BROKEN);
		fault_clear(task);
		/* which also closes the circuit again */
		assert_int_equal(get(task, "/ok", &fetched), 0);
	}
}

/* The shortest of some: on a busy machine one takes longer. */
static int64_t
late_after_ms(struct task *task, const struct fetch *fetch)
{
	int64_t shortest_ms = INT64_MAX;
	struct fetched fetched;

	for (int i = 0; i < 4 && shortest_ms >= 2900; i++) {
		int64_t before_ms = clock_mono_ms(), took_ms;

		assert_int_equal(http_fetch(task, fetch, &fetched), UPSTREAM_LATE);
		fault_clear(task);
		took_ms = clock_mono_ms() - before_ms;
		shortest_ms = took_ms < shortest_ms ? took_ms : shortest_ms;
	}
	return shortest_ms;
}

static void
late_answers(struct run *run, struct task *task)
{
	struct fetch fetch = {
	    .url = task_printf(task, "http://127.0.0.1:%d/hang", upstream.port), .timeout_ms = 300};
	struct fetched fetched;
	int64_t before_ms;

	(void)run;
	assert_in_range(late_after_ms(task, &fetch), 250, 2900);
	fetch.timeout_ms = 60000;
	before_ms = clock_mono_ms();
	task->deadline_ms = before_ms + 400;
	assert_int_equal(http_fetch(task, &fetch, &fetched), UPSTREAM_LATE);
	assert_in_range(clock_mono_ms() - before_ms, 250, 30000);
}

static void
refused_addresses(struct run *run, struct task *task)
{
	static const char *const urls[] = {"https://127.0.0.1:%d/", "https://localhost:%d/",
	    "https://2130706433:%d/", "https://0177.0.0.1:%d/", "https://[::1]:%d/",
	    "https://[::ffff:127.0.0.1]:%d/", "https://0.0.0.0:%d/", "http://127.0.0.1:%d/ok",
	    "https://169.254.169.254/", "https://10.0.0.1/", "https://user:pass@127.0.0.1:%d/",
	    "ftp://127.0.0.1:%d/", "file:///etc/passwd", "gopher://127.0.0.1:%d/", "nonsense", ""};
	int before = upstream.n_connections;
	struct fetched fetched;
	struct fetch fetch = {0};
	char url[80];
	size_t i;

	(void)run;
	for (i = 0; i < sizeof urls / sizeof *urls; i++) {
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
		snprintf(url, sizeof url, urls[i], upstream.port);
#pragma GCC diagnostic pop
		fetch.url = url;
		fault_clear(task);
		assert_int_equal(http_fetch(task, &fetch, &fetched), UPSTREAM_BROKEN);
	}
	assert_int_equal(upstream.n_connections, before);
}

static void
circuit(struct run *run, struct task *task)
{
	struct fetched fetched;
	int i, before;

	(void)run;
	for (i = 0; i < 5; i++) {
		assert_int_equal(get(task, "/none", &fetched), UPSTREAM_BROKEN);
		fault_clear(task);
	}
	before = upstream.n_requests;
	assert_int_equal(get(task, "/ok", &fetched), UPSTREAM_BROKEN);
	fault_clear(task);
	assert_int_equal(upstream.n_requests, before);
	assert_int_equal(fiber_sleep(task, 5100), 0);
	assert_int_equal(get(task, "/ok", &fetched), 0);
	assert_int_equal(get(task, "/ok", &fetched), 0);
}

/* Which comes back by our own hand: its first call is answered, however many failed before. */
static void
no_circuit(struct run *run, struct task *task)
{
	struct fetch fetch = {
	    .url = "http://service/none", .unix_socket = upstream.unix_path, .is_ours = true};
	struct fetched fetched;

	(void)run;
	for (int i = 0; i < 10; i++) {
		assert_int_equal(http_fetch(task, &fetch, &fetched), UPSTREAM_BROKEN);
		fault_clear(task);
	}
	fetch.url = "http://service/ok";
	assert_int_equal(http_fetch(task, &fetch, &fetched), 0);
}

static int n_busy, n_late;

static void
one_of_many(struct run *run, struct task *task)
{
	struct fetch fetch = {
	    .url = task_printf(task, "http://127.0.0.1:%d/hang", upstream.port), .timeout_ms = 500};
	struct fetched fetched;
	int r;

	(void)run;
	r = http_fetch(task, &fetch, &fetched);
	n_busy += r == BUSY;
	n_late += r == UPSTREAM_LATE;
}

static void
stopped(struct run *run, struct task *task)
{
	struct fetched fetched;

	if (run->n_left == 2) {
		run->n_left--;
		loop_stop(run->loop);
	}
	assert_int_equal(get(task, "/hang", &fetched), STOPPING);
	run->n_left = 1;
}

/* A test that is one fiber. */
#define FIBER_TEST(fn) \
	static void test_##fn(void **state) \
	{ \
		(void)state; \
		in_fiber(fn); \
	}
FIBER_TEST(good_answers)
FIBER_TEST(posted)
FIBER_TEST(over_a_unix_socket)
FIBER_TEST(never_twice_over_a_unix_socket)
FIBER_TEST(untaken)
FIBER_TEST(broken_answers)
FIBER_TEST(late_answers)
FIBER_TEST(circuit)
FIBER_TEST(no_circuit)

static void
test_stopped(void **state)
{
	(void)state;
	in_fibers_allowing(2, stopped, loopback);
}

static void
test_refused(void **state)
{
	(void)state;
	in_fibers_allowing(1, refused_addresses, nothing);
}

static void
test_cap(void **state)
{
	(void)state;
	in_fibers_allowing(80, one_of_many, loopback);
	assert_int_equal(n_busy, 16);
	assert_int_equal(n_late, 64);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_good_answers),
	    cmocka_unit_test(test_posted),
	    cmocka_unit_test(test_over_a_unix_socket),
	    cmocka_unit_test(test_never_twice_over_a_unix_socket),
	    cmocka_unit_test(test_untaken),
	    cmocka_unit_test(test_broken_answers),
	    cmocka_unit_test(test_late_answers),
	    cmocka_unit_test(test_refused),
	    cmocka_unit_test(test_circuit),
	    cmocka_unit_test(test_no_circuit),
	    cmocka_unit_test(test_cap),
	    cmocka_unit_test(test_stopped),
	};

	return cmocka_run_group_tests(tests, open_upstream, close_upstream);
}
