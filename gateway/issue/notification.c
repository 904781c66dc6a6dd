/* SPDX-License-Identifier: Apache-2.0
 *
 * POST /vci/notification (OpenID4VCI 1.0 section 11): what became of a credential, for the audit
 * trail; it proves nothing about storage.
 */
#include "issue/issue.h"

#include "core/random.h"
#include "core/task.h"
#include "issue/issuer.h"
#include "records/audit.h"
#include "store/redis.h"

#define NOTIFICATION_MS 600000

static int notification_audit(struct task *task, const char *person_id, const char *event);

static const char *
notification_key(struct task *task, const char *id)
{
	return task_printf(task, "notification:%s", id);
}

int
issuer_notification_open(struct task *task, const struct grant *grant, const char **ret_id)
{
	*ret_id = random_id(task, 16);
	return redis_put(task, notification_key(task, *ret_id), grant->person_id, NOTIFICATION_MS);
}

int
issue_notification(struct task *task, const struct request *request, struct reply *reply)
{
	const char *id, *event, *person_id;
	struct grant *grant;
	json_t *body;
	int r;

	r = issuer_grant(task, request, &grant);
	if (r < 0)
		return r;
	r = request_json(task, request, &body);
	if (r < 0)
		return fault_as(task, INVALID_NOTIFICATION_REQUEST);
	json_keep(task, body);
	id = json_get_text(body, "notification_id");
	event = json_get_text(body, "event");
	if (!id || !event ||
	    !str_has_word("credential_accepted credential_failure credential_deleted", event))
		return fail(task, INVALID_NOTIFICATION_REQUEST,
		    "notification_id is missing or event is not one of the three");
	r = redis_get(task, notification_key(task, id), &person_id);
	if (r < 0)
		return r;
	if (!str_equal(person_id, grant->person_id))
		return fail(
		    task, INVALID_NOTIFICATION_ID, "notification_id is not one of this token");
	r = notification_audit(task, person_id, event);
	if (r < 0)
		return r;
	return reply_empty(reply, 204);
}

static int
notification_audit(struct task *task, const char *person_id, const char *event)
{
	json_t *detail = json_keep(task, json_pack("{s:s}", "event", event));

	return audit_write(task, &(struct audit_event){.event = "credential.notified",
				     .actor = "wallet",
				     .person_id = person_id,
				     .detail = detail});
}
