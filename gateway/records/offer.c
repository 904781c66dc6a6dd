/* SPDX-License-Identifier: Apache-2.0
 *
 * Credential offers (see offer.h).
 *
 * "o:HASH" of the code is the number of wrong tries (one digit), the hash of code and transaction
 * code (of an offer to sign in for a "-", which is no hash), '|', the record.  "os:HASH" of an
 * issuer_state is the handle.
 */
#include "records/offer.h"

#include "core/clock.h"
#include "core/random.h"
#include "core/settings.h"
#include "core/task.h"
#include "jose/digest.h"
#include "records/fields.h"
#include "records/handle.h"
#include "store/redis.h"

#include <string.h>

#define SECONDS           1000
#define SECRET_MAX_LENGTH 128
#define NO_PROOF          "-"

struct stored {
	struct offer offer;
	const char *epoch;
};
static const struct field fields[] = {
    {"p", FIELD_TEXT, offsetof(struct stored, offer.person_id)},
    {"c", FIELD_JSON, offsetof(struct stored, offer.configurations)},
    {"s", FIELD_TEXT, offsetof(struct stored, offer.state)},
    {"i", FIELD_NUMBER, offsetof(struct stored, offer.created_s)},
    {"e", FIELD_TEXT, offsetof(struct stored, epoch)},
    {0},
};

static int offer_keep(struct task *task, struct offer *offer, const char *proof);
static const char *code_of(struct task *task, const char *handle);
static const char *proof_of(struct task *task, const char *code, const char *tx_code);
static int offer_read(struct task *task, const char *value, struct stored *ret_stored);
static bool has_expired(const struct task *task, const struct offer *offer);
static int offer_claim(
    struct task *task, const char *code, const char *tx_code, const char **ret_value);

int
offer_create(struct task *task, struct offer *offer)
{
	offer->handle = random_id(task, RANDOM_ID);
	offer->code = code_of(task, offer->handle);
	offer->tx_code = task_printf(task, "%0*u", OFFER_TX_CODE_SIZE, random_below(1000000));
	return offer_keep(task, offer, proof_of(task, offer->code, offer->tx_code));
}

int
offer_create_by_login(struct task *task, struct offer *offer)
{
	int r;

	offer->handle = random_id(task, RANDOM_ID);
	offer->code = code_of(task, offer->handle);
	offer->state = random_id(task, RANDOM_ID);
	r = offer_keep(task, offer, NO_PROOF);
	if (r < 0)
		return r;
	return redis_put(task, handle_key(task, "os", offer->state), offer->handle,
	    task->rooms->settings->issue_offer * SECONDS);
}

int
offer_person(struct task *task, const char *state, const char **ret_person_id)
{
	struct offer *offer = NULL;
	const char *handle = NULL;
	int r;

	if (!str_is_empty(state) && strlen(state) <= SECRET_MAX_LENGTH) {
		r = redis_get(task, handle_key(task, "os", state), &handle);
		if (r < 0)
			return r;
	}
	r = offer_find(task, handle, &offer);
	if (r < 0)
		return r;
	*ret_person_id = offer == NULL ? NULL : offer->person_id;
	return 0;
}

static int
offer_keep(struct task *task, struct offer *offer, const char *proof)
{
	struct stored stored;
	const char *text = NULL;
	int r;

	offer->created_s = clock_now_s();
	stored = (struct stored){.offer = *offer};
	r = handle_epoch(task, &stored.epoch);
	if (r == 0)
		r = fields_text(task, fields, &stored, &text);
	if (r < 0)
		return r;
	return redis_put(task, handle_key(task, "o", offer->code),
	    task_printf(task, "0%s|%s", proof, text), task->rooms->settings->issue_offer * SECONDS);
}

static const char *
code_of(struct task *task, const char *handle)
{
	return digest_b64u(task, task_printf(task, "dvara pre-authorized code %s", handle));
}

/* With the code, which Redis does not know, six digits cannot be searched for. */
static const char *
proof_of(struct task *task, const char *code, const char *tx_code)
{
	return digest_b64u(task, task_printf(task, "%s %s", code, tx_code));
}

