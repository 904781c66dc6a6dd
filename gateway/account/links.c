/* SPDX-License-Identifier: Apache-2.0
 *
 * The person's accounts at other providers that sign them in here, and the end of each.
 */
#include "account/account.h"

#include "core/task.h"
#include "login/upstream/upstream.h"
#include "pages/page.h"
#include "records/link.h"

int
account_links_add(struct task *task, const struct account_visitor *visitor, json_t *view)
{
	json_t *links, *link, *list = json_array();
	size_t i;
	int r;

	json_object_set_new(view, "links", list);
	if (visitor->of != NULL)
		return 0;
	r = link_list(task, visitor->session->person_id, &links);
	if (r < 0)
		return r;
	json_keep(task, links);
	json_array_foreach(links, i, link) {
		const char *title = upstream_title(task, json_get_text(link, "upstream"));
		json_t *entry = json_object();
		int64_t since_s = 0;

		json_get_i64(link, "since", &since_s);
		json_set_text(entry, "id", json_get_text(link, "id"));
		json_set_text(entry, "name", title ? title : json_get_text(link, "issuer"));
		json_set_text(entry, "date", page_date(task, since_s));
		json_array_append_new(list, entry);
	}
	return 0;
}

int
account_end_link(struct task *task, const struct request *request, struct reply *reply)
{
	const char *id = request_form(request, "link");
	struct account_visitor visitor;
	int r;

	r = account_enter_by_form(task, request, reply, &visitor);
	if (r < 0 || visitor.session == NULL)
		return r;
	r = link_remove(task, visitor.session->person_id, id ? id : "", "person");
	if (r == NOT_FOUND) {
		fault_clear(task);
		return account_refuse(task, &visitor, "link");
	}
	if (r < 0)
		return r;
	return reply_redirect(reply, ACCOUNT_PATH);
}
