/* SPDX-License-Identifier: Apache-2.0
 *
 * Parameters of a request, and rooms with settings, for the rules that look at them.
 */
#ifndef UNIT_OIDC_ASKED_H
#define UNIT_OIDC_ASKED_H

#include "unit/unit.h"

#include "core/settings.h"
#include "oidc/rules/authorization.h"

#define ISSUER "https://login.gov.test"

/* Pairs of name and value; NULL ends them. */
static inline const struct parameters *
asked_query(struct task *task, const char *const *words)
{
	struct parameters *parameters = task_new(task, struct parameters);
	struct pair *pairs = task_new_n(task, struct pair, 16);
	size_t n;

	for (n = 0; words[2 * n] != NULL; n++)
		pairs[n] = (struct pair){words[2 * n], words[2 * n + 1]};
	parameters->pairs = (struct pairs){pairs, n};
	return parameters;
}
#define ASKED(task, ...) asked_query((task), (const char *const[]){__VA_ARGS__, NULL})

static inline int
asked_open(void **state)
{
	static const struct settings settings = {.gateway_issuer = ISSUER};
	static struct rooms rooms = {.settings = &settings};

	*state = malloc(sizeof(struct task));
	if (*state == NULL)
		return -1;
	task_open(*state, NULL, &rooms, 1000);
	return 0;
}

/* A test whose task has rooms with settings. */
#define rooms_test(fn) cmocka_unit_test_setup_teardown(fn, asked_open, unit_task_close)

/* A rule that must refuse with code, and leave no fault behind. */
#define assert_refused(task, call, expected) \
	do { \
		assert_int_equal((call), (expected)); \
		assert_int_equal((task)->fault.code, (expected)); \
		fault_clear(task); \
	} while (0)

#endif
