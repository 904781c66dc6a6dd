/* SPDX-License-Identifier: Apache-2.0
 *
 * GET /services: what there is, for people and developers; and the keys of what services sign.
 */
#include "core/names.h"
#include "core/period.h"
#include "core/settings.h"
#include "core/task.h"
#include "pages/page.h"
#include "records/attribute.h"
#include "services/service.h"
#include "services/services.h"

#define DAY_S (24 * 3600)

static int catalogue_page(struct task *task, const struct request *request, struct reply *reply);
static json_t *service_json(struct task *task, const struct service *service);
static json_t *service_view(
    struct task *task, const struct service *service, const json_t *registered);
static json_t *attributes_view(
    struct task *task, const json_t *attributes, const json_t *registered, bool are_essential);
static json_t *events_view(struct task *task, const json_t *events);
static const char *hosts_of(struct task *task, const json_t *network);

int
services_jwks(struct task *task, const struct request *request, struct reply *reply)
{
	const struct service *service =
	    service_find(task->rooms->services, request_capture(request, "id"));

	if (!service || !service->jwks)
		return fail(task, NOT_FOUND, "there is no service of that name that signs");
	return reply_json(reply, 200, service->jwks);
}

/* For people as a page in their language, for programs the manifests' own words in all of them. */
int
services_catalogue(struct task *task, const struct request *request, struct reply *reply)
{
	const struct services *services = task->rooms->services;
	json_t *list = json_array(), *whole = json_keep(task, json_pack("{s:o}", "services", list));

	reply_header(reply, "Vary", "Accept");
	if (request_accepts(request, "text/html"))
		return catalogue_page(task, request, reply);
	for (size_t i = 0; services && i < services->n; i++)
		json_array_append_new(list, service_json(task, &services->all[i]));
	return reply_json(reply, 200, whole);
}

/* As many as a page holds, from the one that ?from= counts to. */
static int
catalogue_page(struct task *task, const struct request *request, struct reply *reply)
{
	const struct services *services = task->rooms->services;
	json_t *list = json_array(), *view = json_keep(task, json_pack("{s:o}", "services", list));
	const json_t *registered = NULL;
	size_t n = services == NULL ? 0 : services->n, bytes = 0;
	int64_t from = 0;
	int r;

	page_language(task, request, reply, NULL);
	r = attribute_registered(task, &registered);
	if (r < 0)
		return r;
	str_to_i64(request_query(request, "from"), 0, INT32_MAX, &from);
	for (size_t i = (size_t)from; i < n; i++) {
		json_t *one = json_keep(task, service_view(task, &services->all[i], registered));

		bytes += page_weight(one);
		if (json_array_size(list) > 0 && bytes > PAGE_LISTS_BYTES)
			break;
		json_array_append(list, one);
	}
	if ((size_t)from + json_array_size(list) < n)
		json_set_text(view, "more_href",
		    task_printf(task, "/services?from=%zu", (size_t)from + json_array_size(list)));
	return page_reply(
	    task, request, reply, &(struct page_show){.page = PAGE_SERVICES, .view = view});
}

static json_t *
service_json(struct task *task, const struct service *service)
{
	static const char *const members[] = {"version", "name", "summary", "attributes", "events",
	    "callers", "basis", "law", "data_life", "network", "owner", "contact"};
	json_t *json = json_object();

	json_set_text(json, "id", service->id);
	json_set_text(json, "resource",
	    task_printf(
		task, "%s/services/%s", task->rooms->settings->gateway_issuer, service->id));
	if (service->jwks)
		json_set_text(json, "jwks_uri",
		    task_printf(task, "%s/services/%s/jwks", task->rooms->settings->gateway_issuer,
			service->id));
	for (size_t i = 0; i < sizeof(members) / sizeof(members[0]); i++) {
		json_t *value = json_object_get(service->manifest, members[i]);

		if (value)
			json_object_set(json, members[i], value);
	}
	return json;
}

static json_t *
service_view(struct task *task, const struct service *service, const json_t *registered)
{
	const json_t *manifest = service->manifest;
	const json_t *attributes = json_object_get(manifest, "attributes");
	const json_t *law = json_object_get(manifest, "law");
	json_t *view = json_object();
	int64_t life_s;

	json_set_text(view, "id", service->id);
	json_set_text(view, "name", page_pick(task, json_object_get(manifest, "name")));
	json_set_text(view, "summary", page_pick(task, json_object_get(manifest, "summary")));
	if (law)
		json_set_text(view, "law", page_pick(task, law));
	json_object_set_new(view, "needed", attributes_view(task, attributes, registered, true));
	json_object_set_new(view, "optional", attributes_view(task, attributes, registered, false));
	json_object_set_new(view, "tells", events_view(task, json_object_get(manifest, "events")));
	json_object_set_new(view, "asks_nothing", json_boolean(json_array_size(attributes) == 0));
	if (period_parse(json_get_text(manifest, "data_life"), &life_s))
		json_set_text(view, "days", task_number(task, life_s / DAY_S));
	json_set_text(view, "hosts", hosts_of(task, json_object_get(manifest, "network")));
	return view;
}

static json_t *
attributes_view(
    struct task *task, const json_t *attributes, const json_t *registered, bool are_essential)
{
	json_t *list = json_array(), *attribute;
	size_t i;

	json_array_foreach((json_t *)(uintptr_t)attributes, i, attribute) {
		json_t *view;

		if (json_is_true(json_object_get(attribute, "essential")) != are_essential)
			continue;
		view = json_object();
		json_set_text(view, "label",
		    attribute_label(task, registered, json_get_text(attribute, "name")));
		json_set_text(view, "why", page_pick(task, json_object_get(attribute, "why")));
		json_array_append_new(list, view);
	}
	return list;
}

static json_t *
events_view(struct task *task, const json_t *events)
{
	json_t *list = json_array(), *event;
	size_t i;

	json_array_foreach((json_t *)(uintptr_t)events, i, event) {
		json_t *view = json_object();

		json_set_text(view, "label", page_pick(task, json_object_get(event, "label")));
		json_array_append_new(list, view);
	}
	return list;
}

/* NULL: none. */
static const char *
hosts_of(struct task *task, const json_t *network)
{
	const char *const *hosts = names_of_json(task, network);

	return hosts && *hosts ? str_join(task, hosts, ", ") : NULL;
}
