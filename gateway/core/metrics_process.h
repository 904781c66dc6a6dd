/* SPDX-License-Identifier: Apache-2.0
 *
 * The part of /metrics that is of the process; metrics_write() ends with it.
 */
#ifndef CORE_METRICS_PROCESS_H
#define CORE_METRICS_PROCESS_H

struct buf;

void metrics_process_write(struct buf *buf);

#endif
