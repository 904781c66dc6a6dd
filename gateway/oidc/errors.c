/* SPDX-License-Identifier: Apache-2.0
 *
 * GET /errors and /errors/{error}: plain text for developers, where error_uri leads (RFC 6749
 * sections 4.1.2.1 and 5.2).
 */
#include "oidc/oidc.h"

#include "core/buf.h"
#include "core/task.h"
#include "oidc/errors.h"

#include <ctype.h>
#include <string.h>

#define FRESH          "public, max-age=3600"
#define TEXT           "text/plain; charset=utf-8"
#define TEXT_MAX_BYTES (32u << 10)

static void lesson_add(struct buf *text, const struct lesson *lesson);
static void id_add(struct buf *text, const char *id);
static bool is_id(const char *id);

int
oidc_errors(struct task *task, const struct request *request, struct reply *reply)
{
	const struct lesson *lesson;
	struct buf text;

	(void)request;
	buf_open(&text, task, TEXT_MAX_BYTES);
	for (size_t i = 0; (lesson = lesson_at(i)) != NULL; i++)
		lesson_add(&text, lesson);
	reply_header(reply, "Cache-Control", FRESH);
	return reply_text(reply, 200, TEXT, buf_text(&text));
}

int
oidc_error(struct task *task, const struct request *request, struct reply *reply)
{
	const struct lesson *lesson = lesson_find(request_capture(request, "error"));
	struct buf text;

	if (lesson == NULL)
		return fail(task, NOT_FOUND, "there is no error of this name");
	buf_open(&text, task, TEXT_MAX_BYTES);
	lesson_add(&text, lesson);
	id_add(&text, request_query(request, "id"));
	buf_text_add(&text, "All errors: /errors\n");
	reply_header(reply, "Cache-Control", FRESH);
	return reply_text(reply, 200, TEXT, buf_text(&text));
}

static void
lesson_add(struct buf *text, const struct lesson *lesson)
{
	buf_printf(
	    text, "%s\n  %s\n  To mend it: %s\n\n", lesson->error, lesson->meaning, lesson->mend);
}

static void
id_add(struct buf *text, const char *id)
{
	if (is_id(id))
		buf_printf(text,
		    "Error %s: the log of the gateway has it, with the reason; tell it to the "
		    "operator if this text does not help.\n\n",
		    id);
}

/* What is shown again is hex digits, nothing else. */
static bool
is_id(const char *id)
{
	return id != NULL && strlen(id) == TASK_SHORT_ID_LETTERS &&
	       strspn(id, "0123456789abcdef") == TASK_SHORT_ID_LETTERS;
}
