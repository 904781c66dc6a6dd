/* SPDX-License-Identifier: Apache-2.0
 *
 * GET /status/{list}: our Token Status List as a signed JWT.
 *
 * Packing and signing a million places takes a millisecond, so the token is kept until another
 * place is revoked: whoever asks afterwards is told.  Our own verifier asks SQL.
 */
#include "issue/issue.h"

#include "core/clock.h"
#include "core/settings.h"
#include "core/task.h"
#include "issue/issuer.h"
#include "jose/status_list.h"
#include "records/credential.h"

#include <stdlib.h>
#include <string.h>

#define KEEP_MS 15000
#define TTL_S   60

static int list_renew(struct task *task, struct issuer *issuer, int64_t list, int64_t n_revoked);

int
issue_status_list(struct task *task, const struct request *request, struct reply *reply)
{
	struct issuer *issuer;
	int64_t list, n_revoked;
	int r;

	r = issuer_of(task, &issuer);
	if (r < 0)
		return r;
	if (!str_to_i64(request_capture(request, "list"), 1, INT32_MAX, &list))
		return fail(task, NOT_FOUND, "there is no such status list");
	r = credential_list_revoked(task, list, &n_revoked);
	if (r < 0)
		return r;
	if (issuer->list_number != list || issuer->list_n_revoked != n_revoked ||
	    issuer->list_until_ms < clock_mono_ms()) {
		r = list_renew(task, issuer, list, n_revoked);
		if (r < 0)
			return r;
	}
	reply_header(reply, "Cache-Control", "public, max-age=1");
	return reply_text(
	    reply, 200, "application/statuslist+jwt", task_dup(task, issuer->list_jwt));
}

static int
list_renew(struct task *task, struct issuer *issuer, int64_t list, int64_t n_revoked)
{
	struct sign_as as = {.signer = issuer->signer, .typ = "statuslist+jwt", .x5c = issuer->x5c};
	const char *uri = task_printf(
	    task, "%s/status/%lld", task->rooms->settings->gateway_issuer, (long long)list);
	struct bytes bits;
	const char *jwt;
	int r;

	r = credential_list_bits(task, list, &bits);
	if (r < 0)
		return r;
	r = status_list_sign(task, &as, uri, bits, TTL_S, &jwt);
	if (r < 0)
		return r;
	free(issuer->list_jwt);
	issuer->list_jwt = strdup(jwt);
	issuer->list_number = list;
	issuer->list_n_revoked = n_revoked;
	issuer->list_until_ms = clock_mono_ms() + KEEP_MS;
	return 0;
}
