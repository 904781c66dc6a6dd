/* SPDX-License-Identifier: Apache-2.0
 *
 * Walks rows that hold each other by hashes, from the first to the last: for audit_verify.c and
 * event_verify.c.
 *
 * A page has a task of its own, so that memory does not grow with the rows.
 */
#ifndef RECORDS_CHAIN_WALK_H
#define RECORDS_CHAIN_WALK_H

#include "store/sql.h"

#define CHAIN_PAGE_ROWS  400
#define CHAIN_HASH_BYTES 64 /* 43 and a NUL */

struct chain_steps {
	/* The next CHAIN_PAGE_ROWS rows, or what is left. */
	int (*read)(struct task *page, const void *walk, struct sql_rows *ret_rows);
	/* Whether row i follows the one before it and is whole; false ends the walk. */
	bool (*hold)(struct task *page, void *walk, const struct sql_rows *rows, size_t i);
};

/* walk: what the steps know, the caller's.  0 at the last row and at the first that does not hold;
 * a fault where rows cannot be read. */
int chain_walk(struct task *task, const struct chain_steps *steps, void *walk);

#endif
