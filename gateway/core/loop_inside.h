/* SPDX-License-Identifier: Apache-2.0
 *
 * What the files of the loop share: loop.c, timer.c, fiber.c.
 */
#ifndef CORE_LOOP_INSIDE_H
#define CORE_LOOP_INSIDE_H

#include "core/loop.h"

struct fiber_home;

struct timer_heap {
	struct timer **at; /* at[0] is the next one */
	unsigned n, size;
};

struct fiber_home *loop_home(const struct loop *loop);
struct timer_heap *loop_timers(struct loop *loop);

int64_t timer_heap_next_ms(const struct timer_heap *heap); /* INT64_MAX: none */
void timer_heap_run(struct timer_heap *heap, int64_t now_ms);
void timer_heap_free(struct timer_heap *heap);

#endif
