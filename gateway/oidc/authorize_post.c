/* SPDX-License-Identifier: Apache-2.0
 *
 * POST /authorize.  The form comes from a page of the client: with SameSite=Lax (RFC 6265bis
 * section 5.5) our cookies stay away from it, and it would begin a second browser that puts out the
 * first, with its session and its open tabs.  So the browser is sent to ask the same by GET, to
 * which it brings them.
 */
#include "oidc/oidc.h"

#include "access/browser.h"
#include "core/task.h"

#include <string.h>

#define QUERY_MAX_BYTES 6144 /* servers before us take 8 KB for a whole first line */

static const char *query_of(struct task *task, const struct request *request);

int
oidc_authorize_post(struct task *task, const struct request *request, struct reply *reply)
{
	const char *query = query_of(task, request);
	struct browser browser;

	if (query == NULL || browser_known(task, request, &browser))
		return oidc_authorize(task, request, reply);
	return reply_redirect(reply, task_printf(task, "/authorize?%s", query));
}

/* The form as it came, which is written as a query is; NULL: it cannot be one. */
static const char *
query_of(struct task *task, const struct request *request)
{
	const char *text;

	if (request->form.n == 0 || request->body.len > QUERY_MAX_BYTES)
		return NULL;
	text = task_dup_n(task, (const char *)request->body.at, request->body.len);
	return str_is_printable_ascii(text) && strpbrk(text, " #") == NULL ? text : NULL;
}
