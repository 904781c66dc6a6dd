/* SPDX-License-Identifier: Apache-2.0
 *
 * Pages that refuse.
 */
#include "core/task.h"
#include "pages/page.h"
#include "pages/reason.h"

static const char *
reason_of_fault(int code)
{
	switch (code) {
	case NOT_FOUND: return "not-found";
	case METHOD_NOT_ALLOWED: return "method-not-allowed";
	case FORBIDDEN: return "forbidden";
	case CONFLICT: return "link-used";
	case GONE: return "link-expired";
	case INVALID_CLIENT:
	case UNAUTHORIZED_CLIENT: return "client-unknown";
	case INVALID_REDIRECT_URI: return "redirect-unregistered";
	case TOO_MANY_REQUESTS: return "too-many";
	case UPSTREAM_BROKEN:
	case UPSTREAM_LATE: return "service-unavailable";
	case SOURCE_AWAY: return "source-away";
	case TIMED_OUT: return "deadline";
	case STORE_AWAY:
	case STOPPING:
	case BUSY:
	case MISCONFIGURED: return "store-away";
	case BROKEN: return "internal";
	default: return "bad-request";
	}
}

static int
error_reply(struct task *task, const struct request *request, struct reply *reply, int status,
    const char *reason)
{
	json_t *view = json_keep(task, json_pack("{s:s}", "reason", reason));

	return page_reply(task, request, reply,
	    &(struct page_show){.page = PAGE_ERROR, .status = status, .view = view});
}

int
page_refuse(struct task *task, const struct request *request, struct reply *reply, int status,
    const char *reason)
{
	if (!reason_is_known(reason))
		return fail(task, BROKEN, "no texts for refusal %s", reason);
	return error_reply(task, request, reply, status, reason);
}

int
page_fault(struct reply *reply)
{
	struct task *task = reply_task(reply);
	const struct request *request = reply_request(reply);

	reply_retry_header(reply);
	return error_reply(task, request, reply, fault_status(task->fault.code),
	    reason_of_fault(task->fault.code));
}
