/* SPDX-License-Identifier: Apache-2.0
 *
 * Parts of views (see view.h).
 */
#include "account/view.h"

#include "core/task.h"
#include "pages/page.h"
#include "records/attribute.h"
#include "records/consent.h"
#include "records/person.h"
#include "sources/source.h"

#include <string.h>

void
account_frame(struct task *task, const struct account_visitor *visitor, json_t *view)
{
	json_set_text(view, "csrf",
	    browser_csrf(task, &visitor->browser, account_form_name(task, visitor->session)));
	json_set_text(view, "child", visitor->child);
	json_set_text(view, "of", visitor->of);
	json_set_text(view, "account_href", account_href(task, visitor, "", NULL));
}

const char *
account_form_name(struct task *task, const struct session *session)
{
	return task_printf(task, "account:%s", session->id);
}

const char *
account_href(
    struct task *task, const struct account_visitor *visitor, const char *path, const char *query)
{
	const char *of = visitor->of == NULL ? NULL : task_printf(task, "of=%s", visitor->of);

	if (query == NULL && of == NULL)
		return task_printf(task, ACCOUNT_PATH "%s", path);
	return task_printf(task, ACCOUNT_PATH "%s?%s%s%s", path, query == NULL ? "" : query,
	    query == NULL || of == NULL ? "" : "&", of == NULL ? "" : of);
}

int
account_receiver(
    struct task *task, const char *id, const struct client **ret_client, const char **ret_name)
{
	const struct client *client = NULL;
	int r;

	if (str_is_empty(id)) {
		*ret_client = NULL;
		*ret_name = page_text(task, N_("Your own wallet app"));
		return 0;
	}
	r = client_find(task, id, &client);
	if (r < 0)
		return r;
	*ret_client = client;
	*ret_name = id;
	if (client != NULL && client->is_service)
		*ret_name = page_service_name(task, id);
	else if (client != NULL && page_pick(task, client->name) != NULL)
		*ret_name = page_pick(task, client->name);
	return 0;
}

int
account_why(struct task *task, const struct account_why *why, const char **ret_text)
{
	const struct purpose *purpose = why->purpose;
	const char *notice = NULL;
	json_t *shown = NULL;
	int r = 0;

	if (purpose != NULL && str_equal(purpose->version, why->version)) {
		*ret_text = purpose->is_builtin ? page_text(task, N_("To know who signs in"))
						: page_pick(task, purpose->why);
		return 0;
	}
	if (why->notice_hash != NULL)
		r = consent_notice(task, why->notice_hash, &notice);
	if (r == 0 && notice != NULL)
		r = json_parse_object(task, notice, strlen(notice), &shown);
	if (r < 0)
		return r;
	*ret_text = json_get_text(json_keep(task, shown), "why");
	return 0;
}

int
account_known(struct task *task, const char *person_id, const json_t **ret_names)
{
	struct person person = {0};
	json_t *names = NULL;
	int r;

	r = person_find(task, person_id, &person);
	if (r == 0)
		r = source_names(task, person.register_key, &names);
	if (r == 0)
		*ret_names = json_keep(task, names);
	return r;
}

json_t *
account_labels(struct task *task, const struct account_visitor *visitor, const json_t *names)
{
	json_t *labels = json_array(), *name;
	size_t i;

	json_array_foreach((json_t *)(uintptr_t)names, i, name) {
		const char *label =
		    json_is_string(name)
			? attribute_label(task, visitor->attributes, json_string_value(name))
			: NULL;

		if (label != NULL && !json_has_text(labels, label))
			json_array_append_new(labels, json_string(label));
	}
	return labels;
}

json_t *
account_lines(struct task *task, const char *text)
{
	json_t *lines = json_array();
	size_t len;

	for (; text != NULL && *text != '\0'; text += len + (text[len] != '\0')) {
		len = strcspn(text, "\n");
		json_array_append_new(lines,
		    json_string(
			task_dup_n(task, text, len > 0 && text[len - 1] == '\r' ? len - 1 : len)));
	}
	return lines;
}
