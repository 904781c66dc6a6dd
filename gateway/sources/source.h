/* SPDX-License-Identifier: Apache-2.0
 *
 * Where attributes come from, behind one struct.  Today the built-in register (SQL); later others
 * over HTTP.
 */
#ifndef SOURCES_SOURCE_H
#define SOURCES_SOURCE_H

#include "core/json.h"
#include "core/str.h"

struct task;

enum life { LIFE_ACTIVE = 1, LIFE_DEAD, LIFE_BLOCKED };

struct source_entry {
	const char *register_key;
	enum life life;
	const json_t
	    *claims; /* what is known, by OpenID Connect claim name (name, birthdate, address, …) */
};
struct source {
	const char *name;
	/* *ret_entry NULL: not known there. */
	int (*find)(struct task *task, const char *register_key, struct source_entry **ret_entry);
};
extern const struct source source_register;

/* The person's entry: all sources asked, the first that knows wins per claim. */
int source_find(struct task *task, const char *register_key, struct source_entry **ret_entry);

/* Answers made from what is known: age_over_NN (NN 1 to 120) from birthdate, by the calendar of the
 * day; a birth year without day counts from its last day, so that nobody is made older than they
 * are.  NULL: cannot be told.  New reference. */
json_t *source_claim(const json_t *known, const char *name);

/* For `dvara person apply` and the demo. */
int source_register_apply(struct task *task, const char *register_key, const char *short_name,
    enum life life, const json_t *claims);
int source_register_key(struct task *task, const char *short_name_or_key,
    const char **ret_register_key); /* NOT_FOUND */
int source_register_list(
    struct task *task, json_t **ret_people); /* short names, names, life: the demo's personas */

#endif
