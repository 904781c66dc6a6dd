/* SPDX-License-Identifier: Apache-2.0
 *
 * Whose a resource is (RFC 8707).  Called by purpose.c and by whatever makes tokens or looks at
 * them.
 */
#include "consent/resource.h"

#include "core/settings.h"
#include "core/str.h"
#include "core/task.h"

#include <string.h>

#define SERVICES "/services/"

const char *
resource_service(const struct task *task, const char *resource)
{
	const char *issuer = task->rooms->settings->gateway_issuer, *id;

	if (!str_starts(resource, issuer) || !str_starts(resource + strlen(issuer), SERVICES))
		return NULL;
	id = resource + strlen(issuer) + strlen(SERVICES);
	if (*id == 0 || strpbrk(id, "/?# ") != NULL || !str_is_printable_ascii(id))
		return NULL;
	return id;
}
