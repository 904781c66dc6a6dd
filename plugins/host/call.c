/* SPDX-License-Identifier: Apache-2.0
 *
 * One call: who is it, then handle() on the plugin's own thread, then its answer, which is held
 * against what an answer may be before a byte of it leaves.
 */
#include "host.h"

#include "core/offload.h"

#include <string.h>

#define ANSWER_MAX_BYTES (1u << 20)

struct handling {
	struct dvara_request *request;
	struct dvara_answer answer;
	int result;
};

static int answer_check(struct task *task, struct dvara_answer *answer);
static int result_fault(struct task *task, int result);

static void
handle(void *arg)
{
	struct handling *handling = arg;

	handling->result =
	    host_seat.service->handle(host_seat.self, handling->request, &handling->answer);
}

int
host_call(struct task *task, const struct request *request, struct reply *reply)
{
	struct dvara_request lent = {.task = task, .http = request, .language = task->language};
	struct dvara_answer answer = {0};
	int r;

	r = host_caller(&host_seat, &lent);
	if (r == 0)
		r = host_handle(&lent, &answer);
	if (r < 0)
		return r;
	return reply_bytes(reply, answer.status, answer.content_type,
	    (struct bytes){(const uint8_t *)answer.body, answer.body_bytes});
}

int
host_handle(struct dvara_request *request, struct dvara_answer *ret_answer)
{
	struct handling handling = {.request = request};
	int r;

	r = offload(request->task, handle, &handling);
	if (r < 0)
		return r;
	if (handling.result != DVARA_OK)
		return result_fault(request->task, handling.result);
	r = answer_check(request->task, &handling.answer);
	if (r == 0)
		*ret_answer = handling.answer;
	return r;
}

static int
result_fault(struct task *task, int result)
{
	switch (result) {
	case DVARA_EINPUT:
		return fail(task, BAD_REQUEST, "the service does not understand the call");
	case DVARA_EDENIED: return fail(task, FORBIDDEN, "the service refuses the call");
	case DVARA_ENOTFOUND: return fail(task, NOT_FOUND, "the service has nothing there");
	case DVARA_ECONFLICT:
		return fail(task, CONFLICT, "what is there already stands against the call");
	case DVARA_EUPSTREAM: return fail(task, BUSY, "something the service needs is away");
	default: return fail(task, BROKEN, "handle() returned %d", result);
	}
}

static int
answer_check(struct task *task, struct dvara_answer *answer)
{
	if (!answer->status)
		answer->status = 200;
	if (!answer->content_type)
		answer->content_type = "application/json";
	if (answer->body && !answer->body_bytes)
		answer->body_bytes = strlen(answer->body);
	if (answer->status < 200 || answer->status > 599 ||
	    !str_is_printable_ascii(answer->content_type))
		return fail(task, BROKEN, "the plugin's status or content type is none");
	if (answer->body_bytes > ANSWER_MAX_BYTES)
		return fail(
		    task, BROKEN, "the plugin's answer is longer than %u bytes", ANSWER_MAX_BYTES);
	return 0;
}
