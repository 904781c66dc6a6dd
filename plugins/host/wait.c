/* SPDX-License-Identifier: Apache-2.0
 *
 * A wait of the plugin's thread for work that only the loop may do: the work runs on a fiber of its
 * own while the plugin's thread stands still, so that what belongs to the call belongs to the work.
 */
#include "host.h"

#include "core/fiber.h"
#include "core/log.h"

#include <semaphore.h>

struct waiting {
	struct dvara_request *request;
	host_work *work;
	void *arg;
	int result;
	sem_t done;
};

static void
run(void *arg)
{
	struct waiting *waiting = arg;
	struct task task;

	/* Not the call's own task: its fiber is parked on the plugin, and a task has one fiber. */
	task_open(&task, host_seat.loop, &host_seat.rooms, task_left_ms(waiting->request->task));
	waiting->result = waiting->work(&task, waiting->arg);
	if (waiting->result == DVARA_EINTERNAL)
		log_line(LOG_ERR, host_seat.service->id, "%s", task.fault.text);
	task_close(&task);
	sem_post(&waiting->done);
}

static void
run_post(void *arg)
{
	fiber_start(host_seat.loop, run, arg);
}

int
host_wait(struct dvara_request *request, host_work *work, void *arg)
{
	struct waiting waiting = {.request = request, .work = work, .arg = arg};

	sem_init(&waiting.done, 0, 0);
	if (loop_post(host_seat.loop, run_post, &waiting))
		while (sem_wait(&waiting.done) < 0)
			continue;
	else
		waiting.result = DVARA_EUPSTREAM;
	sem_destroy(&waiting.done);
	return waiting.result;
}
