/* SPDX-License-Identifier: Apache-2.0
 *
 * The ways in that are configured and on (see login.h).
 */
#include "login/login.h"

#include "core/settings.h"
#include "core/task.h"
#include "login/card/card.h"
#include "login/upstream/upstream.h"
#include "login/wallet/wallet.h"

static const struct login_method *const methods[] = {
    &wallet_method, &card_method, &upstream_method, NULL};

static const struct login_method *method_named(const struct task *task, const char *name);

void
login_ways(struct task *task, const struct login_asked *asked, struct login_ways *ret_ways)
{
	const char *const *name = task->rooms->settings->login_methods;

	*ret_ways = (struct login_ways){0};
	for (; *name != NULL; name++) {
		const struct login_method *method = method_named(task, *name);

		if (method != NULL)
			method->ways(task, asked, ret_ways);
	}
}

/* NULL: not configured. */
static const struct login_method *
method_named(const struct task *task, const char *name)
{
	for (const struct login_method *const *method = methods; *method != NULL; method++)
		if (str_equal((*method)->id, name) && (*method)->is_ready(task))
			return *method;
	return NULL;
}

bool
login_method_is_on(const struct task *task, const char *id)
{
	const char *const *name = task->rooms->settings->login_methods;

	while (*name != NULL && !str_equal(*name, id))
		name++;
	return *name != NULL && method_named(task, id) != NULL;
}

void
login_way_add(struct task *task, struct login_ways *ways, const struct login_way *way)
{
	struct login_way *grown;

	if (ways->n == LOGIN_MAX_WAYS)
		return;
	grown = task_new_n(task, struct login_way, ways->n + 1);
	for (size_t i = 0; i < ways->n; i++)
		grown[i] = ways->at[i];
	grown[ways->n] = *way;
	*ways = (struct login_ways){grown, ways->n + 1};
}
