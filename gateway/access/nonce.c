/* SPDX-License-Identifier: Apache-2.0
 *
 * Nonces for DPoP proofs (see nonce.h).  Called by proof.c.
 */
#include "access/nonce.h"

#include "core/clock.h"
#include "core/settings.h"
#include "core/task.h"
#include "jose/digest.h"
#include "store/redis.h"

#include <string.h>

#define TIME_BYTES 8
#define MAC_BYTES  16
#define AHEAD_S    10 /* another process's clock */

/* What a nonce is before base64url. */
struct content {
	uint8_t bytes[TIME_BYTES + MAC_BYTES];
};

static const char *make(struct task *task, const struct redis_epoch *epoch);
static struct content content_of(
    struct task *task, const struct redis_epoch *epoch, int64_t time_s);
static bool age_read(
    struct task *task, const struct redis_epoch *epoch, const char *nonce, int64_t *ret_age_s);

int
nonce_check(struct task *task, const char *nonce)
{
	struct redis_epoch epoch;
	int64_t age_s = 0;
	bool is_ours;
	int r;

	if (nonce == NULL && !task->rooms->settings->tokens_dpop_nonce)
		return 0;
	r = redis_epoch(task, &epoch);
	if (r < 0)
		return r;
	is_ours = nonce != NULL && age_read(task, &epoch, nonce, &age_s);
	if (!is_ours || age_s > NONCE_LIFE_S / 2)
		task->dpop_nonce = make(task, &epoch);
	if (!is_ours || age_s > NONCE_LIFE_S)
		return fail(task, USE_DPOP_NONCE, "DPoP: nonce is %s",
		    nonce == NULL ? "missing" : "none of ours, or too old");
	return 0;
}

int
nonce_ask(struct task *task, const char *why)
{
	struct redis_epoch epoch;
	int r;

	r = redis_epoch(task, &epoch);
	if (r < 0)
		return r;
	task->dpop_nonce = make(task, &epoch);
	return fail(task, USE_DPOP_NONCE, "%s", why);
}

static const char *
make(struct task *task, const struct redis_epoch *epoch)
{
	struct content content = content_of(task, epoch, clock_now_s());

	return b64u_encode(task, (struct bytes){content.bytes, sizeof(content.bytes)});
}

static struct content
content_of(struct task *task, const struct redis_epoch *epoch, int64_t time_s)
{
	const char *input = task_printf(task, "dpop-nonce %lld", (long long)time_s);
	uint8_t mac[DIGEST_BYTES];
	struct content content;

	for (size_t i = 0; i < TIME_BYTES; i++)
		content.bytes[i] = (uint8_t)((uint64_t)time_s >> (8 * (TIME_BYTES - 1 - i)));
	digest_hmac(BYTES_OF(epoch->id), BYTES_OF(input), mac);
	memcpy(content.bytes + TIME_BYTES, mac, MAC_BYTES);
	return content;
}

/* False: none of ours. */
static bool
age_read(struct task *task, const struct redis_epoch *epoch, const char *nonce, int64_t *ret_age_s)
{
	struct content right;
	struct bytes shown;
	uint64_t time_s = 0;

	if (!b64u_decode(task, nonce, strlen(nonce), &shown) || shown.len != sizeof(right.bytes))
		return false;
	for (size_t i = 0; i < TIME_BYTES; i++)
		time_s = time_s << 8 | shown.at[i];
	if (time_s > INT64_MAX / 2)
		return false;
	right = content_of(task, epoch, (int64_t)time_s);
	*ret_age_s = clock_now_s() - (int64_t)time_s;
	return *ret_age_s >= -AHEAD_S &&
	       bytes_equal_secretly(shown, (struct bytes){right.bytes, sizeof(right.bytes)});
}
