/* SPDX-License-Identifier: Apache-2.0
 *
 * The log: one line of JSON whatever a caller sent (case S16).
 */
#include "unit/unit.h"

#include "core/json.h"
#include "core/log.h"
#include "core/str.h"

#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <unistd.h>

static int saved_fd, read_fd;

static void
capture_open(void)
{
	int ends[2];

	assert_int_equal(pipe2(ends, O_NONBLOCK), 0);
	saved_fd = dup(STDERR_FILENO);
	dup2(ends[1], STDERR_FILENO);
	close(ends[1]);
	read_fd = ends[0];
	log_open(LOG_INFO, "test");
}

static const char *
capture_end(struct task *task)
{
	static char text[65536];
	ssize_t len = read(read_fd, text, sizeof(text) - 1);

	(void)task;
	dup2(saved_fd, STDERR_FILENO);
	close(saved_fd);
	close(read_fd);
	text[len > 0 ? len : 0] = '\0';
	return text;
}

/* The one line, parsed. */
static json_t *
line_parse(const char *text)
{
	json_t *json = json_loads(text, JSON_REJECT_DUPLICATES, NULL);

	assert_non_null(json);
	assert_ptr_equal(strchr(text, '\n'), text + strlen(text) - 1);
	return json;
}

static void
an_event_is_one_line_of_json(void **state)
{
	struct task *task = *state;
	json_auto_t *json = NULL;

	capture_open();
	log_event(task, LOG_NOTICE, "login", "it worked", "client", "portal", "none", NULL,
	    "method", "wallet", NULL);
	json = line_parse(capture_end(task));
	assert_string_equal(json_get_text(json, "event"), "login");
	assert_string_equal(json_get_text(json, "level"), "notice");
	assert_string_equal(json_get_text(json, "msg"), "it worked");
	assert_string_equal(json_get_text(json, "client"), "portal");
	assert_string_equal(json_get_text(json, "method"), "wallet");
	assert_null(json_object_get(json, "none"));
	assert_string_equal(json_get_text(json, "request_id"), task->request_id);
	assert_string_equal(json_get_text(json, "trace_id"), task->trace_id);
	assert_int_equal(strlen(json_get_text(json, "ts")), 24);
	assert_true(str_ends(json_get_text(json, "ts"), "Z"));
}

static void
whatever_a_caller_sends_is_escaped(void **state)
{
	static const char nasty[] = "a\r\nb\x1b[31m\"\\\x7f\xC2\x9B\xE2\x80\xA8\xE2\x80\xAE\xFF";
	const char *text;
	json_auto_t *json = NULL;

	capture_open();
	log_event(*state, LOG_INFO, "x", nasty, "client_id", nasty, NULL);
	text = capture_end(*state);
	for (const char *at = text; at[1] != '\0'; at++)
		assert_true(*at >= 0x20 && *at < 0x7F);
	assert_non_null(
	    strstr(text, "a\\u000d\\u000ab\\u001b[31m\\\"\\\\\\u007f\\u009b\\u2028\\u202e\\ufffd"));
	json = line_parse(text);
	assert_non_null(json_get_text(json, "client_id"));
}

static void
a_value_is_cut_on_a_whole_character(void **state)
{
	char *value = task_alloc(*state, 10241);
	json_auto_t *json = NULL;
	const char *cut;

	memset(value, 'a', 10240);
	for (int i = 2; i + 3 < 10240; i += 3)
		memcpy(value + i, "\xE1\x9E\x80", 3);
	capture_open();
	log_event(*state, LOG_INFO, "x", "y", "state", value, NULL);
	json = line_parse(capture_end(*state));
	cut = json_get_text(json, "state");
	assert_in_range(strlen(cut), 250, 256);
	assert_true(str_is_utf8(cut, strlen(cut)));
}

static void
escapes_are_never_cut(void **state)
{
	char value[400];

	for (size_t n = 240; n < 260; n++) {
		json_auto_t *json = NULL;

		memset(value, 'a', n);
		strcpy(value + n, "\n\"\n\"\n\"");
		capture_open();
		log_event(*state, LOG_INFO, "x", "y", "state", value, NULL);
		json = line_parse(capture_end(*state));
	}
}

static void
many_fields_stay_one_line_of_a_pipe(void **state)
{
	char value[300] = {0};
	const char *text;
	json_auto_t *json = NULL;

	memset(value, '\n', sizeof(value) - 1);
	capture_open();
	log_event(*state, LOG_INFO, "x", value, "a", value, "b", value, "c", value, "d", value, "e",
	    value, "f", value, "g", value, "h", value, "i", value, "j", value, "k", value, "l",
	    value, "m", value, "n", value, "o", value, "p", value, "q", value, "r", value, NULL);
	text = capture_end(*state);
	assert_true(strlen(text) <= 4096);
	json = line_parse(text);
	assert_non_null(json_get_text(json, "a"));
}

