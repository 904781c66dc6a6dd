/* SPDX-License-Identifier: Apache-2.0
 *
 * Levels: what the ways in reach, and what is enough for whom (see login.h).
 */
#include "login/login.h"

#include "core/names.h"
#include "core/task.h"
#include "records/client.h"

/* From the lowest up (eIDAS words; the names are the deployment's). */
static const char *const levels[] = {
    "urn:dvara:loa:low", "urn:dvara:loa:substantial", "urn:dvara:loa:high"};
#define N_LEVELS (sizeof(levels) / sizeof(levels[0]))

static size_t level_of(const char *acr);

const char *const *
login_acr_values(struct task *task)
{
	const char **values = task_new_n(task, const char *, N_LEVELS + 1);
	struct login_ways ways;
	size_t n = 0;

	login_ways(task, &(struct login_asked){0}, &ways);
	for (size_t level = 0; level < N_LEVELS; level++)
		for (size_t i = 0; i < ways.n; i++)
			if (level_of(ways.at[i].acr) >= level) {
				values[n++] = levels[level];
				break;
			}
	return values;
}

static size_t
level_of(const char *acr)
{
	size_t i;

	for (i = 0; i < N_LEVELS; i++)
		if (str_equal(levels[i], acr))
			break;
	return i;
}

bool
login_acr_satisfies(const struct task *task, const char *acr, const char *acr_values)
{
	(void)task;
	for (size_t i = 0; i < N_LEVELS; i++)
		if (str_has_word(acr_values, levels[i]) && level_of(acr) >= i &&
		    level_of(acr) < N_LEVELS)
			return true;
	return str_is_empty(acr_values) || str_has_word(acr_values, acr);
}

bool
login_acr_is_level(const char *acr)
{
	return acr && level_of(acr) < N_LEVELS;
}

bool
login_acr_is_reachable(struct task *task, const char *acr_values)
{
	const char *const *level = login_acr_values(task);

	for (; *level != NULL; level++)
		if (login_acr_satisfies(task, *level, acr_values))
			return true;
	return false;
}

const char *
login_acr_of_client(struct task *task, const struct client *client)
{
	const char *words = str_join(task, names_of_json(task, client->default_acr_values), " ");

	return !str_is_empty(words) && login_acr_is_reachable(task, words) ? words : NULL;
}
