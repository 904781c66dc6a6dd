/* SPDX-License-Identifier: Apache-2.0
 *
 * POST /vp/response/{h}: the wallet's answer (OpenID4VP 1.0 section 8.2, direct_post.jwt).
 *
 * The answer is claimed after it could be decrypted and names this request's state, and before it
 * is verified: one answer, one login.  The wallet learns only that it was taken; what came of it is
 * for the browser.
 */
#include "login/wallet/wallet.h"

#include "core/clock.h"
#include "core/settings.h"
#include "core/task.h"
#include "jose/verify.h"
#include "login/wallet/verifier.h"
#include "records/audit.h"
#include "sources/source.h"

#include <string.h>

static int error_take(struct task *task, const struct request *request, struct reply *reply,
    struct presentation *presentation);
static int answer_take(struct task *task, struct reply *reply, struct presentation *presentation,
    const json_t *answer);
static int proved(struct task *task, struct presentation *presentation, const json_t *answer,
    json_t **ret_result, const char **ret_reason);
static int refuse(struct task *task, struct presentation *presentation, const char *reason);

int
wallet_response(struct task *task, const struct request *request, struct reply *reply)
{
	const char *response = request_form(request, "response");
	struct presentation *presentation;
	json_t *answer;
	int r;

	if (!task->rooms->wallet)
		return fail(task, NOT_FOUND, "wallet login is not configured");
	if (!str_equal(request->content_type, "application/x-www-form-urlencoded"))
		return fail(task, INVALID_REQUEST, "the answer is not a form");
	r = presentation_find(task, request_capture(request, "h"), &presentation);
	if (r < 0)
		return r;
	if (!presentation)
		return fail(task, INVALID_REQUEST, "no request waits for this answer");
	if (request_form(request, "error"))
		return error_take(task, request, reply, presentation);
	if (!response)
		return fail(
		    task, INVALID_REQUEST, "response is missing: an answer must be encrypted");
	r = answer_open(task, presentation, response, &answer);
	if (r < 0)
		return r;
	r = presentation_claim(task, presentation);
	if (r < 0)
		return fault_as(task, INVALID_REQUEST);
	return answer_take(task, reply, presentation, answer);
}

/* Section 8.5: a wallet may send its errors unencrypted; only one that names our state counts. */
static int
error_take(struct task *task, const struct request *request, struct reply *reply,
    struct presentation *presentation)
{
	const char *state = request_form(request, "state");
	const char *error = request_form(request, "error");
	int r;

	if (!state || !bytes_equal_secretly(BYTES_OF(state), BYTES_OF(presentation->state)))
		return fail(task, INVALID_REQUEST, "state is not this request's");
	r = presentation_claim(task, presentation);
	if (r < 0)
		return fault_as(task, INVALID_REQUEST);
	r = refuse(task, presentation,
	    str_equal(error, "access_denied") ? "access_denied" : "presentation-refused");
	if (r < 0)
		return r;
	return reply_json(reply, 200, json_keep(task, json_object()));
}

static int
answer_take(
    struct task *task, struct reply *reply, struct presentation *presentation, const json_t *answer)
{
	const char *reason = "presentation-refused", *code;
	json_t *result;
	int r;

	r = proved(task, presentation, answer, &result, &reason);
	if (r < 0) {
		struct fault why = task->fault;

		/* A store of ours that is away is not the wallet's fault, nor the end of the login.
		 */
		if (!fault_is_ours(r) || str_equal(reason, "status-unreachable")) {
			fault_clear(task);
			r = refuse(task, presentation, reason);
			if (r < 0)
				return r;
			task->fault = why;
		}
		return fault_as(task, INVALID_REQUEST);
	}
	r = presentation_answer(task, presentation, result, &code);
	if (r < 0)
		return fault_as(task, INVALID_REQUEST);
	return reply_json(reply, 200,
	    json_keep(task, json_pack("{s:s}", "redirect_uri",
				task_printf(task, "%s/vp/complete?response_code=%s",
				    task->rooms->settings->gateway_issuer, code))));
}

/* Read without verification, for the page alone: a person with an old card should hear just that.
 */
static bool
is_expired(struct task *task, const json_t *answer)
{
	const char *text = answer_presentation(answer);
	const char *end = text ? strchr(text, '~') : NULL;
	struct fault first = task->fault;
	auto_jws jws = {0};
	int64_t exp_s = 0;
	bool is = end && jws_parse(task, task_dup_n(task, text, (size_t)(end - text)), &jws) == 0 &&
		  json_get_i64(jws.claims, "exp", &exp_s) && exp_s <= clock_now_s();

	task->fault = first;
	return is;
}

/* The dead and the blocked have no credential left that stands: their page says the first cause. */
static void
life_reason(struct task *task, const char *subject, const char **ret_reason)
{
	struct fault first = task->fault;
	enum life life = 0;

	fault_clear(task);
	source_life(task, subject, &life);
	if (life == LIFE_DEAD)
		*ret_reason = "person-dead";
	else if (life == LIFE_BLOCKED)
		*ret_reason = "person-blocked";
	task->fault = first;
}

static int
proved(struct task *task, struct presentation *presentation, const json_t *answer,
    json_t **ret_result, const char **ret_reason)
{
	const char *subject_claim = task->rooms->settings->wallet_subject_claim;
	const char *subject, *device = NULL;
	auto_sdjwt sdjwt = {0};
	int r;

	r = answer_verify(task, presentation, answer, &sdjwt);
	if (r < 0) {
		if (is_expired(task, answer))
			*ret_reason = "credential-expired";
		return r;
	}
	subject = json_get_text(sdjwt.claims, subject_claim);
	if (str_is_empty(subject))
		return fail(task, INVALID_REQUEST, "the presentation lacks %s", subject_claim);
	r = status_check(task, &sdjwt, ret_reason);
	if (r < 0 && str_equal(*ret_reason, "credential-revoked"))
		life_reason(task, subject, ret_reason);
	if (r == 0)
		r = status_device(task, &sdjwt, &device);
	if (r < 0)
		return r;
	*ret_result = json_keep(task, json_pack("{s:s, s:s, s:I}", "subject", subject, "issuer",
					  sdjwt.issuer_id, "auth_time", (json_int_t)clock_now_s()));
	json_set_text(*ret_result, "device", device);
	return 0;
}

static int
refuse(struct task *task, struct presentation *presentation, const char *reason)
{
	json_t *detail = json_keep(task, json_pack("{s:s, s:s}", "way", "wallet", "why", reason));
	int r;

	r = presentation_fail(task, presentation, reason);
	if (r < 0)
		return r;
	return audit_write(
	    task, &(struct audit_event){
		      .event = "presentation.refused", .actor = "wallet", .detail = detail});
}
