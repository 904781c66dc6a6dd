/* SPDX-License-Identifier: Apache-2.0
 *
 * Whom we call: how many calls are under way, and whether the last ones failed.  An origin is
 * remembered while it is called or has failed.
 */
#include "core/clock.h"
#include "core/metrics.h"
#include "core/task.h"
#include "http/fetch_inner.h"

#include <stdlib.h>
#include <string.h>

#define MAX_CALLS      64
#define MAX_FAILURES   5
#define OPEN_MS        5000
#define MAX_REMEMBERED 512

struct origin {
	char *name;
	bool has_circuit;
	unsigned n_calls, n_failures;
	int64_t try_at_ms; /* of an open circuit: when one call may try again */
	struct origin *next;
};

static struct origin *origin_of(struct fetcher *fetcher, const char *name);
static void forget(struct fetcher *fetcher, struct origin *origin);

struct origin *
fetch_origin_enter(struct task *task, struct fetcher *fetcher, const char *name, bool has_circuit)
{
	struct origin *origin = origin_of(fetcher, name);
	int64_t now_ms = clock_mono_ms();

	if (origin->n_calls >= MAX_CALLS) {
		fail(task, BUSY, "%d calls to %s wait already", MAX_CALLS, name);
		return NULL;
	}
	if (origin->n_failures >= MAX_FAILURES && now_ms < origin->try_at_ms) {
		fail(task, UPSTREAM_BROKEN,
		    "the last %d calls to %s failed; it is left alone for a moment", MAX_FAILURES,
		    name);
		return NULL;
	}
	origin->has_circuit = has_circuit;
	/* Whoever tries keeps the others from trying. */
	origin->try_at_ms = now_ms + OPEN_MS;
	origin->n_calls++;
	return origin;
}

static struct origin *
origin_of(struct fetcher *fetcher, const char *name)
{
	struct origin *origin, *idle = NULL;

	for (origin = fetcher->origins; origin != NULL; origin = origin->next) {
		if (strcmp(origin->name, name) == 0)
			return origin;
		if (origin->n_calls == 0)
			idle = origin;
	}
	if (fetcher->n_origins >= MAX_REMEMBERED && idle != NULL)
		forget(fetcher, idle);
	origin = calloc(1, sizeof *origin);
	if (origin == NULL || (origin->name = strdup(name)) == NULL)
		abort();
	origin->next = fetcher->origins;
	fetcher->origins = origin;
	fetcher->n_origins++;
	return origin;
}

void
fetch_origin_leave(struct fetcher *fetcher, struct origin *origin, enum fetch_outcome outcome)
{
	metric_add(fetcher->counts[outcome], 1);
	origin->n_calls--;
	if (outcome == FETCH_ANSWERED)
		origin->n_failures = 0;
	if (outcome == FETCH_FAILED && origin->has_circuit) {
		origin->n_failures++;
		origin->try_at_ms = clock_mono_ms() + OPEN_MS;
	}
	if (origin->n_calls == 0 && origin->n_failures == 0)
		forget(fetcher, origin);
}

static void
forget(struct fetcher *fetcher, struct origin *origin)
{
	struct origin **at = &fetcher->origins;

	while (*at != origin)
		at = &(*at)->next;
	*at = origin->next;
	fetcher->n_origins--;
	free(origin->name);
	free(origin);
}

void
fetch_origins_free(struct fetcher *fetcher)
{
	while (fetcher->origins != NULL)
		forget(fetcher, fetcher->origins);
}
