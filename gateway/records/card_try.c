/* SPDX-License-Identifier: Apache-2.0
 *
 * Card logins under way (see card_try.h).
 *
 * "ch:HASH" of a handle is a try; "cl:BROWSER" the transaction of the browser's last one; "cn:
 * BROWSER" its challenge; "cp:HASH" of a code what was proved.
 */
#include "records/card_try.h"

#include "core/clock.h"
#include "core/random.h"
#include "core/settings.h"
#include "core/task.h"
#include "records/fields.h"
#include "records/handle.h"
#include "store/redis.h"

#include <stdlib.h>
#include <string.h>

#define SECONDS           1000
#define NONCE_BYTES       32 /* Web eID: 44 letters of base64 at least */
#define PROVED_S          60
#define SECRET_MAX_LENGTH 128

struct kept {
	struct card_proved proved;
	const char *nonce, *epoch;
};
static const struct field fields[] = {
    {"t", FIELD_TEXT, offsetof(struct kept, proved.attempt.transaction_id)},
    {"b", FIELD_TEXT, offsetof(struct kept, proved.attempt.browser)},
    {"k", FIELD_TEXT, offsetof(struct kept, proved.register_key)},
    {"a", FIELD_TEXT, offsetof(struct kept, proved.acr)},
    {"v", FIELD_TEXT, offsetof(struct kept, proved.evidence)},
    {"s", FIELD_NUMBER, offsetof(struct kept, proved.at_s)},
    {"n", FIELD_TEXT, offsetof(struct kept, nonce)},
    {"e", FIELD_TEXT, offsetof(struct kept, epoch)},
    {0},
};

static int kept_put(struct task *task, const char *key, struct kept *kept, int64_t life_s);
static int kept_read(struct task *task, const char *value, struct kept **ret_kept);
static bool is_secret(const char *text);

int
card_try_handle(struct task *task, const struct card_try *attempt, const char **ret_handle)
{
	struct kept kept = {.proved.attempt = *attempt};
	const char *handle = random_id(task, RANDOM_ID);
	int r;

	r = kept_put(
	    task, handle_key(task, "ch", handle), &kept, task->rooms->settings->login_transaction);
	if (r < 0)
		return r;
	*ret_handle = handle;
	return 0;
}

int
card_try_find(struct task *task, const char *handle, struct card_try **ret_try)
{
	const char *value = NULL;
	struct kept *kept = NULL;
	int r = 0;

	if (is_secret(handle))
		r = redis_get(task, handle_key(task, "ch", handle), &value);
	if (r == 0)
		r = kept_read(task, value, &kept);
	if (r < 0)
		return r;
	*ret_try = kept != NULL ? &kept->proved.attempt : NULL;
	return 0;
}

int
card_try_note(struct task *task, const struct card_try *attempt)
{
	return redis_put(task, task_printf(task, "cl:%s", attempt->browser),
	    attempt->transaction_id, task->rooms->settings->login_transaction * SECONDS);
}

int
card_try_last(struct task *task, const char *browser, const char **ret_transaction_id)
{
	return redis_get(task, task_printf(task, "cl:%s", browser), ret_transaction_id);
}

int
card_try_challenge(struct task *task, const struct card_try *attempt, const char **ret_nonce)
{
	struct kept kept = {.proved = {.attempt = *attempt, .at_s = clock_now_s()}};
	uint8_t *nonce = task_alloc(task, NONCE_BYTES);
	int r;

	random_bytes(nonce, NONCE_BYTES);
	kept.nonce = b64_encode(task, (struct bytes){nonce, NONCE_BYTES});
	r = kept_put(task, task_printf(task, "cn:%s", attempt->browser), &kept,
	    task->rooms->settings->card_challenge);
	if (r < 0)
		return r;
	*ret_nonce = kept.nonce;
	return 0;
}

int
card_try_claim(
    struct task *task, const char *browser, const char **ret_nonce, struct card_try *ret_try)
{
	const char *value;
	struct kept *kept = NULL;
	int r;

	r = redis_take(task, task_printf(task, "cn:%s", browser), &value);
	if (r == 0)
		r = kept_read(task, value, &kept);
	if (r < 0)
		return r;
	*ret_nonce = NULL;
	if (kept == NULL ||
	    clock_now_s() - kept->proved.at_s > task->rooms->settings->card_challenge)
		return 0;
	*ret_nonce = kept->nonce;
	*ret_try = kept->proved.attempt;
	return 0;
}

int
card_try_keep(struct task *task, const struct card_proved *proved, const char **ret_code)
{
	struct kept kept = {.proved = *proved};
	const char *code = random_id(task, RANDOM_ID);
	int r;

	r = kept_put(task, handle_key(task, "cp", code), &kept, PROVED_S);
	if (r < 0)
		return r;
	*ret_code = code;
	return 0;
}

int
card_try_take(
    struct task *task, const char *code, const char *browser, struct card_proved **ret_proved)
{
	const char *value = NULL;
	struct kept *kept = NULL;
	int r = 0;

	if (is_secret(code))
		r = redis_take(task, handle_key(task, "cp", code), &value);
	if (r == 0)
		r = kept_read(task, value, &kept);
	if (r < 0)
		return r;
	*ret_proved =
	    kept != NULL && str_equal(kept->proved.attempt.browser, browser) ? &kept->proved : NULL;
	return 0;
}

static int
kept_put(struct task *task, const char *key, struct kept *kept, int64_t life_s)
{
	const char *text = NULL;
	int r;

	r = handle_epoch(task, &kept->epoch);
	if (r == 0)
		r = fields_text(task, fields, kept, &text);
	if (r < 0)
		return r;
	return redis_put(task, key, text, life_s * SECONDS);
}

static int
kept_read(struct task *task, const char *value, struct kept **ret_kept)
{
	struct kept *kept = task_new(task, struct kept);
	bool is_now = false;
	int r;

	*ret_kept = NULL;
	if (value == NULL)
		return 0;
	r = fields_read(task, fields, value, kept);
	if (r == 0)
		r = handle_is_now(task, kept->epoch, &is_now);
	if (r < 0)
		return r;
	if (is_now)
		*ret_kept = kept;
	return 0;
}

static bool
is_secret(const char *text)
{
	return !str_is_empty(text) && strlen(text) <= SECRET_MAX_LENGTH;
}
