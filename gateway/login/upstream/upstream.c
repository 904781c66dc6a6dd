/* SPDX-License-Identifier: Apache-2.0
 *
 * The upstreams that are configured, and their rows in the chooser.
 */
#include "login/upstream/upstream.h"

#include "core/settings.h"
#include "core/task.h"
#include "login/upstream/provider.h"
#include "login/upstream/trust_list.h"
#include "pages/page.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define UPSTREAMS_MAX 64

static bool is_ready(const struct task *task);
static void ways(struct task *task, const struct login_asked *asked, struct login_ways *ret_ways);
static int is_file(const struct dirent *entry);
static int file_read(struct task *task, const char *folder, const char *file,
    struct upstreams *upstreams, struct upstream **ret_upstream);
static int folder_read(struct task *task, const char *folder, struct upstreams *upstreams);

const struct login_method upstream_method = {
    .id = "upstream",
    .is_ready = is_ready,
    .ways = ways,
};

static bool
is_ready(const struct task *task)
{
	return task->rooms->upstreams != NULL && task->rooms->upstreams->first != NULL;
}

/* One that did not answer a moment ago says so, and may be tried all the same. */
static void
ways(struct task *task, const struct login_asked *asked, struct login_ways *ret_ways)
{
	const struct upstream *upstream = task->rooms->upstreams->first;

	(void)asked;
	for (; upstream; upstream = upstream->next) {
		struct login_way way = {
		    .id = upstream_way(task, upstream),
		    .name = page_pick(task, upstream->title),
		    .hint = upstream->hint ? page_pick(task, upstream->hint) : NULL,
		    .path = task_printf(task, "/login/upstream/%s", upstream->name),
		    .acr = upstream_acr_highest(task, upstream),
		    .place = LOGIN_HERE,
		};

		if (metadata_is_away(upstream->issuer))
			way.hint = page_text(task, "Does not answer at the moment.");
		login_way_add(task, ret_ways, &way);
	}
}

const char *
upstream_way(struct task *task, const struct upstream *upstream)
{
	return task_printf(task, "upstream-%s", upstream->name);
}

const char *
upstream_path(struct task *task, const char *name, const struct transaction *transaction)
{
	if (!login_method_is_on(task, upstream_method.id) || !upstream_named(task, name))
		return NULL;
	return task_printf(task, "/login/upstream/%s?tx=%s", name, transaction->id);
}

const char *
upstream_title(const struct task *task, const char *name)
{
	const struct upstream *upstream = upstream_named(task, name);

	return upstream ? page_pick(task, upstream->title) : NULL;
}

const struct upstream *
upstream_named(const struct task *task, const char *name)
{
	const struct upstream *upstream = NULL;

	if (task->rooms->upstreams)
		upstream = task->rooms->upstreams->first;
	while (upstream && !str_equal(upstream->name, name))
		upstream = upstream->next;
	return upstream;
}

/* No issuer and no name has a blank. */
const char *
upstream_reference(struct task *task, const struct upstream *upstream)
{
	if (!upstream->list)
		return upstream->issuer;
	return task_printf(task, "%s %s", upstream->issuer, upstream->list);
}

int
upstream_still_stands(struct task *task, const char *reference, bool *ret_stands)
{
	const struct upstreams *upstreams = task->rooms->upstreams;
	const struct upstream *upstream = upstreams ? upstreams->first : NULL;
	const struct trust_list *list = upstreams ? upstreams->lists : NULL;
	const char *issuer = task_dup_n(task, reference, strcspn(reference, " "));
	const char *name = strchr(reference, ' ');

	while (upstream && !str_equal(upstream->issuer, issuer))
		upstream = upstream->next;
	while (list && !(name && str_equal(list->name, name + 1)))
		list = list->next;
	if (!upstream && list && *list->why)
		return fail(task, ISSUER_UNCHECKED, "%s", list->why);
	*ret_stands = upstream != NULL;
	return 0;
}

