/* SPDX-License-Identifier: Apache-2.0
 *
 * Counters, gauges and histograms (see metrics.h).
 *
 * Every series has slots.  Each thread counts in cells of its own, so that a count is a load, an
 * addition and a store without a lock; /metrics sums the cells of all threads.  What a thread that
 * ended has counted is kept in one more set of cells.
 */
#include "core/metrics.h"

#include "core/buf.h"
#include "core/metrics_process.h"
#include "core/str.h"
#include "core/task.h"

#include <assert.h>
#include <inttypes.h>
#include <math.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#define MAX_SERIES      4096
#define HASH_PLACES     8192
#define CHUNK_SLOTS     512
#define N_BOUNDS        16
#define HISTOGRAM_SLOTS (N_BOUNDS + 2) /* one for each bound, one above them all, the sum in µs */
#define MAX_CHUNKS      ((MAX_SERIES * HISTOGRAM_SLOTS) / CHUNK_SLOTS + 1)

enum kind { COUNTER, GAUGE, HISTOGRAM };

struct metric {
	const char *name, *help, *labels; /* labels "" where there are none */
	enum kind kind;
	unsigned slot;        /* its first */
	_Atomic double value; /* of a gauge */
};

typedef _Atomic uint64_t cell;

struct cells {
	struct cells *next;
	cell *_Atomic chunks[MAX_CHUNKS];
};

static const int64_t bounds_us[N_BOUNDS] = {100, 250, 500, 1000, 2500, 5000, 10000, 25000, 50000,
    100000, 250000, 500000, 1000000, 2500000, 5000000, 10000000};

static struct {
	pthread_mutex_t lock;
	struct metric series[MAX_SERIES + 1]; /* the last takes what is one too many */
	unsigned n_series, n_slots;
	uint16_t places[HASH_PLACES]; /* number of a series + 1; 0: free */
	struct cells *cells;
	struct cells ended; /* of threads that are no more */
	pthread_once_t once;
	pthread_key_t key;
} all = {.lock = PTHREAD_MUTEX_INITIALIZER,
    .once = PTHREAD_ONCE_INIT,
    .n_slots = HISTOGRAM_SLOTS /* the first ones are of the last series */};

static _Thread_local struct cells *mine;

static struct metric *series_get(
    enum kind kind, const char *name, const char *help, const char *labels);
static unsigned place_find(const char *name, const char *labels);
static struct metric *series_new(
    enum kind kind, const char *name, const char *help, const char *labels);
static char *text_keep(const char *text);
static cell *cell_of(struct cells *cells, unsigned slot);
static void cell_add(unsigned slot, uint64_t n);
static void cells_join(void);
static void cells_leave(void *cells);
static void key_make(void);
static uint64_t slot_sum(unsigned slot);
static int by_name(const void *a, const void *b);
static void series_write(struct buf *buf, const struct metric *metric, const struct metric *before);
static void head_write(struct buf *buf, const struct metric *metric);
static void sample_write(
    struct buf *buf, const struct metric *metric, const char *suffix, const char *label);
static void histogram_write(struct buf *buf, const struct metric *metric);
static void double_write(struct buf *buf, double value);

struct metric *
metric_counter(const char *name, const char *help, const char *labels)
{
	return series_get(COUNTER, name, help, labels);
}

struct metric *
metric_gauge(const char *name, const char *help, const char *labels)
{
	return series_get(GAUGE, name, help, labels);
}

struct metric *
metric_seconds(const char *name, const char *help, const char *labels)
{
	return series_get(HISTOGRAM, name, help, labels);
}

void
metric_add(struct metric *metric, uint64_t n)
{
	cell_add(metric->slot, n);
}

void
metric_set(struct metric *metric, double value)
{
	atomic_store_explicit(&metric->value, value, memory_order_relaxed);
}

void
metric_time(struct metric *metric, int64_t us)
{
	unsigned i = 0;

	if (us < 0)
		us = 0;
	while (i < N_BOUNDS && us > bounds_us[i])
		i++;
	cell_add(metric->slot + i, 1);
	cell_add(metric->slot + N_BOUNDS + 1, (uint64_t)us);
}

