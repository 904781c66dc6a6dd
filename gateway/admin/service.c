/* SPDX-License-Identifier: Apache-2.0
 *
 * `dvara service …`: service plugins as configured.
 */
#include "admin/admin.h"

#include "manifest/manifest.h"
#include "services/services.h"

int
admin_service_list(struct admin_call *call)
{
	return services_list(call->task, &call->answer);
}

int
admin_service_check(struct admin_call *call)
{
	struct manifest manifest = {0};
	int r;

	r = admin_file_find(call->task, call->args[0]);
	if (r == 0)
		r = manifest_read(call->task, call->args[0], &manifest);
	if (r < 0)
		return r;
	call->answer = json_pack("{s:b, s:s, s:s, s:s}", "ok", 1, "id", manifest.id, "version",
	    manifest.version, "untranslated", manifest_untranslated(call->task, &manifest));
	return 0;
}

int
admin_service_sign(struct admin_call *call)
{
	json_t *jwk;
	int r;

	for (unsigned i = 0; i < 2; i++) {
		r = admin_file_find(call->task, call->args[i]);
		if (r < 0)
			return r;
	}
	r = manifest_sign(call->task, call->args[0], call->args[1], &jwk);
	if (r < 0)
		return r;
	call->answer = json_pack("{s:b, s:o}", "ok", 1, "jwk", jwk);
	return 0;
}
