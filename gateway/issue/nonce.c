/* SPDX-License-Identifier: Apache-2.0
 *
 * POST /vci/nonce (OpenID4VCI 1.0 section 7): a c_nonce that serves one credential request.
 */
#include "issue/issue.h"

#include "core/random.h"
#include "core/task.h"
#include "issue/issuer.h"
#include "jose/digest.h"
#include "store/redis.h"

#define NONCE_MS 300000

static const char *
key_of(struct task *task, const char *nonce)
{
	return task_printf(task, "c_nonce:%s", digest_b64u(task, nonce));
}

int
issue_nonce(struct task *task, const struct request *request, struct reply *reply)
{
	const char *nonce = random_id(task, RANDOM_ID);
	struct issuer *issuer;
	int r;

	(void)request;
	r = issuer_of(task, &issuer);
	if (r < 0)
		return r;
	r = redis_put(task, key_of(task, nonce), "1", NONCE_MS);
	if (r < 0)
		return r;
	return reply_json(reply, 200, json_keep(task, json_pack("{s:s}", "c_nonce", nonce)));
}

int
issuer_nonce_take(struct task *task, const char *nonce)
{
	const char *mark;
	int r;

	r = redis_take(task, key_of(task, nonce), &mark);
	if (r < 0)
		return r;
	return mark ? 0 : fail(task, INVALID_NONCE, "the nonce is unknown, used or expired");
}