static void
levels_are_heeded(void **state)
{
	capture_open();
	log_event(*state, LOG_DEBUG, "x", "y", NULL);
	log_line(LOG_DEBUG, "x", "y");
	assert_string_equal(capture_end(*state), "");
}

static void
a_fault_says_where(void **state)
{
	struct task *task = *state;
	json_auto_t *json = NULL;

	fail(task, STORE_AWAY, "redis: %s", "connection refused");
	capture_open();
	log_fault(task, "request");
	json = line_parse(capture_end(task));
	assert_string_equal(json_get_text(json, "level"), "error");
	assert_string_equal(json_get_text(json, "msg"), "redis: connection refused");
	assert_string_equal(json_get_text(json, "error"), "temporarily_unavailable");
	assert_string_equal(json_get_text(json, "status"), "503");
	assert_true(str_starts(json_get_text(json, "at"), "test_log.c:"));
}

static void
a_line_outside_of_any_task(void **state)
{
	json_auto_t *json = NULL;

	capture_open();
	log_line(LOG_WARNING, "start", "loop %d\n", 3);
	json = line_parse(capture_end(*state));
	assert_string_equal(json_get_text(json, "msg"), "loop 3?");
	assert_null(json_object_get(json, "request_id"));
}

static void
addresses_are_cut(void **state)
{
	struct task *task = *state;

	assert_string_equal(log_address(task, "192.0.2.77"), "192.0.2.0/24");
	assert_string_equal(log_address(task, "::ffff:192.0.2.77"), "192.0.2.0/24");
	assert_string_equal(log_address(task, "2001:db8:1:2:3::4"), "2001:db8:1::/48");
	assert_string_equal(log_address(task, "::1"), "::/48");
	assert_string_equal(log_address(task, "no address"), "");
	assert_string_equal(log_address(task, NULL), "");
}

static void
a_terminal_gets_plain_text(void **state)
{
	struct task *task = *state;
	int terminal = posix_openpt(O_RDWR | O_NOCTTY), slave;
	char text[4096];
	ssize_t len;

	if (terminal < 0) {
		puts("skipped: this machine lends no terminal");
		skip();
	}
	assert_int_equal(grantpt(terminal), 0);
	assert_int_equal(unlockpt(terminal), 0);
	slave = open(ptsname(terminal), O_RDWR | O_NOCTTY);
	assert_true(slave >= 0);
	saved_fd = dup(STDERR_FILENO);
	dup2(slave, STDERR_FILENO);
	log_open(LOG_INFO, "test");
	log_event(task, LOG_INFO, "start", "ready\x1b[2J", "port", "8080", NULL);
	dup2(saved_fd, STDERR_FILENO);
	close(saved_fd);
	len = read(terminal, text, sizeof(text) - 1);
	close(slave);
	close(terminal);
	assert_true(len > 0);
	text[len] = '\0';
	assert_non_null(strstr(text, " info event=start"));
	assert_non_null(strstr(text, "msg=ready\\u001b[2J port=8080"));
	assert_null(strchr(text, '\x1b'));
	assert_null(strchr(text, '{'));
}

static atomic_bool is_over;

static void *
log_for_ever(void *arg)
{
	(void)arg;
	while (!atomic_load(&is_over))
		log_line(LOG_DEBUG, "noise", "left out");
	return NULL;
}

/* As at a reload; the sanitizer of threads sees it. */
static void
the_level_may_change_while_others_log(void **state)
{
	const char *text;
	pthread_t thread;

	capture_open();
	assert_int_equal(pthread_create(&thread, NULL, log_for_ever, NULL), 0);
	for (int i = 0; i < 1000; i++)
		log_level_set(i % 2 == 0 ? LOG_ERR : LOG_NOTICE);
	log_level_set(LOG_ERR);
	log_line(LOG_WARNING, "quiet", "left out");
	log_level_set(LOG_WARNING);
	log_line(LOG_WARNING, "loud", "there");
	atomic_store(&is_over, true);
	pthread_join(thread, NULL);
	text = capture_end(*state);
	assert_null(strstr(text, "left out"));
	assert_non_null(strstr(text, "there"));
	log_level_set(LOG_INFO);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    task_test(an_event_is_one_line_of_json),
	    task_test(whatever_a_caller_sends_is_escaped),
	    task_test(a_value_is_cut_on_a_whole_character),
	    task_test(escapes_are_never_cut),
	    task_test(many_fields_stay_one_line_of_a_pipe),
	    task_test(levels_are_heeded),
	    task_test(a_fault_says_where),
	    task_test(a_line_outside_of_any_task),
	    task_test(addresses_are_cut),
	    task_test(a_terminal_gets_plain_text),
	    task_test(the_level_may_change_while_others_log),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
