/* SPDX-License-Identifier: Apache-2.0
 *
 * A loop's timers: a binary heap, soonest first, in which each timer knows its place.
 */
#include "core/loop_inside.h"

#include <stdlib.h>

static void room_for_one(struct timer_heap *heap);
static void take_out(struct timer_heap *heap, struct timer *timer);
static void place_put(struct timer_heap *heap, unsigned place, struct timer *timer);
static void rise(struct timer_heap *heap, struct timer *timer);
static void sink(struct timer_heap *heap, struct timer *timer);

void
timer_set(struct loop *loop, struct timer *timer, int64_t at_ms, loop_fn *fn, void *arg)
{
	struct timer_heap *heap = &loop->timers;

	timer_end(loop, timer);
	room_for_one(heap);
	timer->at_ms = at_ms > 0 ? at_ms : 1; /* 0 says: not set */
	timer->fn = fn;
	timer->arg = arg;
	timer->place = heap->n++;
	rise(heap, timer);
}

void
timer_end(struct loop *loop, struct timer *timer)
{
	if (timer->at_ms != 0)
		take_out(&loop->timers, timer);
}

int64_t
timer_heap_next_ms(const struct timer_heap *heap)
{
	return heap->n > 0 ? heap->at[0]->at_ms : INT64_MAX;
}

/* One that sets itself again for now waits for the next turn, or the loop would never leave here.
 */
void
timer_heap_run(struct timer_heap *heap, int64_t now_ms)
{
	for (unsigned most = heap->n; most > 0 && timer_heap_next_ms(heap) <= now_ms; most--) {
		struct timer *timer = heap->at[0];

		take_out(heap, timer);
		timer->fn(timer->arg);
	}
}

void
timer_heap_free(struct timer_heap *heap)
{
	free(heap->at);
}

static void
room_for_one(struct timer_heap *heap)
{
	if (heap->n < heap->size)
		return;
	heap->size = heap->size > 0 ? heap->size * 2 : 64;
	heap->at = reallocarray(heap->at, heap->size, sizeof(*heap->at));
	if (heap->at == NULL)
		abort();
}

static void
take_out(struct timer_heap *heap, struct timer *timer)
{
	struct timer *last = heap->at[--heap->n];

	timer->at_ms = 0;
	if (last == timer)
		return;
	place_put(heap, timer->place, last);
	rise(heap, last);
	sink(heap, last);
}

static void
place_put(struct timer_heap *heap, unsigned place, struct timer *timer)
{
	heap->at[place] = timer;
	timer->place = place;
}

static void
rise(struct timer_heap *heap, struct timer *timer)
{
	unsigned place = timer->place;

	while (place > 0 && heap->at[(place - 1) / 2]->at_ms > timer->at_ms) {
		place_put(heap, place, heap->at[(place - 1) / 2]);
		place = (place - 1) / 2;
	}
	place_put(heap, place, timer);
}

static void
sink(struct timer_heap *heap, struct timer *timer)
{
	unsigned place = timer->place;

	for (unsigned child; (child = 2 * place + 1) < heap->n; place = child) {
		if (child + 1 < heap->n && heap->at[child + 1]->at_ms < heap->at[child]->at_ms)
			child++;
		if (heap->at[child]->at_ms >= timer->at_ms)
			break;
		place_put(heap, place, heap->at[child]);
	}
	place_put(heap, place, timer);
}
