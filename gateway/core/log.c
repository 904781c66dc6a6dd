/* SPDX-License-Identifier: Apache-2.0
 *
 * One event, one line, one write(2): lines of many threads never mix, and whatever a caller sent
 * cannot forge a second one.
 */
#include "core/log.h"

#include "core/clock.h"
#include "core/str.h"
#include "core/task.h"

#include <arpa/inet.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define VALUE_MAX_BYTES 256
#define LINE_MAX_BYTES  4096 /* PIPE_BUF: what a pipe takes in one piece */
#define LINE_TAIL_BYTES 4

static atomic_int max_level = LOG_INFO;
static const char *program = "dvara";
static bool is_plain; /* on a terminal */

static const char *const level_names[] = {
    "emergency", "alert", "critical", "error", "warning", "notice", "info", "debug"};

struct line {
	char text[LINE_MAX_BYTES];
	size_t len;
};

static void line_open(struct line *line, const struct task *task, int level, const char *event);
static void line_field(struct line *line, const char *name, const char *value);
static void line_end(struct line *line);
static void line_add(struct line *line, const char *text);
static void line_value(struct line *line, const char *value);
static size_t char_write(char *to, uint32_t code, const char *at, size_t len);
static void stamp_write(char *to, size_t size);

void
log_open(int level, const char *name)
{
	log_level_set(level);
	program = name;
	is_plain = isatty(STDERR_FILENO) == 1;
}

void
log_level_set(int level)
{
	atomic_store_explicit(&max_level, level, memory_order_relaxed);
}

bool
log_is_written(int level)
{
	return level <= atomic_load_explicit(&max_level, memory_order_relaxed);
}

void
log_event(const struct task *task, int level, const char *event, const char *msg, ...)
{
	struct line line;
	const char *name;
	va_list args;

	if (!log_is_written(level))
		return;
	line_open(&line, task, level, event);
	line_field(&line, "msg", msg);
	va_start(args, msg);
	while ((name = va_arg(args, const char *)) != NULL)
		line_field(&line, name, va_arg(args, const char *));
	va_end(args);
	line_end(&line);
}

void
log_fault(const struct task *task, const char *event)
{
	const struct fault *fault = &task->fault;
	const char *file = fault->file != NULL ? strrchr(fault->file, '/') : NULL;
	char where[64], status[16];

	file = file != NULL ? file + 1 : fault->file;
	snprintf(where, sizeof(where), "%s:%d", file != NULL ? file : "?", fault->line);
	snprintf(status, sizeof(status), "%d", fault_status(fault->code));
	log_event(task, fault_level(fault->code), event, fault->text, "error",
	    fault_name(fault->code), "status", status, "at", where, NULL);
}

void
log_line(int level, const char *event, const char *format, ...)
{
	char msg[VALUE_MAX_BYTES + 8];
	va_list args;

	if (!log_is_written(level))
		return;
	va_start(args, format);
	vsnprintf(msg, sizeof(msg), format, args);
	va_end(args);
	str_clean(msg);
	log_event(NULL, level, event, msg, NULL);
}

const char *
log_address(struct task *task, const char *address)
{
	char text[INET6_ADDRSTRLEN];
	uint8_t ip[16];

	if (address != NULL && inet_pton(AF_INET, address, ip) == 1) {
		ip[3] = 0;
		return task_printf(task, "%s/24", inet_ntop(AF_INET, ip, text, sizeof(text)));
	}
	if (address == NULL || inet_pton(AF_INET6, address, ip) != 1)
		return "";
	if (IN6_IS_ADDR_V4MAPPED((const struct in6_addr *)(const void *)ip)) {
		ip[15] = 0;
		return task_printf(task, "%s/24", inet_ntop(AF_INET, ip + 12, text, sizeof(text)));
	}
	memset(ip + 6, 0, 10);
	return task_printf(task, "%s/48", inet_ntop(AF_INET6, ip, text, sizeof(text)));
}

static void
line_open(struct line *line, const struct task *task, int level, const char *event)
{
	const char *level_name = level_names[level & 7];
	char stamp[40];

	line->len = 0;
	stamp_write(stamp, sizeof(stamp));
	if (is_plain) {
		line_add(line, stamp + strlen("1970-01-01T"));
		line_add(line, " ");
		line_add(line, level_name);
		line_field(line, "event", event);
	} else {
		line_field(line, "ts", stamp);
		line_field(line, "level", level_name);
		line_field(line, "program", program);
		line_field(line, "event", event);
	}
	if (task == NULL)
		return;
	line_field(line, "request_id", task->request_id);
	if (!is_plain)
		line_field(line, "trace_id", task->trace_id);
}

/* UTC, to the millisecond (RFC 3339). */
static void
stamp_write(char *to, size_t size)
{
	int64_t now_ms = clock_now_ms();
	time_t now_s = (time_t)(now_ms / 1000);
	struct tm tm;
	size_t len;

	gmtime_r(&now_s, &tm);
	len = strftime(to, size, "%Y-%m-%dT%H:%M:%S", &tm);
	snprintf(to + len, size - len, ".%03dZ", (int)(now_ms % 1000));
}

/* A field that does not fit any more is left out whole. */
static void
line_field(struct line *line, const char *name, const char *value)
{
	size_t begin = line->len;

	if (value == NULL)
		return;
	if (begin + strlen(name) + VALUE_MAX_BYTES + 8 + LINE_TAIL_BYTES > sizeof(line->text))
		return;
	if (is_plain) {
		line_add(line, " ");
		line_add(line, name);
		line_add(line, "=");
		line_value(line, value);
		return;
	}
	line_add(line, begin == 0 ? "{\"" : ",\"");
	line_add(line, name);
	line_add(line, "\":\"");
	line_value(line, value);
	line_add(line, "\"");
}

static void
line_add(struct line *line, const char *text)
{
	size_t len = strlen(text);

	memcpy(line->text + line->len, text, len);
	line->len += len;
}

/* At most VALUE_MAX_BYTES, and only whole characters. */
static void
line_value(struct line *line, const char *value)
{
	size_t end = line->len + VALUE_MAX_BYTES;
	size_t left = strnlen(value, VALUE_MAX_BYTES + 4);
	char one[8];
	uint32_t code;

	while (left > 0) {
		size_t n = str_char(value, left, &code), written;

		if (n == 0) {
			n = 1;
			code = 0xFFFD;
		}
		written = char_write(one, code, value, n);
		if (line->len + written > end)
			return;
		memcpy(line->text + line->len, one, written);
		line->len += written;
		value += n;
		left -= n;
	}
}

/* Escapes also what turns the direction of text, with which a line can be made to read wrongly. */
static size_t
char_write(char *to, uint32_t code, const char *at, size_t len)
{
	bool turns = (code >= 0x200E && code <= 0x200F) || (code >= 0x202A && code <= 0x202E) ||
		     (code >= 0x2066 && code <= 0x2069);

	if (code == '"' || code == '\\') {
		to[0] = '\\';
		to[1] = (char)code;
		return 2;
	}
	if (str_is_control(code) || turns || code == 0xFFFD)
		return (size_t)snprintf(to, 8, "\\u%04x", (unsigned)code);
	memcpy(to, at, len);
	return len;
}

static void
line_end(struct line *line)
{
	ssize_t written;

	line_add(line, is_plain ? "\n" : "}\n");
	written = write(STDERR_FILENO, line->text, line->len);
	(void)written; /* nowhere is left to complain to */
}
