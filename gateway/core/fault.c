/* SPDX-License-Identifier: Apache-2.0
 *
 * The first thing that went wrong in a task, and the one table that says what the world is told
 * of it.
 */
#include "core/fault.h"

#include "core/str.h"
#include "core/task.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <syslog.h>

struct fault_row {
	const char *name;
	int status, level;
};

static const struct fault_row fault_rows[] = {
#define FAULT_ROW_(code, status, name, level) {name, status, level},
    FAULT_TABLE(FAULT_ROW_)
#undef FAULT_ROW_
};

static_assert(FAULT_END_ <= 0, "every code is negative");

static const struct fault_row *fault_row(int code);

int
fault_set(
    struct task *task, enum fault_code code, const char *file, int line, const char *format, ...)
{
	struct fault *fault = &task->fault;
	va_list args;

	if (fault->code != FAULT_NONE)
		return code;

	fault->code = code;
	fault->file = file;
	fault->line = line;
	va_start(args, format);
	vsnprintf(fault->text, sizeof(fault->text), format, args);
	va_end(args);
	str_clean(fault->text);
	return code;
}

int
fault_point(struct task *task, const char *pointer, int code)
{
	if (task->fault.code == code && task->fault.pointer == NULL)
		task->fault.pointer = pointer;
	return code;
}

const char *
fault_pointer_part(struct task *task, const char *name)
{
	char *part = task_alloc(task, 2 * strlen(name) + 1), *to = part;

	for (; *name != '\0'; name++) {
		*to++ = *name == '/' ? '~' : *name;
		if (*name == '/' || *name == '~')
			*to++ = *name == '/' ? '1' : '0';
	}
	*to = '\0';
	return part;
}

int
fault_as(struct task *task, enum fault_code code)
{
	if (task->fault.code == FAULT_NONE || !fault_is_ours(task->fault.code))
		task->fault.code = code;
	return task->fault.code;
}

void
fault_clear(struct task *task)
{
	task->fault = (struct fault){0};
}

int
fault_status(int code)
{
	return fault_row(code)->status;
}

const char *
fault_name(int code)
{
	return fault_row(code)->name;
}

int
fault_level(int code)
{
	return fault_row(code)->level;
}

bool
fault_is_ours(int code)
{
	return fault_status(code) >= 500;
}

static const struct fault_row *
fault_row(int code)
{
	if (code <= FAULT_FIRST_ || code >= FAULT_END_)
		code = BROKEN;
	return &fault_rows[code - FAULT_FIRST_ - 1];
}
