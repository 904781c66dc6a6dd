/* SPDX-License-Identifier: Apache-2.0
 *
 * sub (OpenID Connect Core section 8): another one for each sector, so that relying parties cannot
 * lay their records together.
 */
#ifndef RECORDS_SUBJECT_H
#define RECORDS_SUBJECT_H

#include "records/client.h"

struct task;

/* person_id NULL: a client that speaks for itself (RFC 9068 section 2.2). */
const char *subject_of(struct task *task, const struct client *client, const char *person_id);

#endif
