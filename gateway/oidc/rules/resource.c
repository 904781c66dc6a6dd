/* SPDX-License-Identifier: Apache-2.0
 *
 * Resource indicators.  Called by authorization.c, token.c and access_token.c.
 */
#include "oidc/rules/resource.h"

#include "core/settings.h"
#include "core/task.h"

#include <string.h>

#define SERVICES "/services/"

int
resource_read(
    struct task *task, const struct parameters *parameters, struct authorization *authorization)
{
	const char *resource = parameters_get(parameters, "resource");

	if (resource == NULL || str_equal(resource, task->rooms->settings->gateway_issuer))
		return 0;
	if (resource_service(task, resource) == NULL)
		return fail(task, INVALID_TARGET, "resource is no service of this gateway");
	authorization->resource = resource;
	return 0;
}

const char *
resource_service(const struct task *task, const char *resource)
{
	const char *issuer = task->rooms->settings->gateway_issuer, *id;

	if (!str_starts(resource, issuer) || !str_starts(resource + strlen(issuer), SERVICES))
		return NULL;
	id = resource + strlen(issuer) + strlen(SERVICES);
	return *id == 0 || strpbrk(id, "/?#") != NULL ? NULL : id;
}

int
resource_check(struct task *task, const char *granted, const char *asked)
{
	const char *issuer = task->rooms->settings->gateway_issuer;

	if (asked == NULL || str_equal(asked, granted == NULL ? issuer : granted))
		return 0;
	return fail(task, INVALID_TARGET, "the code was not given for this resource");
}
