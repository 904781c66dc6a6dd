/* SPDX-License-Identifier: Apache-2.0
 *
 * GET /vp/status/{tx}: how far a presentation is, for the script of the page that waits.  Held back
 * until something has happened, at most a few seconds; tells nothing but how far it is.
 *
 * While no wallet has begun it also renews the QR (qr=1), so that a picture of it is of no use
 * soon, and the link (link=1), which would end with its life.
 */
#include "login/wallet/wallet.h"

#include "access/browser.h"
#include "core/clock.h"
#include "core/fiber.h"
#include "core/settings.h"
#include "core/task.h"
#include "login/wallet/link.h"
#include "pages/qr.h"
#include "records/presentation.h"
#include "records/rate.h"

#define SECONDS      1000
#define HOLD_MS      8000 /* within the deadline of a request */
#define LOOK_MS      500
#define STATUS_PER_S 5

static int stage_wait(struct task *task, const struct request *request, const char *browser,
    const struct presentation **ret_presentation);
static int64_t hold_ms(struct task *task, const struct request *request);
static const char *stage_name(const struct presentation *presentation);
static int qr_renew(struct task *task, const char *tx, json_t *answer);
static int link_renew(struct task *task, const char *tx, json_t *answer);

int
wallet_status(struct task *task, const struct request *request, struct reply *reply)
{
	const char *tx = request_capture(request, "tx");
	json_t *answer = json_keep(task, json_object());
	const struct presentation *presentation;
	struct browser browser;
	int r;

	if (!browser_known(task, request, &browser))
		return fail(task, FORBIDDEN, "this browser did not begin the login");
	r = rate_claim(
	    task, &(struct rate){.kind = "status", .who = tx, .max = STATUS_PER_S, .window_s = 1});
	if (r < 0)
		return r;
	r = stage_wait(task, request, browser.hash, &presentation);
	if (r < 0)
		return r;
	json_set_text(answer, "status", stage_name(presentation));
	if (str_equal(stage_name(presentation), "waiting")) {
		if (request_query(request, "qr"))
			r = qr_renew(task, tx, answer);
		if (r == 0 && request_query(request, "link"))
			r = link_renew(task, tx, answer);
		/* A wallet has begun just now, or there is no QR: the next poll says so. */
		if (r == CONFLICT)
			fault_clear(task);
		else if (r < 0)
			return r;
	}
	return reply_json(reply, 200, answer);
}

static int
stage_wait(struct task *task, const struct request *request, const char *browser,
    const struct presentation **ret_presentation)
{
	const char *tx = request_capture(request, "tx"), *since = request_query(request, "since");
	int64_t until_ms = clock_mono_ms() + hold_ms(task, request);
	struct presentation *presentation;
	int r;

	for (;;) {
		r = presentation_look(task, tx, browser, &presentation);
		if (r < 0)
			return r;
		if (!str_equal(since, stage_name(presentation)) || clock_mono_ms() >= until_ms)
			break;
		r = fiber_sleep(task, LOOK_MS);
		if (r < 0)
			return r;
	}
	*ret_presentation = presentation;
	return 0;
}

static int64_t
hold_ms(struct task *task, const struct request *request)
{
	int64_t renew_ms = task->rooms->settings->wallet_renew * SECONDS;

	return request_query(request, "qr") && renew_ms > 0 && renew_ms < HOLD_MS ? renew_ms
										  : HOLD_MS;
}

static const char *
stage_name(const struct presentation *presentation)
{
	switch (presentation->stage) {
	case PRESENTATION_WAITING: return presentation->way ? "scanned" : "waiting";
	case PRESENTATION_CLAIMED: return "scanned";
	case PRESENTATION_ANSWERED: return "answered";
	case PRESENTATION_DONE: return "done";
	case PRESENTATION_FAILED: return "failed";
	}
	return "failed";
}

static int
qr_renew(struct task *task, const char *tx, json_t *answer)
{
	const char *handle, *uri, *path;
	int r, side;

	if (task->rooms->settings->wallet_renew == 0)
		return 0;
	r = presentation_renew(task, tx, PRESENTATION_CROSS_DEVICE, &handle);
	if (r < 0)
		return r;
	uri = link_of_qr(task, handle);
	r = qr_path(task, uri, &path, &side);
	if (r < 0)
		return r;
	json_object_set_new(
	    answer, "qr", json_pack("{s:s, s:s, s:i}", "uri", uri, "path", path, "side", side));
	return 0;
}

static int
link_renew(struct task *task, const char *tx, json_t *answer)
{
	const char *handle;
	int r;

	r = presentation_renew(task, tx, PRESENTATION_SAME_DEVICE, &handle);
	if (r < 0)
		return r;
	link_add(task, handle, answer);
	return 0;
}
