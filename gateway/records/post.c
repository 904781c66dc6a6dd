/* SPDX-License-Identifier: Apache-2.0
 *
 * The sender of letters (see post.h).
 *
 * A worker claims, sends and settles until nothing is due; each that has claimed starts another, so
 * there are as many as there are letters, up to a bound; and up to another for one client, so that
 * one that hangs leaves room for the others.
 */
#include "records/post.h"

#include "core/clock.h"
#include "core/fiber.h"
#include "core/log.h"
#include "core/task.h"

#include <stdlib.h>

#define LOOK_MS     500
#define WORK_MS     20000 /* less than the lease */
#define REST_MS     10
#define WORKERS_MAX 32
#define CLIENT_MAX  (WORKERS_MAX / OUTBOX_BUSY_MAX)

struct post {
	struct loop *loop;
	const struct post_kind *kinds;
	struct rooms *rooms;
	struct timer look;
	unsigned n_workers;
	const char *sending[WORKERS_MAX]; /* to which client; NULL: nothing */
	bool is_watching;
};

static void look_soon(struct post *post);
static void look(void *arg);
static void look_fiber(void *arg);
static void worker_start(struct post *post);
static void work(void *arg);
static bool work_one(struct post *post);
static void busy_of(
    struct task *task, const struct post *post, const char *ret_busy[OUTBOX_BUSY_MAX]);
static unsigned count_of(const struct post *post, const char *client_id);
static const char **place_of(struct post *post);
static post_send unknown_send;
static const struct post_kind *kind_of(const struct post *post, const struct letter *letter);
static void deliver(struct task *task, const struct post_kind *kind, const struct letter *letter);

struct post *
post_new(struct loop *loop, const struct post_kind *kinds)
{
	struct post *post = calloc(1, sizeof(*post));

	if (post == NULL)
		abort();
	post->loop = loop;
	post->kinds = kinds;
	return post;
}

void
post_free(struct post *post)
{
	free(post);
}

void
post_rooms(struct post *post, struct rooms *rooms)
{
	post->rooms = rooms;
}

void
post_watch(struct post *post)
{
	post->is_watching = true;
	look_soon(post);
}

void
post_watch_end(struct post *post)
{
	post->is_watching = false;
	timer_end(post->loop, &post->look);
}

static void
look_soon(struct post *post)
{
	timer_set(post->loop, &post->look, clock_mono_ms() + LOOK_MS, look, post);
}

static void
look(void *arg)
{
	struct post *post = arg;

	fiber_start(post->loop, look_fiber, post);
}

/* A store that is away says so itself. */
static void
look_fiber(void *arg)
{
	struct post *post = arg;
	bool is_due = false;
	struct task task;

	task_open(&task, post->loop, post->rooms, WORK_MS);
	outbox_is_due(&task, &is_due);
	task_close(&task);
	if (is_due)
		worker_start(post);
	if (post->is_watching && !loop_is_stopping(post->loop))
		look_soon(post);
}

static void
worker_start(struct post *post)
{
	if (post->n_workers < WORKERS_MAX)
		fiber_start(post->loop, work, post);
}

static void
work(void *arg)
{
	struct post *post = arg;

	post->n_workers++;
	while (!loop_is_stopping(post->loop) && work_one(post))
		;
	post->n_workers--;
}

/* False: nothing to claim, or no way to. */
static bool
work_one(struct post *post)
{
	const char *busy[OUTBOX_BUSY_MAX] = {NULL};
	const struct letter *letter = NULL;
	struct task task;

	task_open(&task, post->loop, post->rooms, WORK_MS);
	busy_of(&task, post, busy);
	if (outbox_claim(&task, busy, &letter) < 0)
		log_fault(&task, "outbox");
	else if (letter != NULL) {
		const char **place = place_of(post);

		*place = letter->client_id;
		worker_start(post);
		deliver(&task, kind_of(post, letter), letter);
		*place = NULL;
	}
	task_close(&task);
	return letter != NULL;
}

/* Of as many clients as there can be at their bound, each once; as a copy, since the letter that
 * names one may be done with while the claim is under way. */
static void
busy_of(struct task *task, const struct post *post, const char *ret_busy[OUTBOX_BUSY_MAX])
{
	unsigned n = 0;

	for (unsigned i = 0; i < WORKERS_MAX && n < OUTBOX_BUSY_MAX; i++) {
		const char *client_id = post->sending[i];
		bool is_known = false;

		for (unsigned j = 0; j < n; j++)
			is_known = is_known || str_equal(ret_busy[j], client_id);
		if (client_id != NULL && !is_known && count_of(post, client_id) >= CLIENT_MAX)
			ret_busy[n++] = task_dup(task, client_id);
	}
}

static unsigned
count_of(const struct post *post, const char *client_id)
{
	unsigned n = 0;

	for (unsigned i = 0; i < WORKERS_MAX; i++)
		n += str_equal(post->sending[i], client_id);
	return n;
}

/* There is one for each worker. */
static const char **
place_of(struct post *post)
{
	unsigned i = 0;

	while (i < WORKERS_MAX - 1 && post->sending[i] != NULL)
		i++;
	return &post->sending[i];
}

/* Its kind, or one that nobody knows here any more. */
static const struct post_kind *
kind_of(const struct post *post, const struct letter *letter)
{
	static const struct post_kind unknown = {"unknown", unknown_send, &outbox_hours};

	for (const struct post_kind *kind = post->kinds; kind->name != NULL; kind++)
		if (str_equal(kind->name, letter->kind))
			return kind;
	return &unknown;
}

static int
unknown_send(struct task *task, const struct letter *letter, const char **ret_result)
{
	(void)ret_result;
	return fail(task, GONE, "letters of kind %s are not known here", letter->kind);
}

/* Interrupted by the end of the process, it is another's when the lease has run out. */
static void
deliver(struct task *task, const struct post_kind *kind, const struct letter *letter)
{
	struct outcome outcome = {.delivery = LETTER_DELIVERED, .waits_s = *kind->waits_s};
	int r;

	r = kind->send(task, letter, &outcome.result);
	if (r == STOPPING)
		return;
	if (r < 0) {
		outcome.delivery = r == GONE ? LETTER_IN_VAIN : LETTER_FAILED;
		outcome.result = task_dup(task, task->fault.text);
		log_fault(task, letter->kind);
		fault_clear(task);
	}
	if (outbox_settle(task, letter, &outcome) < 0)
		log_fault(task, "outbox");
}

void
post_haste(struct task *task, int64_t ms)
{
	struct post *post = task->rooms->post;
	const int64_t until_ms = clock_mono_ms() + ms;

	if (post == NULL)
		return;
	worker_start(post);
	while (post->n_workers > 0 && clock_mono_ms() < until_ms)
		if (fiber_sleep(task, REST_MS) < 0)
			break;
	fault_clear(task);
}
