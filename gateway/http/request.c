/* SPDX-License-Identifier: Apache-2.0
 *
 * Reading a request.  Called by handlers.
 */
#include "http/request.h"

#include "core/settings.h"
#include "core/task.h"
#include "http/cookie.h"
#include "http/reply_inner.h"

#include <string.h>
#include <strings.h>

static const char *pair_find(const struct pairs *pairs, const char *name);
static bool is_json(const char *content_type);
static bool is_wanted(const char *entry, size_t len, const char *type);
static bool is_of_ours(struct task *task, const char *url);

const char *
request_query(const struct request *request, const char *name)
{
	return pair_find(&request->query, name);
}

const char *
request_form(const struct request *request, const char *name)
{
	const char *value = pair_find(&request->form, name);

	return str_is_empty(value) ? NULL : value;
}

const char *
request_capture(const struct request *request, const char *name)
{
	return pair_find(&request->captures, name);
}

static const char *
pair_find(const struct pairs *pairs, const char *name)
{
	size_t i;

	for (i = 0; i < pairs->n; i++)
		if (strcmp(pairs->at[i].name, name) == 0)
			return pairs->at[i].value;
	return NULL;
}

const char **
request_form_all(struct task *task, const struct request *request, const char *name)
{
	const struct pairs *form = &request->form;
	const char **values = task_new_n(task, const char *, form->n + 1);
	size_t i, n = 0;

	for (i = 0; i < form->n; i++)
		if (strcmp(form->at[i].name, name) == 0)
			values[n++] = form->at[i].value;
	return values;
}

const char *
request_param(const struct request *request, const char *name)
{
	if (str_equal(request->method, "POST"))
		return pair_find(&request->form, name);
	return pair_find(&request->query, name);
}

const char *
request_header(const struct request *request, const char *name)
{
	size_t i;

	for (i = 0; i < request->headers.n; i++)
		if (header_is(request->headers.at[i].name, name))
			return request->headers.at[i].value;
	return NULL;
}

bool
request_accepts(const struct request *request, const char *type)
{
	const char *entry = request_header(request, "Accept");

	while (entry != NULL && *entry != '\0') {
		size_t len = strcspn(entry, ",");

		if (is_wanted(entry, len, type))
			return true;
		entry += len + strspn(entry + len, ",");
	}
	return false;
}

/* q=0, q=0.0 and the like are a no. */
static bool
is_wanted(const char *entry, size_t len, const char *type)
{
	const char *end = entry + len, *weight;

	entry += strspn(entry, " \t");
	if (entry >= end || strncasecmp(entry, type, strlen(type)) != 0)
		return false;
	entry += strlen(type);
	if (strspn(entry, ",; \t") == 0 && *entry != '\0')
		return false;
	weight = strstr(entry, "q=");
	if (weight == NULL || weight >= end)
		return true;
	return strspn(weight + 2, "0.") < strcspn(weight + 2, ",; \t");
}

const char *
request_cookie(struct task *task, const struct request *request, const char *name)
{
	const char *header = request_header(request, "Cookie");

	return header == NULL ? NULL : cookie_find(task, header, cookie_wire_name(task, name));
}

int
request_json(struct task *task, const struct request *request, json_t **ret_json)
{
	if (!is_json(request->content_type))
		return fail(task, UNSUPPORTED_MEDIA_TYPE, "the body is not application/json");
	return json_parse(task, (const char *)request->body.at, request->body.len, ret_json);
}

/* application/json, or a type built on it (RFC 6839 section 3.1). */
static bool
is_json(const char *content_type)
{
	if (content_type == NULL)
		return false;
	return strcmp(content_type, "application/json") == 0 ||
	       (str_starts(content_type, "application/") && str_ends(content_type, "+json"));
}

int
request_is_ours(struct task *task, const struct request *request)
{
	const char *site = request_header(request, "Sec-Fetch-Site");
	const char *origin = request_header(request, "Origin");
	const char *referer = request_header(request, "Referer");

	if (str_equal(origin, "null"))
		origin = NULL;
	if (site != NULL && strcmp(site, "same-origin") != 0)
		return fail(task, FORBIDDEN, "the form came from another site (Sec-Fetch-Site)");
	if (origin != NULL && !(is_of_ours(task, origin) && strrchr(origin, '/')[-1] == '/'))
		return fail(task, FORBIDDEN, "the form came from another site (Origin)");
	if (site == NULL && origin == NULL && (referer == NULL || !is_of_ours(task, referer)))
		return fail(task, FORBIDDEN, "nothing says that the form came from a page of ours");
	return 0;
}

/* Whether a URL begins with our origin: scheme, host and port. */
static bool
is_of_ours(struct task *task, const char *url)
{
	const char *issuer = task->rooms->settings->gateway_issuer;
	const char *host = strstr(issuer, "://");
	size_t len = host == NULL ? 0 : (size_t)(host - issuer) + 3 + strcspn(host + 3, "/");

	return len > 0 && strncasecmp(url, issuer, len) == 0 && (url[len] == 0 || url[len] == '/');
}
