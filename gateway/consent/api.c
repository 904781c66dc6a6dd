/* SPDX-License-Identifier: Apache-2.0
 *
 * Callers of the consent API, and its lists (see api.h).
 */
#include "consent/api.h"

#include "access/bearer.h"
#include "core/buf.h"
#include "core/settings.h"
#include "core/task.h"

#include <string.h>

#define URL_MAX_BYTES 4096
#define LIMIT_PRESET  20
#define LIMIT_MAX     100

static const char *next_address(
    struct task *task, const struct request *request, const char *cursor);

int
api_client(struct task *task, const struct request *request, const struct client **ret_client)
{
	const struct client *client;
	struct bearer bearer;
	int r;

	r = bearer_at(task, request, task->rooms->settings->gateway_issuer, &bearer);
	if (r < 0)
		return r;
	if (bearer.grant->person_id != NULL || !str_has_word(bearer.grant->scope, API_SCOPE))
		return fail(task, INSUFFICIENT_SCOPE,
		    "the token is not the client's own, or not of the scope " API_SCOPE);
	if (bearer.grant->jkt == NULL && bearer.grant->x5t == NULL)
		return fail(task, INVALID_TOKEN, "the token is bound to no key of the client");
	r = client_find(task, bearer.grant->client_id, &client);
	if (r < 0)
		return r;
	if (client == NULL)
		return fail(task, INVALID_TOKEN, "the client of the token has gone");
	*ret_client = client;
	return 0;
}

int
api_page_of(struct task *task, const struct request *request, struct api_page *ret_page)
{
	const char *limit = request_query(request, "limit");
	const char *cursor = request_query(request, "cursor");
	struct api_page page = {.limit = LIMIT_PRESET};
	struct bytes after;
	int64_t n = LIMIT_PRESET;

	if (limit != NULL && !str_to_i64(limit, 1, LIMIT_MAX, &n))
		return fail(task, INVALID_REQUEST, "limit is not a number from 1 to %d", LIMIT_MAX);
	if (cursor != NULL) {
		if (!b64u_decode(task, cursor, strlen(cursor), &after) || after.len == 0 ||
		    memchr(after.at, 0, after.len) != NULL)
			return fail(task, INVALID_REQUEST, "cursor is none that we gave");
		page.after = task_dup_n(task, (const char *)after.at, after.len);
	}
	page.limit = (int)n;
	*ret_page = page;
	return 0;
}

int
api_page_reply(struct reply *reply, json_t *array, const char *next)
{
	struct task *task = reply_task(reply);
	const struct request *request = reply_request(reply);
	json_auto_t *page = json_pack("{s:O, s:n}", "data", array, "next");
	const char *cursor;

	if (next != NULL) {
		cursor = b64u_encode(task, BYTES_OF(next));
		json_set_text(page, "next", cursor);
		reply_header(reply, "Link",
		    task_printf(task, "<%s>; rel=\"next\"", next_address(task, request, cursor)));
	}
	return reply_json(reply, 200, page);
}

/* Where the page after this one is: the same query, but for the cursor. */
static const char *
next_address(struct task *task, const struct request *request, const char *cursor)
{
	struct buf url;

	buf_open(&url, task, URL_MAX_BYTES);
	buf_printf(
	    &url, "%s%s?cursor=%s", task->rooms->settings->gateway_issuer, request->path, cursor);
	for (size_t i = 0; i < request->query.n; i++) {
		const struct pair *pair = &request->query.at[i];

		if (str_equal(pair->name, "cursor"))
			continue;
		buf_char_add(&url, '&');
		buf_url_add(&url, pair->name);
		buf_char_add(&url, '=');
		buf_url_add(&url, pair->value);
	}
	return buf_text(&url);
}
