/* SPDX-License-Identifier: Apache-2.0
 *
 * Something that listens where Redis should, and is none (cases F05, F07, F08): STORE_AWAY within
 * the time-out, the connection closed, and the next one, to a good server, works.
 *
 * The fake is a child that answers the greeting as Redis does, and the first command named `at`
 * with the bytes of the case.  After that it behaves.
 */
#include "unit/store/fixture.h"

#include "core/fiber.h"
#include "store/redis.h"

#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/un.h>

#define PATIENCE_S 40

struct fake {
	const char *at;
	const char *bytes;
	size_t len;     /* 0: of the text */
	size_t n_fill;  /* that many x after it */
	bool closes;    /* after the bytes */
	bool is_silent; /* it is the time-out, of 2 s then, that ends it; else nothing waits for
			   that */
	int code;       /* 0: STORE_AWAY */
};

static struct stand stand;
static const struct fake *fake;
static pid_t fake_pid;

static const char good_info[] = "# Server\r\nredis_version:7.0.15\r\n"
				"run_id:0123456789abcdef0123456789abcdef01234567\r\n";
static const char good_epoch[] = "{\"id\":\"e\",\"start\":1,\"run\":\"r\"}";

static int
listener(void)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	strcpy(address.sun_path, stand.redis_address + strlen("unix:"));
	unlink(address.sun_path);
	assert_int_equal(bind(fd, (const struct sockaddr *)&address, sizeof(address)), 0);
	assert_int_equal(listen(fd, 8), 0);
	return fd;
}

static void
say(int fd, const char *bytes, size_t len)
{
	while (len > 0) {
		ssize_t n = send(fd, bytes, len, MSG_NOSIGNAL);

		if (n <= 0)
			return;
		bytes += n;
		len -= (size_t)n;
	}
}

static void
say_text(int fd, const char *text)
{
	dprintf(fd, "$%zu\r\n%s\r\n", strlen(text), text);
}

static void
say_hostile(int fd)
{
	static char fill[65536];

	memset(fill, 'x', sizeof(fill));
	say(fd, fake->bytes, fake->len != 0 ? fake->len : strlen(fake->bytes));
	for (size_t left = fake->n_fill; left > 0;) {
		size_t n = left < sizeof(fill) ? left : sizeof(fill);

		say(fd, fill, n);
		left -= n;
	}
	if (fake->closes)
		shutdown(fd, SHUT_RDWR);
}

static void
answer_good(int fd, const char *word)
{
	if (strcmp(word, "INFO\r") == 0)
		say_text(fd, good_info);
	else if (strcmp(word, "SCRIPT\r") == 0)
		say_text(fd, "0123456789012345678901234567890123456789");
	else if (strcmp(word, "EVALSHA\r") == 0)
		say_text(fd, good_epoch);
	else
		say_text(fd, "good");
}

/* An answer that is whole: after it nothing is owed. */
static bool
is_refusal(const struct fake *of)
{
	return of->bytes[0] == '-' && of->n_fill == 0;
}

/* Words are found by their lines: our commands hold no such line but as their name. */
static void
serve(int fd)
{
	static bool was_hostile;

	static const char *const words[] = {"INFO\r", "SCRIPT\r", "EVALSHA\r", "GET\r", NULL};
	FILE *lines = fdopen(dup(fd), "r");
	char line[4096];
	bool is_deaf = false; /* what it answers next would be taken for the answer it owes */

	while (fgets(line, sizeof(line), lines) != NULL) {
		line[strcspn(line, "\n")] = '\0';
		for (size_t i = 0; words[i] != NULL; i++) {
			if (is_deaf || strcmp(line, words[i]) != 0)
				continue;
			if (was_hostile || strncmp(line, fake->at, strlen(fake->at)) != 0) {
				answer_good(fd, line);
				continue;
			}
			was_hostile = true;
			is_deaf = !is_refusal(fake);
			say_hostile(fd);
		}
	}
	fclose(lines);
	close(fd);
}

static void
fake_start(void)
{
	int fd = listener();

	fake_pid = fork();
	assert_true(fake_pid >= 0);
	if (fake_pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		alarm(120); /* where the parent has ended already */
		for (;;)
			serve(accept(fd, NULL, NULL));
	}
	close(fd);
}

static void
fake_stop(void)
{
	kill(fake_pid, SIGKILL);
	waitpid(fake_pid, NULL, 0);
}