static struct metric *
series_get(enum kind kind, const char *name, const char *help, const char *labels)
{
	struct metric *metric;
	unsigned place;

	if (labels == NULL)
		labels = "";
	pthread_mutex_lock(&all.lock);
	place = place_find(name, labels);
	if (all.places[place] != 0) {
		metric = &all.series[all.places[place] - 1];
		assert(metric->kind == kind);
	} else if (all.n_series < MAX_SERIES) {
		metric = series_new(kind, name, help, labels);
		all.places[place] = (uint16_t)all.n_series;
	} else {
		metric = &all.series[MAX_SERIES];
	}
	pthread_mutex_unlock(&all.lock);
	return metric;
}

/* Where the series stands, or would. */
static unsigned
place_find(const char *name, const char *labels)
{
	uint32_t hash = 2166136261u;
	unsigned place;

	for (const char *at = name; *at != '\0'; at++)
		hash = (hash ^ (uint8_t)*at) * 16777619u;
	for (const char *at = labels; *at != '\0'; at++)
		hash = (hash ^ (uint8_t)*at) * 16777619u;
	for (place = hash % HASH_PLACES; all.places[place] != 0;
	     place = (place + 1) % HASH_PLACES) {
		const struct metric *metric = &all.series[all.places[place] - 1];

		if (str_equal(metric->name, name) && str_equal(metric->labels, labels))
			break;
	}
	return place;
}

static struct metric *
series_new(enum kind kind, const char *name, const char *help, const char *labels)
{
	struct metric *metric = &all.series[all.n_series++];

	metric->kind = kind;
	metric->name = text_keep(name);
	metric->help = text_keep(help);
	metric->labels = text_keep(labels);
	metric->slot = all.n_slots;
	all.n_slots += kind == HISTOGRAM ? HISTOGRAM_SLOTS : 1;
	return metric;
}

static char *
text_keep(const char *text)
{
	char *copy = strdup(text);

	if (copy == NULL)
		abort();
	return copy;
}

/* Only the thread whose cells they are writes them: no other can come between load and store. */
static void
cell_add(unsigned slot, uint64_t n)
{
	cell *at;

	if (mine == NULL)
		cells_join();
	at = cell_of(mine, slot);
	atomic_store_explicit(
	    at, atomic_load_explicit(at, memory_order_relaxed) + n, memory_order_relaxed);
}

static cell *
cell_of(struct cells *cells, unsigned slot)
{
	cell *_Atomic *chunk = &cells->chunks[slot / CHUNK_SLOTS];
	cell *at = atomic_load_explicit(chunk, memory_order_relaxed);

	if (at == NULL) {
		at = calloc(CHUNK_SLOTS, sizeof(*at));
		if (at == NULL)
			abort();
		atomic_store_explicit(chunk, at, memory_order_release);
	}
	return &at[slot % CHUNK_SLOTS];
}

static void
cells_join(void)
{
	mine = calloc(1, sizeof(*mine));
	if (mine == NULL)
		abort();
	pthread_once(&all.once, key_make);
	pthread_setspecific(all.key, mine);
	pthread_mutex_lock(&all.lock);
	mine->next = all.cells;
	all.cells = mine;
	pthread_mutex_unlock(&all.lock);
}

static void
key_make(void)
{
	pthread_key_create(&all.key, cells_leave);
}

/* A thread ends: what it counted moves to the cells of the ended. */
static void
cells_leave(void *arg)
{
	struct cells *cells = arg, **at = &all.cells;

	pthread_mutex_lock(&all.lock);
	while (*at != cells)
		at = &(*at)->next;
	*at = cells->next;
	for (unsigned i = 0; i < MAX_CHUNKS; i++) {
		cell *chunk = cells->chunks[i];

		for (unsigned n = 0; chunk != NULL && n < CHUNK_SLOTS; n++)
			*cell_of(&all.ended, i * CHUNK_SLOTS + n) += chunk[n];
		free(chunk);
	}
	pthread_mutex_unlock(&all.lock);
	free(cells);
	mine = NULL;
}