const char *
upstream_redirect_uri(struct task *task, const struct upstream *upstream)
{
	return task_printf(task, "%s/login/upstream/%s/callback",
	    task->rooms->settings->gateway_issuer, upstream->name);
}

int
upstream_open(struct task *task, struct upstreams **ret_upstreams)
{
	const char *folder = task->rooms->settings->upstream_folder;
	struct upstreams *upstreams;
	int r;

	if (!folder) {
		*ret_upstreams = NULL;
		return 0;
	}
	upstreams = calloc(1, sizeof(*upstreams));
	r = folder_read(task, folder, upstreams);
	/* What is configured here goes before what a list says. */
	for (struct trust_list *list = upstreams->lists; list && r == 0; list = list->next)
		r = trust_list_add(task, list, upstreams);
	if (r < 0) {
		upstream_close(upstreams);
		return r;
	}
	*ret_upstreams = upstreams;
	return 0;
}

static int
is_file(const struct dirent *entry)
{
	return entry->d_name[0] != '.' && str_ends(entry->d_name, ".json");
}

/* In the order of their names, which is the chooser's. */
static int
folder_read(struct task *task, const char *folder, struct upstreams *upstreams)
{
	struct upstream **last = &upstreams->first;
	struct dirent **entries = NULL;
	int n = scandir(folder, &entries, is_file, alphasort), r = 0;

	if (n < 0)
		return fail(task, MISCONFIGURED, "%s: %s", folder, strerror(errno));
	if (n > UPSTREAMS_MAX)
		r = fail(task, MISCONFIGURED, "%s: more than %d upstreams", folder, UPSTREAMS_MAX);
	for (int i = 0; i < n; i++) {
		if (r == 0)
			r = file_read(task, folder, entries[i]->d_name, upstreams, last);
		if (r == 0 && *last)
			last = &(*last)->next;
		free(entries[i]);
	}
	free(entries);
	return r;
}

static int
file_read(struct task *task, const char *folder, const char *file, struct upstreams *upstreams,
    struct upstream **ret_upstream)
{
	struct upstream_source source = {.path = task_printf(task, "%s/%s", folder, file),
	    .name = task_dup_n(task, file, strlen(file) - strlen(".json"))};
	struct trust_list *list;
	json_auto_t *json = NULL;
	int r;

	r = upstream_file(task, source.path, &json);
	if (r < 0)
		return r;
	source.json = json;
	if (!json_object_get(json, "trust_list"))
		return upstream_of(task, &source, ret_upstream);
	r = trust_list_open(task, &source, &list);
	if (r < 0)
		return r;
	list->next = upstreams->lists;
	upstreams->lists = list;
	return 0;
}

void
upstream_close(struct upstreams *upstreams)
{
	struct upstream *next;

	if (!upstreams)
		return;
	for (struct upstream *upstream = upstreams->first; upstream; upstream = next) {
		next = upstream->next;
		upstream_free(upstream);
	}
	trust_list_free(upstreams->lists);
	free(upstreams);
}

bool
upstream_is_stale(struct task *task, const struct upstreams *upstreams)
{
	const struct trust_list *list = upstreams ? upstreams->lists : NULL;

	while (list && !trust_list_is_stale(task, list))
		list = list->next;
	return list != NULL;
}

void
upstream_warn(const struct upstreams *upstreams, json_t *warnings)
{
	const struct trust_list *list = upstreams ? upstreams->lists : NULL;

	for (; list; list = list->next)
		if (*list->why)
			json_array_append_new(warnings, json_string(list->why));
}

int
upstream_tend(struct task *task)
{
	struct trust_list *list = task->rooms->upstreams ? task->rooms->upstreams->lists : NULL;
	int r = 0;

	for (; list && r == 0; list = list->next)
		r = trust_list_tend(task, list);
	return r;
}

int
upstream_jwks(struct task *task, const struct request *request, struct reply *reply)
{
	const struct upstream *upstream = upstream_named(task, request_capture(request, "name"));

	if (!upstream)
		return fail(task, NOT_FOUND, "no upstream of that name");
	return reply_json(reply, 200, upstream->public_keys);
}
