/* SPDX-License-Identifier: Apache-2.0
 *
 * Signing keys by their age (see rotation.h).
 */
#include "rotation.h"

#include "core/clock.h"
#include "core/metrics.h"
#include "core/offload.h"
#include "core/settings.h"
#include "core/task.h"
#include "jose/keys.h"
#include "records/key.h"

#define FORGET_S 86400 /* after its last token has ended */

/* A file of a key, made or deleted on the pool. */
struct file_work {
	struct task *task;
	enum alg alg;
	const char *kid;
	int result;
};

static void ages_show(struct task *task, const struct key_record *records, size_t n);
static int turn(
    struct task *task, const struct key_record *active, const struct key_record *staged);
static int stage(struct task *task, const struct key_record *active);
static int forget(struct task *task);
static void file_make(void *arg);
static void file_delete(void *arg);
static int work(struct task *task, loop_fn *fn, struct file_work *file);
static int unless_done(struct task *task, int r);

int
rotation_tend(struct task *task)
{
	struct key_record *records;
	size_t n;
	int r;

	r = key_list(task, &records, &n);
	if (r < 0)
		return r;
	ages_show(task, records, n);
	if (task->rooms->settings->keys_rotate == 0)
		return 0;
	for (size_t i = 0; i < n && r == 0; i++) {
		const struct key_record *staged = NULL;

		if (records[i].state != KEY_ACTIVE)
			continue;
		for (size_t k = 0; k < n && staged == NULL; k++)
			if (records[k].state == KEY_STAGED && records[k].alg == records[i].alg)
				staged = &records[k];
		r = turn(task, &records[i], staged);
	}
	return r < 0 ? r : forget(task);
}

/* For an alert where rotation hangs. */
static void
ages_show(struct task *task, const struct key_record *records, size_t n)
{
	int64_t now_s = clock_now_s();

	for (size_t i = 0; i < n; i++) {
		if (records[i].state != KEY_ACTIVE)
			continue;
		metric_set(metric_gauge("dvara_key_age_seconds", "age of the key that signs",
			       task_printf(task, "alg=\"%s\"", alg_name(records[i].alg))),
		    (double)(now_s - records[i].since_s));
	}
}

/* staged: the oldest of its algorithm, or NULL. */
static int
turn(struct task *task, const struct key_record *active, const struct key_record *staged)
{
	const struct settings *settings = task->rooms->settings;
	int64_t now_s = clock_now_s(), age_s = now_s - active->since_s;

	if (staged == NULL)
		return age_s >= settings->keys_rotate - settings->keys_stage ? stage(task, active)
									     : 0;
	if (age_s < settings->keys_rotate || now_s - staged->since_s < settings->keys_stage)
		return 0;
	return unless_done(task, key_activate(task, staged->kid, NULL, false));
}

static int
stage(struct task *task, const struct key_record *active)
{
	struct file_work *file = task_new(task, struct file_work);
	int r;

	*file = (struct file_work){.task = task, .alg = active->alg};
	r = work(task, file_make, file);
	if (r < 0)
		return r;
	r = key_stage_after(task, file->kid, active->alg, active->kid);
	if (r != CONFLICT)
		return r;
	/* Another process was first: its key is the next one, ours is nobody's. */
	fault_clear(task);
	return work(task, file_delete, file);
}

static int
forget(struct task *task)
{
	const char **kids;
	int r;

	r = key_forget(task, clock_now_s() - FORGET_S, &kids);
	for (; r == 0 && *kids != NULL; kids++) {
		struct file_work *file = task_new(task, struct file_work);

		*file = (struct file_work){.task = task, .kid = *kids};
		r = work(task, file_delete, file);
	}
	return r;
}

static int
work(struct task *task, loop_fn *fn, struct file_work *file)
{
	int r = offload(task, fn, file);

	return r < 0 ? r : file->result;
}

static void
file_make(void *arg)
{
	struct file_work *file = arg;

	file->result =
	    key_create(file->task, file->task->rooms->settings->keys_folder, file->alg, &file->kid);
}

static void
file_delete(void *arg)
{
	struct file_work *file = arg;

	file->result = key_destroy(file->task, file->task->rooms->settings->keys_folder, file->kid);
}

/* What another process or an operator did meanwhile is done. */
static int
unless_done(struct task *task, int r)
{
	if (r != CONFLICT && r != NOT_FOUND)
		return r;
	fault_clear(task);
	return 0;
}
