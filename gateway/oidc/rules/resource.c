/* SPDX-License-Identifier: Apache-2.0
 *
 * Resource indicators.  The request's, and those a token is narrowed to.
 */
#include "oidc/rules/resource.h"

#include "core/settings.h"
#include "core/task.h"

#include <string.h>

#define RESOURCES_MAX 16

static int one_check(struct task *task, const char *resource);
static const char *by_default(const struct task *task, const char *granted);
static int client_check(struct task *task, const struct client *client, const char *resource);

int
resource_read(
    struct task *task, const struct parameters *parameters, struct authorization *authorization)
{
	const char *const *asked = parameters_all(task, parameters, "resource");
	const char **resources = task_new_n(task, const char *, RESOURCES_MAX + 1);
	size_t n = 0;

	for (; *asked != NULL; asked++) {
		int r;

		if (str_is_empty(*asked))
			continue;
		r = one_check(task, *asked);
		if (r < 0)
			return r;
		if (n == RESOURCES_MAX)
			return fail(task, INVALID_TARGET, "over %d resource", RESOURCES_MAX);
		if (!str_has_word(str_join(task, resources, " "), *asked))
			resources[n++] = *asked;
	}
	authorization->resources = n == 0 ? NULL : str_join(task, resources, " ");
	return 0;
}

static int
one_check(struct task *task, const char *resource)
{
	if (str_equal(resource, task->rooms->settings->gateway_issuer) ||
	    resource_service(task, resource) != NULL)
		return 0;
	return fail(task, INVALID_TARGET, "resource is no service of this gateway");
}

int
resource_choose(
    struct task *task, const struct client *client, const char *asked, struct grant *grant)
{
	const char *issuer = task->rooms->settings->gateway_issuer;
	const char *granted = str_is_empty(grant->resources) ? issuer : grant->resources;

	if (str_is_empty(asked))
		asked = by_default(task, granted);
	if (asked == NULL)
		return fail(task, INVALID_TARGET,
		    "resource is missing: several were granted, and a token is for one");
	if (strchr(asked, ' ') != NULL || !str_has_word(granted, asked))
		return fail(task, INVALID_TARGET, "resource is not one that was granted");
	grant->resource = str_equal(asked, issuer) ? NULL : asked;
	return grant->resource == NULL ? 0 : client_check(task, client, asked);
}

static const char *
by_default(const struct task *task, const char *granted)
{
	const char *issuer = task->rooms->settings->gateway_issuer;

	if (strchr(granted, ' ') == NULL)
		return granted;
	return str_has_word(granted, issuer) ? issuer : NULL;
}

/* The registration may have changed since. */
static int
client_check(struct task *task, const struct client *client, const char *resource)
{
	const char *service = resource_service(task, resource);
	const char *const *known;

	for (known = client->resources; known != NULL && *known != NULL; known++)
		if (str_equal(*known, service))
			return 0;
	return fail(task, INVALID_TARGET,
	    "resource is not among the dvara_resources that the client registered");
}
