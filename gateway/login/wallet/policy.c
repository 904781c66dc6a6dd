/* SPDX-License-Identifier: Apache-2.0
 *
 * Which wallet logins may cross devices (see policy.h).
 */
#include "login/wallet/policy.h"

#include "core/settings.h"
#include "core/task.h"
#include "records/client.h"

static bool details_have(const json_t *details, const char *configuration);

bool
policy_may_cross(const struct task *task, const struct login_asked *asked)
{
	const json_t *request = asked->transaction ? asked->transaction->request : NULL;
	const struct policy_asked whole = {.client = asked->client,
	    .scope = json_get_text(request, "scope"),
	    .details = json_object_get(request, "authorization_details")};

	return policy_request_may_cross(task, &whole);
}

bool
policy_request_may_cross(const struct task *task, const struct policy_asked *asked)
{
	if (!task->rooms->settings->wallet_cross_device)
		return false;
	if (asked->client && asked->client->is_same_device)
		return false;
	return !policy_high_scope(task, asked);
}

const char *
policy_high_scope(const struct task *task, const struct policy_asked *asked)
{
	const char *const *high = task->rooms->settings->wallet_same_device_scopes;

	while (*high && !str_has_word(asked->scope, *high) && !details_have(asked->details, *high))
		high++;
	return *high;
}

static bool
details_have(const json_t *details, const char *configuration)
{
	json_t *detail;
	size_t i;

	json_array_foreach((json_t *)(uintptr_t)details, i, detail)
		if (str_equal(json_get_text(detail, "credential_configuration_id"), configuration))
			return true;
	return false;
}
