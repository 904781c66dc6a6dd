/* SPDX-License-Identifier: Apache-2.0
 *
 * One piece of work: its memory, its ids, its deadline.
 */
#include "core/task.h"

#include "core/clock.h"
#include "core/random.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

#define PRINTED_GUESS_BYTES 256

struct task_deferred {
	struct task_deferred *earlier;
	void (*fn)(void *arg);
	void *arg;
};

static void ids_make(struct task *task);
static void hex_write(char *to, const uint8_t *bytes, size_t len);
static void deferred_run(struct task *task);
static void rooms_leave(struct rooms *rooms);

void
task_open(struct task *task, struct loop *loop, struct rooms *rooms, int64_t ttl_ms)
{
	*task = (struct task){
	    .loop = loop,
	    .rooms = rooms,
	    .deadline_ms = clock_mono_ms() + ttl_ms,
	    .language = "en",
	};
	arena_open(&task->arena, ARENA_MAX_BYTES);
	ids_make(task);
	if (rooms != NULL)
		rooms->n_tasks++;
}

/* Ids have to differ, not to be secret: so many are drawn at once, because the call of the kernel
 * costs a tenth of a small answer. */
static void
ids_make(struct task *task)
{
	static _Thread_local uint8_t drawn[64][12 + 16];
	static _Thread_local unsigned n_left;
	const uint8_t *bytes;

	static_assert(sizeof(task->request_id) == 2 * 12 + 1, "request id");
	static_assert(sizeof(task->trace_id) == 2 * 16 + 1, "trace id");
	if (n_left == 0) {
		random_bytes(drawn, sizeof(drawn));
		n_left = sizeof(drawn) / sizeof(*drawn);
	}
	bytes = drawn[--n_left];
	hex_write(task->request_id, bytes, 12);
	hex_write(task->trace_id, bytes + 12, 16);
}

static void
hex_write(char *to, const uint8_t *bytes, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		*to++ = "0123456789abcdef"[bytes[i] >> 4];
		*to++ = "0123456789abcdef"[bytes[i] & 15];
	}
	*to = '\0';
}

const char *
task_short_id(struct task *task)
{
	return task_dup_n(task, task->request_id, TASK_SHORT_ID_LETTERS);
}

void
task_close(struct task *task)
{
	deferred_run(task);
	arena_close(&task->arena);
	if (task->rooms != NULL)
		rooms_leave(task->rooms);
}

/* What is deferred may itself defer. */
static void
deferred_run(struct task *task)
{
	struct task_deferred *deferred;

	while ((deferred = task->deferred) != NULL) {
		task->deferred = deferred->earlier;
		deferred->fn(deferred->arg);
	}
}

static void
rooms_leave(struct rooms *rooms)
{
	assert(rooms->n_tasks > 0);
	if (--rooms->n_tasks == 0 && rooms->retired != NULL)
		rooms->retired(rooms);
}

void
task_defer(struct task *task, void (*fn)(void *arg), void *arg)
{
	struct task_deferred *deferred = task_new(task, struct task_deferred);

	*deferred = (struct task_deferred){task->deferred, fn, arg};
	task->deferred = deferred;
}

void
task_aside_begin(struct task *task, struct task_aside *aside)
{
	assert(task->n_sent == 0);
	*aside = (struct task_aside){task->arena, task->deferred, task->sources_asked};
	arena_open(&task->arena, ARENA_MAX_BYTES);
	task->deferred = NULL;
	task->sources_asked = NULL;
}

void
task_aside_end(struct task *task, struct task_aside *aside)
{
	assert(task->n_sent == 0);
	deferred_run(task);
	arena_close(&task->arena);
	task->arena = aside->arena;
	task->deferred = aside->deferred;
	task->sources_asked = aside->sources_asked;
	task->fault.pointer = NULL;
}

int64_t
task_left_ms(const struct task *task)
{
	int64_t left_ms = task->deadline_ms - clock_mono_ms();

	return left_ms > 0 ? left_ms : 0;
}

void *
task_alloc(struct task *task, size_t bytes)
{
	return arena_alloc(&task->arena, bytes);
}

void *
task_alloc_n(struct task *task, size_t n, size_t each_bytes)
{
	size_t bytes;

	if (__builtin_mul_overflow(n, each_bytes, &bytes))
		bytes = SIZE_MAX; /* past any cap */
	return arena_alloc(&task->arena, bytes);
}

char *
task_dup(struct task *task, const char *text)
{
	return task_dup_n(task, text, strlen(text));
}

char *
task_dup_n(struct task *task, const char *bytes, size_t len)
{
	char *text = task_alloc(task, len + 1);

	if (len > 0)
		memcpy(text, bytes, len);
	return text;
}

char *
task_printf(struct task *task, const char *format, ...)
{
	va_list args;
	char *text;

	va_start(args, format);
	text = task_vprintf(task, format, args);
	va_end(args);
	return text;
}

char *
task_number(struct task *task, int64_t number)
{
	return task_printf(task, "%lld", (long long)number);
}

char *
task_vprintf(struct task *task, const char *format, va_list args)
{
	char guess[PRINTED_GUESS_BYTES], *text;
	va_list again;
	int len;

	va_copy(again, args);
	len = vsnprintf(guess, sizeof(guess), format, args);
	assert(len >= 0);
	text = task_alloc(task, (size_t)len + 1);
	if ((size_t)len < sizeof(guess))
		memcpy(text, guess, (size_t)len);
	else
		vsnprintf(text, (size_t)len + 1, format, again);
	va_end(again);
	explicit_bzero(guess, sizeof(guess));
	return text;
}
