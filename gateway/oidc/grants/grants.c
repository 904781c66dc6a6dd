/* SPDX-License-Identifier: Apache-2.0
 *
 * The table of grants.  Called by token.c and discovery.c.
 */
#include "oidc/grants/grants.h"

#include "core/task.h"

static bool is_offered(const struct task *task, const struct grant_type *type);

static const struct grant_type *const types[] = {
    &code_grant_type,
    &refresh_grant_type,
    &client_credentials_grant_type,
    &exchange_grant_type,
    &device_grant_type,
    &ciba_grant_type,
    &pre_authorized_grant_type,
};
#define N_TYPES (sizeof(types) / sizeof(types[0]))

const struct grant_type *
grants_find(const struct task *task, const char *name)
{
	for (size_t i = 0; i < N_TYPES; i++)
		if (str_equal(types[i]->name, name) && is_offered(task, types[i]))
			return types[i];
	return NULL;
}

static bool
is_offered(const struct task *task, const struct grant_type *type)
{
	return type->is_offered == NULL || type->is_offered(task);
}

const char *const *
grants_names(struct task *task)
{
	const char **names = task_new_n(task, const char *, N_TYPES + 1);
	size_t n = 0;

	for (size_t i = 0; i < N_TYPES; i++)
		if (is_offered(task, types[i]))
			names[n++] = types[i]->name;
	return names;
}
