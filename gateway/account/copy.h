/* SPDX-License-Identifier: Apache-2.0
 *
 * What the copy of a person's doings consists of.  For the files of this room.
 */
#ifndef ACCOUNT_COPY_H
#define ACCOUNT_COPY_H

#include "core/json.h"
#include "core/str.h"
#include "records/span.h"

struct task;

/* A list that may be longer than a file. */
struct copy_part {
	const char *name; /* in the file */
	int rows_max;     /* of one file, and of one answer of the store */
	int per_read;
	int64_t bytes_max; /* of a task's memory that the rows of one file may take */
	int (*read)(struct task *task, const char *person_id, const struct span *span,
	    json_t **ret_rows); /* new reference; account_row_name() names each */
	/* The text of the person's longest row; NULL: rows_max holds whatever they say. */
	int (*longest)(struct task *task, const char *person_id, int64_t *ret_bytes);
};
extern const struct copy_part copy_parts[]; /* ends with one without name */

/* How many rows a file holds: all files are cut alike, whatever clients wrote into the longest. */
int copy_part_rows(
    struct task *task, const char *person_id, const struct copy_part *part, int *ret_rows);

/* Adds as many rows of the part to the file as it holds. */
int copy_part_add(struct task *task, const char *person_id, const struct copy_part *part,
    const char *before, json_t *file);

/* Adds what is never long: details, sessions, documents, links. */
int copy_short_add(struct task *task, const char *person_id, json_t *file);

#endif
