/* SPDX-License-Identifier: Apache-2.0
 *
 * Makes pages: what every one has (service's name, help, languages), then its template.
 */
#include "pages/page.h"

#include "core/settings.h"
#include "core/task.h"
#include "pages/language.h"
#include "pages/out.h"
#include "pages/qr.h"
#include "pages/reason.h"

#include <string.h>

#define PAGE_MAX_BYTES (PAGE_LISTS_BYTES + (240u << 10))

static json_t *common_view(
    struct task *task, const struct request *request, const struct page_show *show);

const char *
page_html(struct task *task, const struct request *request, const struct page_show *show,
    const char *nonce)
{
	json_t *common = json_keep(task, common_view(task, request, show));
	struct out out = {
	    .task = task, .language = language_of(task), .page = common, .root = show->view};

	json_object_set_new(common, "nonce", json_string(nonce));
	buf_open(&out.html, task, PAGE_MAX_BYTES);
	out_templates[show->page].write(&out, show->view);
	return buf_text(&out.html);
}

/* Where this page stands, as a link: what the person asked for, without its lang parameter. */
static void
here_add(struct buf *href, const struct request *request)
{
	for (const char *c = request->path; *c; c++) {
		char byte[2] = {*c, '\0'};

		if (*c == '/')
			buf_char_add(href, '/');
		else
			buf_url_add(href, byte);
	}
	buf_char_add(href, '?');
	for (const char *c = request->raw_query; *c;) {
		size_t len = strcspn(c, "&");

		if (len > 0 && strncmp(c, "lang=", 5) != 0) {
			buf_add(href, c, len);
			buf_char_add(href, '&');
		}
		c += len + (c[len] == '&');
	}
}

/* Whether the same address shows the page again when it is opened as a link.  A page that refuses
 * links to nothing that came from outside: addresses in a query are not handed on (case A01). */
static bool
has_get_twin(const struct request *request, enum page page)
{
	static const char plain[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
				    "0123456789-._~=&";

	if (!request->path || !request->raw_query || page == PAGE_FORM_POST)
		return false;
	if (page == PAGE_ERROR && request->raw_query[strspn(request->raw_query, plain)] != '\0')
		return false;
	return str_equal(request->method, "GET") || str_equal(request->method, "HEAD") ||
	       page == PAGE_CHOOSER || page == PAGE_WALLET || page == PAGE_CONSENT;
}

static json_t *
language_links(struct task *task, const struct request *request, const struct page_show *show)
{
	const char *self = json_get_text(show->view, "self");
	bool is_get = request && has_get_twin(request, show->page);
	json_t *links = json_array();
	struct buf here;

	if (!is_get && !self)
		return links;
	buf_open(&here, task, 16u << 10);
	if (self)
		buf_printf(&here, "%s%c", self, strchr(self, '?') ? '&' : '?');
	else
		here_add(&here, request);
	if (!buf_text(&here))
		return links;
	for (int i = 0; i < LANGUAGE_END_; i++) {
		const struct language *language = &languages[i];
		const char *href = task_printf(task, "%slang=%s", buf_text(&here), language->code);

		json_array_append_new(
		    links, json_pack("{s:s, s:s, s:s, s:s, s:b}", "code", language->code, "name",
			       language->name, "dir", language->direction, "href", href,
			       "is_current", i == (int)language_of(task)));
	}
	return links;
}

/* The claims that are essential, or those that are not. */
static json_t *
claims_of(const json_t *view, bool is_essential)
{
	json_t *chosen = json_array(), *claim;
	size_t i;

	json_array_foreach(json_object_get(view, "claims"), i, claim) {
		if (json_get_bool(claim, "essential") == is_essential)
			json_array_append(chosen, claim);
	}
	return chosen;
}

static void
qr_add(struct task *task, json_t *common, const char *text)
{
	const char *path;
	int side;

	if (!text)
		return;
	if (qr_path(task, text, &path, &side) < 0)
		return; /* the link beside it still works */
	json_object_set_new(common, "qr", json_pack("{s:s, s:i}", "path", path, "side", side));
}

/* The beginning of the request id, which the help desk finds in the log. */
static void
error_add(struct task *task, json_t *common, const char *reason)
{
	if (reason)
		json_object_set_new(common, "reason", reason_texts(task, reason));
	if (*task->request_id)
		json_set_text(common, "code", task_short_id(task));
}

static void
page_specific_add(struct task *task, json_t *common, const struct page_show *show)
{
	if (show->page == PAGE_ERROR)
		error_add(task, common, json_get_text(show->view, "reason"));
	if (show->page == PAGE_WALLET)
		qr_add(task, common, json_get_text(show->view, "qr_text"));
	if (show->page == PAGE_CONSENT || show->page == PAGE_PURPOSE) {
		json_object_set_new(common, "essential", claims_of(show->view, true));
		json_object_set_new(common, "voluntary", claims_of(show->view, false));
	}
}

static json_t *
common_view(struct task *task, const struct request *request, const struct page_show *show)
{
	const struct settings *settings = task->rooms ? task->rooms->settings : NULL;
	const struct language *language = &languages[language_of(task)];
	json_t *common = json_object();

	json_set_text(common, "lang", language->code);
	json_set_text(common, "dir", language->direction);
	json_set_text(common, "brand", settings ? settings->gateway_name : "Dvara");
	json_set_text(common, "help", settings ? settings->gateway_help_url : NULL);
	json_object_set_new(common, "languages", language_links(task, request, show));
	page_specific_add(task, common, show);
	return common;
}