void
metrics_write(struct buf *buf)
{
	const struct metric **sorted;

	pthread_mutex_lock(&all.lock);
	sorted = task_new_n(buf->task, const struct metric *, all.n_series);
	for (unsigned i = 0; i < all.n_series; i++)
		sorted[i] = &all.series[i];
	qsort(sorted, all.n_series, sizeof(*sorted), by_name);
	for (unsigned i = 0; i < all.n_series; i++)
		series_write(buf, sorted[i], i > 0 ? sorted[i - 1] : NULL);
	pthread_mutex_unlock(&all.lock);
	metrics_process_write(buf);
}

static int
by_name(const void *a, const void *b)
{
	const struct metric *left = *(const struct metric *const *)a;
	const struct metric *right = *(const struct metric *const *)b;
	int order = strcmp(left->name, right->name);

	return order != 0 ? order : strcmp(left->labels, right->labels);
}

static void
series_write(struct buf *buf, const struct metric *metric, const struct metric *before)
{
	if (before == NULL || !str_equal(before->name, metric->name))
		head_write(buf, metric);
	if (metric->kind == HISTOGRAM) {
		histogram_write(buf, metric);
		return;
	}
	sample_write(buf, metric, "", NULL);
	if (metric->kind == GAUGE)
		double_write(buf, atomic_load_explicit(&metric->value, memory_order_relaxed));
	else
		buf_printf(buf, "%" PRIu64 "\n", slot_sum(metric->slot));
}

static void
head_write(struct buf *buf, const struct metric *metric)
{
	static const char *const names[] = {"counter", "gauge", "histogram"};

	buf_printf(buf, "# HELP %s ", metric->name);
	for (const char *at = metric->help; *at != '\0'; at++) {
		if (*at == '\\' || *at == '\n')
			buf_char_add(buf, '\\');
		buf_char_add(buf, *at == '\n' ? 'n' : *at);
	}
	buf_printf(buf, "\n# TYPE %s %s\n", metric->name, names[metric->kind]);
}

/* Name and labels; label is one more, or NULL. */
static void
sample_write(struct buf *buf, const struct metric *metric, const char *suffix, const char *label)
{
	buf_printf(buf, "%s%s", metric->name, suffix);
	if (metric->labels[0] != '\0' || label != NULL)
		buf_printf(buf, "{%s%s%s}", metric->labels,
		    metric->labels[0] != '\0' && label != NULL ? "," : "",
		    label != NULL ? label : "");
	buf_char_add(buf, ' ');
}

static void
histogram_write(struct buf *buf, const struct metric *metric)
{
	uint64_t n = 0;

	for (unsigned i = 0; i <= N_BOUNDS; i++) {
		const char *label = "le=\"+Inf\"";

		if (i < N_BOUNDS)
			label = task_printf(buf->task, "le=\"%g\"", (double)bounds_us[i] / 1e6);
		n += slot_sum(metric->slot + i);
		sample_write(buf, metric, "_bucket", label);
		buf_printf(buf, "%" PRIu64 "\n", n);
	}
	sample_write(buf, metric, "_sum", NULL);
	double_write(buf, (double)slot_sum(metric->slot + N_BOUNDS + 1) / 1e6);
	sample_write(buf, metric, "_count", NULL);
	buf_printf(buf, "%" PRIu64 "\n", n);
}

static uint64_t
slot_sum(unsigned slot)
{
	uint64_t sum = *cell_of(&all.ended, slot);

	for (struct cells *cells = all.cells; cells != NULL; cells = cells->next) {
		cell *chunk =
		    atomic_load_explicit(&cells->chunks[slot / CHUNK_SLOTS], memory_order_acquire);

		if (chunk != NULL)
			sum +=
			    atomic_load_explicit(&chunk[slot % CHUNK_SLOTS], memory_order_relaxed);
	}
	return sum;
}

static void
double_write(struct buf *buf, double value)
{
	if (isnan(value))
		buf_text_add(buf, "NaN\n");
	else if (isinf(value))
		buf_text_add(buf, value > 0 ? "+Inf\n" : "-Inf\n");
	else
		buf_printf(buf, "%.15g\n", value);
}