int
offer_find(struct task *task, const char *handle, struct offer **ret_offer)
{
	struct stored *stored = NULL;
	const char *value = NULL, *code = NULL;
	bool is_now = false;
	int r;

	if (handle != NULL && strlen(handle) <= SECRET_MAX_LENGTH) {
		code = code_of(task, handle);
		r = redis_get(task, handle_key(task, "o", code), &value);
		if (r < 0)
			return r;
	}
	if (value != NULL) {
		stored = task_new(task, struct stored);
		r = offer_read(task, value, stored);
		if (r == 0)
			r = handle_is_now(task, stored->epoch, &is_now);
		if (r < 0)
			return r;
		stored->offer.handle = task_dup(task, handle);
		stored->offer.code = code;
		if (!is_now || has_expired(task, &stored->offer))
			stored = NULL;
	}
	*ret_offer = stored == NULL ? NULL : &stored->offer;
	return 0;
}

static int
offer_read(struct task *task, const char *value, struct stored *ret_stored)
{
	return fields_read(task, fields, strchr(value, '|') + 1, ret_stored);
}

static bool
has_expired(const struct task *task, const struct offer *offer)
{
	return clock_now_s() - offer->created_s > task->rooms->settings->issue_offer;
}

int
offer_redeem(struct task *task, const char *code, const char *tx_code, struct offer *ret_offer)
{
	struct stored stored = {0};
	const char *value, *epoch;
	int r;

	if (str_is_empty(tx_code))
		return fail(task, INVALID_REQUEST, "the offer asks for a tx_code");
	if (str_is_empty(code) || strlen(code) > SECRET_MAX_LENGTH ||
	    strlen(tx_code) > SECRET_MAX_LENGTH)
		return fail(task, INVALID_GRANT, "the pre-authorized code is none of ours");
	r = handle_epoch(task, &epoch);
	if (r < 0)
		return r;
	r = offer_claim(task, code, tx_code, &value);
	if (r < 0)
		return r;
	r = offer_read(task, value, &stored);
	if (r < 0)
		return r;
	if (!str_equal(stored.epoch, epoch))
		return fail(task, INVALID_GRANT, "the offer is from before the epoch");
	if (has_expired(task, &stored.offer))
		return fail(task, INVALID_GRANT, "the offer has expired");
	stored.offer.code = task_dup(task, code);
	*ret_offer = stored.offer;
	return 0;
}

static int
offer_claim(struct task *task, const char *code, const char *tx_code, const char **ret_value)
{
	static struct redis_script script = {
	    .source = "local v = redis.call('GET', KEYS[1])\n"
		      "if not v then return 0 end\n"
		      "if string.match(v, '^%d([^|]*)|') == ARGV[1] then\n"
		      "  redis.call('DEL', KEYS[1])\n"
		      "  return v\n"
		      "end\n"
		      "local tries = tonumber(string.sub(v, 1, 1)) + 1\n"
		      "if tries >= tonumber(ARGV[2]) then\n"
		      "  redis.call('DEL', KEYS[1])\n"
		      "else\n"
		      "  redis.call('SETRANGE', KEYS[1], 0, tries)\n"
		      "end\n"
		      "return tries",
	};
	const struct redis_call call = {
	    .keys = (const char *const[]){handle_key(task, "o", code), NULL},
	    .args = (const char *const[]){proof_of(task, code, tx_code),
		task_printf(task, "%d", OFFER_TRIES), NULL},
	};
	struct redis_answer answer;
	int r;

	r = redis_run(task, &script, &call, &answer);
	if (r < 0)
		return r;
	if (answer.text == NULL && answer.integer == 0)
		return fail(task, INVALID_GRANT, "the offer is unknown, used or has expired");
	if (answer.text == NULL)
		return fail(task, INVALID_GRANT, "the tx_code is wrong, try %d of %d",
		    (int)answer.integer, OFFER_TRIES);
	*ret_value = answer.text;
	return 0;
}