static void
meet(struct stand *s, struct task *task, unsigned index)
{
	int code = fake->code != 0 ? fake->code : STORE_AWAY;
	int64_t timeout_s = s->settings.redis_timeout;
	int64_t start_ms = now_ms();
	const char *value = "untouched";
	int r = redis_get(task, "a", &value);

	(void)index;
	if (now_ms() - start_ms > (fake->is_silent ? 10000 : 900) * timeout_s)
		fail_msg("took %d ms", (int)(now_ms() - start_ms));
	expect_fault(task, r, code);
	assert_string_equal(value, "untouched");
	if (code != STORE_AWAY)
		return;
	while (!redis_is_ready(s->rooms.redis))
		expect_ok(task, fiber_sleep(task, 10));
	expect_ok(task, redis_get(task, "a", &value));
	assert_string_equal(value, "good");
}

static void
hostile_run(const struct fake *cases, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		stand_open(&stand);
		stand.settings.redis_timeout = cases[i].is_silent ? 2 : PATIENCE_S;
		fake = &cases[i];
		print_message("  %s: %.20s\n", fake->at, fake->bytes);
		fake_start();
		stand_redis(&stand, meet);
		fake_stop();
		stand_close(&stand);
	}
}

#define RUN(cases) hostile_run(cases, sizeof(cases) / sizeof((cases)[0]))

static void
test_broken_answers(void **state)
{
	static char deep[4 * 1000 + 1];
	const struct fake cases[] = {
	    {.at = "GET", .bytes = "*1073741824\r\n"},
	    {.at = "GET", .bytes = "*2147483647\r\n"},
	    {.at = "GET", .bytes = deep},
	    {.at = "GET", .bytes = "*4096\r\n*4096\r\n"},
	    {.at = "GET", .bytes = "$-2\r\n"},
	    {.at = "GET", .bytes = "$9223372036854775807\r\n", .is_silent = true},
	    {.at = "GET", .bytes = "$99999999999999999999\r\n"},
	    {.at = "GET", .bytes = ":9e99\r\n"},
	    {.at = "GET", .bytes = "garbage\r\n"},
	    {.at = "GET", .bytes = "HTTP/1.1 400 Bad Request\r\n\r\n"},
	    {.at = "GET", .bytes = "\r\n"},
	    {.at = "GET", .bytes = "\0\0\0\0", .len = 4},
	    {.at = "GET", .bytes = "$3\r\na\0b\r\n", .len = 9},
	    {.at = "GET", .bytes = ":1\r\n"},
	    {.at = "GET", .bytes = "*0\r\n"},
	    {.at = "GET", .bytes = "*1\r\n$1\r\na\r\n"},
	    {.at = "GET", .bytes = "$5\r\nab", .closes = true},
	    {.at = "GET", .bytes = "", .closes = true},
	    {.at = "GET", .bytes = "$1073741824\r\n", .n_fill = 8u << 20},
	    {.at = "GET", .bytes = "+", .n_fill = 8u << 20},
	    {.at = "GET", .bytes = "-", .n_fill = 8u << 20},
	};

	(void)state;
	for (size_t i = 0; i < 1000; i++)
		memcpy(deep + 4 * i, "*1\r\n", 4);
	RUN(cases);
}

/* An answer too many: the second one belongs to no command, and whose the first is cannot be known
 * before. */
static void
unasked(struct stand *s, struct task *task, unsigned index)
{
	const char *value;

	(void)index;
	expect_ok(task, redis_get(task, "a", &value));
	while (redis_is_ready(s->rooms.redis))
		expect_ok(task, fiber_sleep(task, 1));
	while (!redis_is_ready(s->rooms.redis))
		expect_ok(task, fiber_sleep(task, 10));
	expect_ok(task, redis_get(task, "a", &value));
	assert_string_equal(value, "good");
}

static void
test_unasked_answers(void **state)
{
	static const char *const extra[] = {"$1\r\na\r\n$1\r\nb\r\n", "$1\r\na\r\n:1\r\n",
	    "$1\r\na\r\n*1\r\n:1\r\n", "$1\r\na\r\n-ERR max number of clients reached\r\n",
	    "$1\r\na\r\n*3\r\n$7\r\nmessage\r\n$1\r\nc\r\n$1\r\nm\r\n", "$-1\r\n$-1\r\n"};
	struct fake one = {.at = "GET"};

	(void)state;
	for (size_t i = 0; i < sizeof(extra) / sizeof(extra[0]); i++) {
		stand_open(&stand);
		one.bytes = extra[i];
		fake = &one;
		fake_start();
		stand_redis(&stand, unasked);
		fake_stop();
		stand_close(&stand);
	}
}

