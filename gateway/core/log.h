/* SPDX-License-Identifier: Apache-2.0
 *
 * One event, one line of JSON on stderr: ts, level, program, event, request_id, trace_id, msg, and
 * the fields given.
 *
 * A value is escaped and cut at 256 bytes; control characters and U+2028/9 never pass.  Never give
 * a name, a number of a person, a code, a token, a cookie or a full address: a caller's address is
 * cut to /24 or /48 (log_address()).  On a terminal the line is plain text.
 */
#ifndef CORE_LOG_H
#define CORE_LOG_H

#include <stdbool.h>
#include <syslog.h>

struct task;

/* Once, before there are threads. */
void log_open(int level, const char *program);

/* Also while others log: at a reload. */
void log_level_set(int level);

bool log_is_written(int level);

/* Fields are pairs name, text; NULL ends them; a NULL text leaves the pair out.  task may be NULL.
 */
void log_event(const struct task *task, int level, const char *event, const char *msg, ...)
    __attribute__((sentinel));

/* The task's fault, with where it was found, at its own level. */
void log_fault(const struct task *task, const char *event);

/* A caller's address as a log may hold it: 192.0.2.0/24, 2001:db8:1::/48; "" where it is none. */
const char *log_address(struct task *task, const char *address);

/* For what happens outside of any task: start, stop, stores that come and go. */
void log_line(int level, const char *event, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

#endif
