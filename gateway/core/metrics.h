/* SPDX-License-Identifier: Apache-2.0
 *
 * Counters and histograms, written by their loop without a lock and summed when /metrics asks
 * (Prometheus text format 0.0.4).  Names: dvara_…, base units, _total, _seconds.
 */
#ifndef CORE_METRICS_H
#define CORE_METRICS_H

#include <stdint.h>

struct buf;

struct metric; /* one series: name and labels; lives as long as the process */

/* Found or made; labels are written as in the text format, `route="token",code="200"`, or NULL.
 * Takes a lock: keep the result where the path is hot.  At most 4096 series. */
struct metric *metric_counter(const char *name, const char *help, const char *labels);
struct metric *metric_gauge(const char *name, const char *help, const char *labels);
struct metric *metric_seconds(const char *name, const char *help, const char *labels);

void metric_add(struct metric *metric, uint64_t n);   /* counter */
void metric_set(struct metric *metric, double value); /* gauge */
void metric_time(struct metric *metric, int64_t us);  /* histogram of seconds */

/* All of them, and those of the process itself (process_…, dvara_build_info). */
void metrics_write(struct buf *buf);

#endif
