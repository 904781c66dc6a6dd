/* SPDX-License-Identifier: Apache-2.0
 *
 * Answers with a page, and chooses its language.
 */
#include "pages/page.h"

#include "core/clock.h"
#include "core/random.h"
#include "core/settings.h"
#include "core/task.h"
#include "pages/language.h"

#include <string.h>

#define NONCE_BYTES      16
#define LANGUAGE_FRESH_S (30 * 60)

int
page_reply(struct task *task, const struct request *request, struct reply *reply,
    const struct page_show *show)
{
	const char *nonce = random_id(task, NONCE_BYTES);
	const char *html;

	/* The handler may have failed before it chose one; if it chose, it knew more. */
	if (!language_is_chosen(task))
		page_language(task, request, reply, NULL);
	html = page_html(task, request, show, nonce);
	if (!html)
		return fail(task, BROKEN, "page %d is too long", (int)show->page);
	reply_may_frame(reply, show->frame_sources);
	return reply_page(
	    reply, show->status ? show->status : 200, html, nonce, show->form_targets);
}

/* km.1795312345: chosen by the person, and when.  A choice younger than a sign-in lasts wins over
 * what the service asked for, or the switch would seem broken on the next page. */
static int
cookie_language(const char *cookie, bool *ret_is_fresh)
{
	size_t len = cookie ? strcspn(cookie, ".") : 0;
	int64_t at_s;

	*ret_is_fresh = false;
	if (len == 0)
		return -1;
	if (cookie[len] == '.' && str_to_i64(cookie + len + 1, 0, INT64_MAX, &at_s))
		*ret_is_fresh = clock_now_s() - at_s < LANGUAGE_FRESH_S;
	return language_find(cookie, len);
}

/* The language of ?lang=, also where the door refused the request before it read the query. */
static int
asked_language(const struct request *request)
{
	const char *query = request->raw_query ? request->raw_query : "";

	while (*query) {
		size_t len = strcspn(query, "&");

		if (len > 5 && strncmp(query, "lang=", 5) == 0)
			return language_find(query + 5, len - 5);
		query += len + (query[len] == '&');
	}
	return -1;
}

static void
cookie_set(struct task *task, struct reply *reply, int language)
{
	const char *value =
	    task_printf(task, "%s.%lld", languages[language].code, (long long)clock_now_s());

	reply_cookie(reply, PAGE_LANGUAGE_COOKIE, value, PAGE_LANGUAGE_S);
}

void
page_language(
    struct task *task, const struct request *request, struct reply *reply, const char *ui_locales)
{
	const struct settings *settings = task->rooms ? task->rooms->settings : NULL;
	const char *accept = request_header(request, "Accept-Language");
	bool is_fresh;
	int chosen =
	    cookie_language(request_cookie(task, request, PAGE_LANGUAGE_COOKIE), &is_fresh);
	int found = asked_language(request);

	if (found >= 0)
		cookie_set(task, reply, found);
	if (found < 0 && is_fresh)
		found = chosen;
	if (found < 0 && ui_locales)
		found = language_accept(ui_locales, ' ');
	if (found < 0)
		found = chosen;
	if (found < 0 && accept)
		found = language_accept(accept, ',');
	if (found < 0 && settings)
		found =
		    language_find(settings->gateway_language, strlen(settings->gateway_language));
	language_choose(task, found < 0 ? LANGUAGE_EN : (enum language_id)found);
}
