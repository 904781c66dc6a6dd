/* SPDX-License-Identifier: Apache-2.0
 *
 * The pool for what blocks (see offload.h): a bounded queue, threads started when work waits and
 * none is idle.
 *
 * A job lies on the stack of the fiber that waits for it.  It is waiting, then running, then done;
 * whoever holds the lock moves it, and a fiber leaves only from the queue or after done.
 */
#include "core/offload.h"

#include "core/fiber.h"
#include "core/task.h"

#include <assert.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>

#define QUEUE_MAX_JOBS 256
#define MAX_THREADS    64

struct job {
	struct job *next;
	loop_fn *fn;
	void *arg;
	struct loop *loop;
	struct wait wait;
	bool has_begun;
};

static struct {
	pthread_mutex_t lock;
	pthread_cond_t work;
	struct job *first, **end;
	unsigned n_queued, n_idle, n_threads, max_threads;
	pthread_t threads[MAX_THREADS];
	bool is_closing;
} pool = {.lock = PTHREAD_MUTEX_INITIALIZER, .work = PTHREAD_COND_INITIALIZER};

static int job_queue(struct task *task, struct job *job);
static bool job_take_back(struct job *job);
static struct job *job_next(void);
static void job_done(void *job);
static bool thread_start(void);
static void *thread_run(void *unused);

void
offload_open(unsigned n_threads)
{
	assert(n_threads > 0 && n_threads <= MAX_THREADS && pool.n_threads == 0);
	pool.max_threads = n_threads;
	pool.end = &pool.first;
	pool.is_closing = false;
}

void
offload_close(void)
{
	pthread_mutex_lock(&pool.lock);
	pool.is_closing = true;
	pthread_cond_broadcast(&pool.work);
	pthread_mutex_unlock(&pool.lock);
	for (unsigned i = 0; i < pool.n_threads; i++)
		pthread_join(pool.threads[i], NULL);
	pool.n_threads = 0;
	pool.max_threads = 0;
}

int
offload(struct task *task, loop_fn *fn, void *arg)
{
	struct job job = {.fn = fn, .arg = arg, .loop = task->loop};
	struct fault before = task->fault;
	int r;

	assert(task->n_sent == 0);
	if (fiber_current() == NULL) {
		fn(arg);
		return 0;
	}
	r = job_queue(task, &job);
	if (r < 0)
		return r;
	r = fiber_wait(task, &job.wait);
	if (r == 0 || job_take_back(&job))
		return r;
	task->fault = before; /* late, but it will have happened */
	fiber_wait_out(&job.wait);
	return 0;
}

static int
job_queue(struct task *task, struct job *job)
{
	bool is_full, has_thread = true;

	pthread_mutex_lock(&pool.lock);
	is_full = pool.n_queued >= QUEUE_MAX_JOBS;
	if (!is_full && pool.n_idle <= pool.n_queued && pool.n_threads < pool.max_threads)
		has_thread = thread_start() || pool.n_threads > 0;
	if (!is_full && has_thread) {
		*pool.end = job;
		pool.end = &job->next;
		pool.n_queued++;
		pthread_cond_signal(&pool.work);
	}
	pthread_mutex_unlock(&pool.lock);
	if (is_full)
		return fail(task, BUSY, "%u jobs wait for the offload pool", QUEUE_MAX_JOBS);
	if (!has_thread)
		return fail(task, BUSY, "no thread can be started");
	return 0;
}

/* False: it has begun. */
static bool
job_take_back(struct job *job)
{
	struct job **at = &pool.first;

	pthread_mutex_lock(&pool.lock);
	if (!job->has_begun) {
		while (*at != job)
			at = &(*at)->next;
		*at = job->next;
		if (pool.end == &job->next)
			pool.end = at;
		pool.n_queued--;
	}
	pthread_mutex_unlock(&pool.lock);
	return !job->has_begun;
}

/* With the lock held.  Signals are for the thread of main(). */
static bool
thread_start(void)
{
	sigset_t all, before;
	int r;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	r = pthread_create(&pool.threads[pool.n_threads], NULL, thread_run, NULL);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	if (r != 0)
		return false;
	pool.n_threads++;
	return true;
}

static void *
thread_run(void *unused)
{
	struct job *job;

	(void)unused;
	pthread_setname_np(pthread_self(), "dvara-offload");
	while ((job = job_next()) != NULL) {
		job->fn(job->arg);
		/* the fiber waits for us, so its loop still runs; from here on job may be gone */
		loop_post(job->loop, job_done, job);
	}
	return NULL;
}

/* NULL: the pool closes. */
static struct job *
job_next(void)
{
	struct job *job;

	pthread_mutex_lock(&pool.lock);
	pool.n_idle++;
	while (pool.first == NULL && !pool.is_closing)
		pthread_cond_wait(&pool.work, &pool.lock);
	pool.n_idle--;
	job = pool.first;
	if (job != NULL) {
		job->has_begun = true;
		pool.first = job->next;
		if (pool.first == NULL)
			pool.end = &pool.first;
		pool.n_queued--;
	}
	pthread_mutex_unlock(&pool.lock);
	return job;
}

static void
job_done(void *job)
{
	wait_done(&((struct job *)job)->wait);
}
