/* SPDX-License-Identifier: Apache-2.0
 *
 * The few things that block (scrypt, files, names of hosts) run on a small pool of threads.
 */
#ifndef CORE_OFFLOAD_H
#define CORE_OFFLOAD_H

#include "core/loop.h"

struct task;

void offload_open(unsigned n_threads); /* once per process; threads start at first use */
void offload_close(void);              /* when no loop runs any more */

/* Runs fn(arg) on the pool while the fiber waits.  fn may use what the fiber owns: the fiber stays
 * parked until fn has ended, even past its deadline.  Returns 0; BUSY where the queue is full;
 * TIMED_OUT or STOPPING where it did not begin before the deadline or the loop's stop (fn was then
 * not called).  Outside of a fiber (a command) fn is simply called. */
int offload(struct task *task, loop_fn *fn, void *arg);

#endif
