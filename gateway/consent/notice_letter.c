/* SPDX-License-Identifier: Apache-2.0
 *
 * Notices to people on their way (see notice_letter.h).  Called by records/post.c.
 */
#include "consent/notice_letter.h"

#include "consent/webhook_sign.h"
#include "core/clock.h"
#include "core/settings.h"
#include "core/task.h"
#include "http/fetch.h"
#include "records/event.h"
#include "records/person.h"

#include <inttypes.h>
#include <string.h>

/* No endpoint of a client has such an id: theirs are longer. */
static const struct webhook notices = {.id = "notice", .algorithm = WEBHOOK_V1, .n_secret = 1};

static const char *message_of(struct task *task, const struct letter *letter);
static const char *host_of(struct task *task, const char *url);

int
notice_letter_send(struct task *task, const struct letter *letter, const char **ret_result)
{
	const char *url = task->rooms->settings->account_notice_url;
	struct webhook_signing signing = {
	    .id = letter->id,
	    .timestamp = task_printf(task, "%" PRId64, clock_now_s()),
	};
	const char *signature;
	int status, r;

	if (url == NULL)
		return fail(task, GONE, "notices are turned off");
	signing.body = message_of(task, letter);
	r = webhook_sign(task, &notices, &signing, &signature);
	if (r < 0)
		return r;
	const struct pair headers[] = {
	    {"Content-Type", "application/json"},
	    {"webhook-id", signing.id},
	    {"webhook-timestamp", signing.timestamp},
	    {"webhook-signature", signature},
	};
	r = http_post(task, url, (struct pairs){headers, sizeof(headers) / sizeof(headers[0])},
	    signing.body, &status);
	if (r < 0)
		return r;
	if (status < 200 || status > 299)
		return fail(task, UPSTREAM_BROKEN, "whoever sends notices answered %d", status);
	*ret_result = task_printf(task, "%d", status);
	return 0;
}

static const char *
message_of(struct task *task, const struct letter *letter)
{
	const char *url = task->rooms->settings->account_notice_url;
	json_auto_t *content = json_object();
	int64_t at_s = letter->since_s;

	json_get_i64(letter->body, "at", &at_s);
	json_object_update(content, json_object_get(letter->body, "about"));
	json_set_text(content, "sub", person_subject(task, letter->person_id, host_of(task, url)));
	return event_message(task,
	    task_printf(task, "notice.%s", json_get_text(letter->body, "type")), at_s, content);
}

/* What a sector is where a client does not say (OpenID Connect Core section 8.1): the host, without
 * its port. */
static const char *
host_of(struct task *task, const char *url)
{
	const char *begin = strstr(url, "://") + strlen("://");
	size_t len = *begin == '[' ? strcspn(begin, "]") + 1 : strcspn(begin, ":/?");

	return task_dup_n(task, begin, len);
}

int
notice_letter_key(struct task *task, const char **ret_text)
{
	return webhook_key_text(task, &notices, notices.n_secret, ret_text);
}