static void
test_silence(void **state)
{
	const struct fake cases[] = {
	    {.at = "GET", .bytes = "", .is_silent = true},
	    {.at = "GET", .bytes = "$500\r\nab", .is_silent = true},
	    {.at = "GET", .bytes = "*2\r\n$1\r\na\r\n", .is_silent = true},
	    {.at = "EVALSHA", .bytes = "", .is_silent = true},
	    {.at = "INFO", .bytes = "", .is_silent = true},
	};

	(void)state;
	RUN(cases);
}

/* Fibers that come before there is a connection, and cannot wait for its end. */
static void
hasty(struct stand *s, struct task *task, unsigned index)
{
	const char *value;

	(void)s, (void)index;
	expect_fault(task, redis_get(task, "a", &value), TIMED_OUT);
}

static void
test_hasty_before_the_greeting(void **state)
{
	const struct fake silent = {.at = "INFO", .bytes = ""};

	(void)state;
	stand_open(&stand);
	fake = &silent;
	fake_start();
	stand_run(
	    &stand, &(struct stand_run){.fn = hasty, .n = 5, .ttl_ms = 100, .use_redis = true});
	fake_stop();
	stand_close(&stand);
}

static void
test_refusals(void **state)
{
	const struct fake cases[] = {
	    {.at = "GET", .bytes = "-READONLY You can't write against a read only replica.\r\n"},
	    {.at = "GET", .bytes = "-LOADING Redis is loading the dataset in memory\r\n"},
	    {.at = "GET", .bytes = "-OOM command not allowed\r\n"},
	    {.at = "GET", .bytes = "-MISCONF Redis is configured to save\r\n"},
	    {.at = "GET", .bytes = "-NOAUTH Authentication required.\r\n"},
	    {.at = "GET", .bytes = "-MOVED 3999 127.0.0.1:6381\r\n"},
	    {.at = "GET", .bytes = "-BUSY Redis is busy running a script.\r\n"},
	    {.at = "GET", .bytes = "-NOSCRIPT No matching script.\r\n"},
	    {.at = "GET", .bytes = "-NOREPLICAS Not enough good replicas to write.\r\n"},
	    {.at = "GET", .bytes = "-MASTERDOWN Link with MASTER is down\r\n"},
	    {.at = "GET", .bytes = "-WHATEVER comes later\r\n"},
	    {.at = "GET", .bytes = "-\r\n"},
	    {.at = "GET", .bytes = "-ERR max number of clients reached\r\n"},
	    {.at = "GET", .bytes = "-ERR Error running script: @user_script: 1: -OOM command\r\n"},
	    {.at = "GET", .bytes = "-ERR unknown command 'GET'\r\n", .code = BROKEN},
	    {.at = "GET", .bytes = "-WRONGTYPE Operation against a key\r\n", .code = BROKEN},
	};

	(void)state;
	RUN(cases);
}

static void
test_hostile_greeting(void **state)
{
	const struct fake cases[] = {
	    {.at = "INFO", .bytes = "*1073741824\r\n"},
	    {.at = "INFO", .bytes = ":1\r\n-LOADING\r\n"},
	    {.at = "INFO", .bytes = "-LOADING Redis is loading\r\n"},
	    {.at = "INFO", .bytes = "", .closes = true},
	    {.at = "SCRIPT", .bytes = "$3\r\nabc\r\n"},
	    {.at = "SCRIPT", .bytes = ":1\r\n"},
	    {.at = "SCRIPT", .bytes = "$-1\r\n"},
	    {.at = "SCRIPT", .bytes = "*-1\r\n"},
	    {.at = "EVALSHA", .bytes = "$-1\r\n"},
	    {.at = "EVALSHA", .bytes = "$2\r\n{}\r\n"},
	    {.at = "EVALSHA", .bytes = "$8\r\nnot JSON\r\n"},
	    {.at = "EVALSHA", .bytes = "$3\r\na\0b\r\n", .len = 9},
	    {.at = "EVALSHA", .bytes = "-READONLY no\r\n"},
	    {.at = "EVALSHA", .bytes = "-NOSCRIPT no\r\n"},
	    {.at = "EVALSHA", .bytes = "garbage"},
	};

	(void)state;
	RUN(cases);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_broken_answers),
	    cmocka_unit_test(test_unasked_answers),
	    cmocka_unit_test(test_silence),
	    cmocka_unit_test(test_hasty_before_the_greeting),
	    cmocka_unit_test(test_refusals),
	    cmocka_unit_test(test_hostile_greeting),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
