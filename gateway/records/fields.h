/* SPDX-License-Identifier: Apache-2.0
 *
 * Records as one text for Redis: one table per struct says which member has which name, and serves
 * both ways.  For the files of this room.
 *
 * A member is NAME LENGTH : VALUE , as in "c6:portal,".  A login writes and reads such texts half a
 * dozen times, and JSON costs ten times as much: nothing is escaped here, so nothing is parsed but
 * the members that are JSON themselves.
 */
#ifndef RECORDS_FIELDS_H
#define RECORDS_FIELDS_H

#include <stddef.h>

struct task;

enum field_type {
	FIELD_TEXT = 1, /* const char *, NULL is left out */
	FIELD_NUMBER,   /* int64_t, 0 is left out */
	FIELD_BOOL,     /* bool, false is left out */
	FIELD_JSON,     /* const json_t *, NULL is left out */
	FIELD_WORDS,    /* const char *const *, NULL-ended, no spaces within; NULL is left out */
	FIELD_NAMES,    /* const char *const *, a list of core/names.h; NULL is left out */
};
struct field {
	const char *name; /* letters only; NULL ends the table */
	enum field_type type;
	size_t offset;
};

#define FIELDS_MAX       32 /* in one table */
#define FIELDS_MAX_BYTES (60u << 10)

/* Fails INVALID_REQUEST where it is longer than FIELDS_MAX_BYTES: only what somebody asked for can
 * be. */
int fields_text(
    struct task *task, const struct field *fields, const void *record, const char **ret_text);

/* Members that the text does not hold stay as they are.  What is read lives as long as the task.
 * Fails BROKEN: only we write these texts. */
int fields_read(struct task *task, const struct field *fields, const char *text, void *ret_record);

#endif
