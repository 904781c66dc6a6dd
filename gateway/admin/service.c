/* SPDX-License-Identifier: Apache-2.0
 *
 * `dvara service …`: service plugins as configured.
 */
#include "admin/admin.h"

#include "services/manifest.h"

int
admin_service_list(struct admin_call *call)
{
	return manifest_list(call->task, call->settings, &call->answer);
}

int
admin_service_check(struct admin_call *call)
{
	struct manifest manifest;
	int r;

	r = manifest_read(call->task, call->args[0], &manifest);
	if (r < 0)
		return r;
	call->answer =
	    json_pack("{s:b, s:s, s:s}", "ok", 1, "id", manifest.id, "version", manifest.version);
	return 0;
}
