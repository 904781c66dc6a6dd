/* SPDX-License-Identifier: Apache-2.0
 *
 * GET /services: what there is, for people and developers; and the keys of what services sign.
 */
#include "core/settings.h"
#include "core/task.h"
#include "services/service.h"
#include "services/services.h"

int
services_jwks(struct task *task, const struct request *request, struct reply *reply)
{
	const struct service *service =
	    service_find(task->rooms->services, request_capture(request, "id"));

	if (!service || !service->jwks)
		return fail(task, NOT_FOUND, "there is no service of that name that signs");
	return reply_json(reply, 200, service->jwks);
}

/* What there is, for people and developers: names and what each may ask. */
int
services_catalogue(struct task *task, const struct request *request, struct reply *reply)
{
	struct services *services = task->rooms->services;
	const char *issuer = task->rooms->settings->gateway_issuer;
	json_t *list = json_array();

	(void)request;
	for (size_t i = 0; services && i < services->n; i++) {
		const json_t *manifest = services->all[i].manifest;

		json_array_append_new(
		    list, json_pack("{s:s, s:s, s:O, s:O, s:O, s:O}", "id", services->all[i].id,
			      "resource",
			      task_printf(task, "%s/services/%s", issuer, services->all[i].id),
			      "version", json_object_get(manifest, "version"), "name",
			      json_object_get(manifest, "name"), "summary",
			      json_object_get(manifest, "summary"), "attributes",
			      json_object_get(manifest, "attributes")));
	}
	return reply_json(reply, 200, json_keep(task, json_pack("{s:o}", "services", list)));
}
