/* SPDX-License-Identifier: Apache-2.0
 *
 * Parts of views (see view.h).
 */
#include "account/view.h"

#include "core/task.h"
#include "pages/page.h"
#include "pages/qr.h"
#include "records/attribute.h"
#include "records/consent.h"
#include "records/person.h"
#include "sources/source.h"

#include <string.h>

#define LISTS_MAX         4 /* on one page */
#define LIST_BYTES        (PAGE_LISTS_BYTES / LISTS_MAX)
#define ROWS_MEMORY_BYTES (ARENA_MAX_BYTES / 2)
#define LABEL_CHARACTERS  200
#define NOTICE_MAX_BYTES  (1u << 20) /* of our own making, in one language */

static bool is_full(const struct task *task, size_t bytes);
static int notice_read(
    struct task *task, const struct account_asked *asked, bool is_named, struct account_told *told);
static int notice_find(struct task *task, const struct account_asked *asked, json_t **ret_notice);

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
	const char *name;
	int r;

	if (str_is_empty(id)) {
		*ret_client = NULL;
		*ret_name = page_text(task, N_("Your own wallet app"));
		return 0;
	}
	r = client_find(task, id, &client);
	if (r < 0)
		return r;
	if (client == NULL)
		name = page_text(task, N_("A service that is no longer here"));
	else if (client->is_service)
		name = page_service_name(task, id);
	else
		name = page_pick(task, client->name);
	*ret_client = client;
	*ret_name = name != NULL ? name : id;
	return 0;
}

int
account_told(struct task *task, const struct account_asked *asked, struct account_told *ret_told)
{
	const struct client *client = NULL;
	struct account_told told = {0};
	int r;

	r = account_receiver(task, asked->client_id, &client, &told.client);
	if (r == 0 && client != NULL)
		told.purpose = client_purpose(client, asked->purpose_id);
	if (r == 0 && told.purpose != NULL &&
	    str_equal(told.purpose->version, asked->purpose_version))
		told.why = told.purpose->is_builtin ? page_text(task, N_("To know who signs in"))
						    : page_pick(task, told.purpose->why);
	else if (r == 0)
		r = notice_read(task, asked, client == NULL, &told);
	if (r < 0)
		return r;
	*ret_told = told;
	return 0;
}

/* In a task of its own: a notice may be long, a page has many rows, and of each two texts are
 * kept. */
static int
notice_read(
    struct task *task, const struct account_asked *asked, bool is_named, struct account_told *told)
{
	const char *client, *why;
	json_t *notice = NULL;
	struct task aside;
	int r;

	task_open(&aside, task->loop, task->rooms, task_left_ms(task));
	r = notice_find(&aside, asked, &notice);
	if (r < 0)
		task->fault = aside.fault;
	why = json_get_text(notice, "why");
	client = json_get_text(notice, "client");
	if (why != NULL)
		told->why = task_dup(task, why);
	if (is_named && client != NULL)
		told->client = task_dup(task, client);
	task_close(&aside);
	return r;
}

/* What was shown; NULL: not known. */
static int
notice_find(struct task *task, const struct account_asked *asked, json_t **ret_notice)
{
	const struct consent *consent = NULL;
	const char *hash = asked->notice_hash, *notice = NULL;
	json_t *shown = NULL;
	int r = 0;

	if (hash == NULL && asked->consent_id != NULL)
		r = consent_by_id(task, asked->consent_id, &consent);
	if (consent != NULL)
		hash = consent->notice_hash;
	if (r == 0 && hash != NULL)
		r = consent_notice(task, hash, &notice);
	if (r < 0)
		return r;
	if (notice != NULL)
		r = json_parse_object_sized(task, notice, strlen(notice), NOTICE_MAX_BYTES, &shown);
	if (r < 0)
		return fault_as(task, BROKEN);
	*ret_notice = shown == NULL ? NULL : json_keep(task, shown);
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

/* What stands in a row of many; whoever registers an attribute may say much about it. */
const char *
account_label(struct task *task, const struct account_visitor *visitor, const char *name)
{
	const char *label = attribute_label(task, visitor->attributes, name), *end = label;
	size_t n_characters = 0;

	for (; *end != '\0'; end++) {
		n_characters += ((unsigned char)*end & 0xc0) != 0x80;
		if (n_characters > LABEL_CHARACTERS)
			return task_printf(task, "%.*s…", (int)(end - label), label);
	}
	return label;
}

json_t *
account_labels(struct task *task, const struct account_visitor *visitor, const json_t *names)
{
	json_t *labels = json_array(), *name;
	size_t i;

	json_array_foreach((json_t *)(uintptr_t)names, i, name) {
		const char *label = json_is_string(name)
					? account_label(task, visitor, json_string_value(name))
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

void
account_qr_add(struct task *task, json_t *view)
{
	const char *text = json_get_text(view, "qr_text"), *path;
	int side;

	if (text == NULL)
		return;
	if (qr_path(task, text, &path, &side) < 0)
		fault_clear(task); /* the link beside it still works */
	else
		json_object_set_new(
		    view, "qr", json_pack("{s:s, s:i}", "path", path, "side", side));
}

struct span
account_span(const struct request *request)
{
	const char *before = request_query(request, "before");

	return (struct span){.before = str_is_empty(before) ? NULL : before, .limit = ACCOUNT_PAGE};
}

int
account_list_add(struct task *task, const struct account_visitor *visitor,
    const struct account_list *list, int limit, const json_t *rows, json_t *view)
{
	json_t *views = json_array(), *row, *one;
	size_t i, n, bytes = 0;
	int r;

	json_object_set_new(view, list->name, views);
	json_array_foreach((json_t *)(uintptr_t)rows, i, row) {
		if (i == (size_t)limit || bytes > LIST_BYTES)
			break;
		r = list->view(task, visitor, row, &one);
		if (r < 0)
			return r;
		bytes += page_weight(json_keep(task, one));
		if (i > 0 && is_full(task, bytes))
			break;
		json_array_append(views, one);
		if (json_object_get(one, "n") == NULL)
			json_object_set_new(one, "n", json_integer((json_int_t)i + 1));
	}
	n = json_array_size(views);
	if (json_array_size(rows) > n)
		json_set_text(view, task_printf(task, "%s_before", list->name),
		    account_row_name(task, json_array_get(rows, n - 1)));
	return 0;
}

/* Whatever clients and operators wrote into its rows, a list leaves room for the others of its
 * page, and for what the task still has to do. */
static bool
is_full(const struct task *task, size_t bytes)
{
	return bytes > LIST_BYTES || task->arena.used_bytes > ROWS_MEMORY_BYTES;
}

const char *
account_row_name(struct task *task, const json_t *row)
{
	static const char *const members[] = {"id", "seq", "number"};
	const json_t *name = NULL;

	for (size_t i = 0; name == NULL && i < sizeof(members) / sizeof(members[0]); i++)
		name = json_object_get(row, members[i]);
	if (json_is_integer(name))
		return task_number(task, json_integer_value(name));
	return json_string_value(name);
}

void
account_more(struct task *task, const struct account_visitor *visitor, const char *path,
    const struct account_list *list, json_t *view)
{
	const char *before = json_get_text(view, task_printf(task, "%s_before", list->name));

	if (before != NULL)
		json_set_text(view, "more_href",
		    account_href(task, visitor, path, task_printf(task, "before=%s", before)));
}
