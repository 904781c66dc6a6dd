/* SPDX-License-Identifier: Apache-2.0
 *
 * DPoP proofs of requests to the gateway.  What needs no store is in jose/dpop.h.
 */
#include "access/proof.h"

#include "access/nonce.h"
#include "core/clock.h"
#include "core/task.h"
#include "jose/dpop.h"
#include "records/replay.h"
#include "store/redis.h"

#include <strings.h>

static int header_find(struct task *task, const struct request *request, const char **ret_compact);
static int claim_once(struct task *task, const struct dpop_proof *proof);

int
proof_check(
    struct task *task, const struct request *request, const char *token, const char **ret_jkt)
{
	const struct dpop_expect expect = {
	    .method = request->method,
	    .base = request->base,
	    .path = request->path,
	    .token = token,
	};
	const char *compact = NULL;
	struct dpop_proof proof;
	int r;

	r = header_find(task, request, &compact);
	if (r < 0)
		return r;
	if (compact == NULL) {
		*ret_jkt = NULL;
		return 0;
	}
	r = dpop_open(task, compact, &expect, &proof);
	if (r < 0)
		return r;
	r = nonce_check(task, proof.nonce);
	if (r < 0)
		return r;
	r = claim_once(task, &proof);
	if (r < 0)
		return r;
	*ret_jkt = proof.jkt;
	return 0;
}

static int
header_find(struct task *task, const struct request *request, const char **ret_compact)
{
	size_t i, n = 0;

	for (i = 0; i < request->headers.n; i++) {
		if (strcasecmp(request->headers.at[i].name, "DPoP") != 0)
			continue;
		*ret_compact = request->headers.at[i].value;
		n++;
	}
	return n > 1 ? fail(task, INVALID_DPOP_PROOF, "the header DPoP stands twice") : 0;
}

/* By key, so that nobody uses up another's jti.  A nonce is of this epoch, so a proof that holds
 * one cannot have been used before it; of others iat tells, and the next one will have a nonce. */
static int
claim_once(struct task *task, const struct dpop_proof *proof)
{
	const char *id = task_printf(task, "%s %s", proof->jkt, proof->jti);
	int64_t ttl_s = proof->iat_s + DPOP_AGE_S - clock_now_s() + 1;
	int64_t issued_s = proof->nonce == NULL ? proof->iat_s : INT64_MAX;
	struct redis_epoch epoch;
	bool is_first;
	int r;

	r = redis_epoch(task, &epoch);
	if (r < 0)
		return r;
	if (issued_s <= epoch.start_s)
		return nonce_ask(task, "DPoP: iat is before the epoch, a nonce is needed");
	r = replay_claim(task, "dpop", id, issued_s, ttl_s, &is_first);
	if (r < 0)
		return r;
	if (!is_first)
		return fail(task, INVALID_DPOP_PROOF, "DPoP: jti was used before");
	return 0;
}
