/* SPDX-License-Identifier: Apache-2.0
 *
 * Transactions (see transaction.h).
 *
 * "x:HASH" is the digit of the step, then the record: a step compares the digit and writes the
 * whole record anew.
 */
#include "records/transaction.h"

#include "core/clock.h"
#include "core/random.h"
#include "core/settings.h"
#include "core/task.h"
#include "records/fields.h"
#include "records/handle.h"
#include "records/rate.h"
#include "store/redis.h"

#include <string.h>

#define SECONDS        1000
#define ID_MAX_LENGTH  128
#define COUNT_WINDOW_S 60

struct stored {
	struct transaction transaction;
	const char *epoch;
};
#define TRANSACTION(name, type, member) \
	{ \
		name, type, offsetof(struct stored, transaction.member) \
	}
static const struct field fields[] = {
    TRANSACTION("b", FIELD_TEXT, browser),
    TRANSACTION("r", FIELD_JSON, request),
    TRANSACTION("c", FIELD_TEXT, client_id),
    TRANSACTION("o", FIELD_TEXT, onward),
    TRANSACTION("l", FIELD_TEXT, ui_locales),
    TRANSACTION("p", FIELD_TEXT, person_id),
    TRANSACTION("s", FIELD_TEXT, session_id),
    TRANSACTION("v", FIELD_TEXT, device),
    TRANSACTION("a", FIELD_TEXT, acr),
    TRANSACTION("m", FIELD_NAMES, amr),
    TRANSACTION("t", FIELD_NUMBER, auth_time_s),
    TRANSACTION("d", FIELD_TEXT, decision),
    TRANSACTION("n", FIELD_TEXT, consent_id),
    TRANSACTION("f", FIELD_TEXT, refusal),
    TRANSACTION("i", FIELD_NUMBER, created_s),
    {"e", FIELD_TEXT, offsetof(struct stored, epoch)},
    {0},
};

static int transaction_text(struct task *task, const struct transaction *transaction,
    enum step step, const char **ret_text);
static int transaction_read(struct task *task, const char *value, struct stored *ret_stored);
static bool is_of(const struct transaction *transaction, const char *browser);
static bool has_expired(const struct task *task, const struct transaction *transaction);

int
transaction_count(struct task *task, const char *address)
{
	const struct rate rate = {
	    "transaction", address, task->rooms->settings->login_per_minute, COUNT_WINDOW_S};

	return rate.max == 0 ? 0 : rate_claim(task, &rate);
}

int
transaction_create(struct task *task, struct transaction *transaction)
{
	const char *text;
	int r;

	transaction->id = random_id(task, RANDOM_ID);
	transaction->created_s = clock_now_s();
	if (transaction->step == 0)
		transaction->step = STEP_LOGIN;
	r = transaction_text(task, transaction, transaction->step, &text);
	if (r < 0)
		return r;
	return redis_put(task, handle_key(task, "x", transaction->id), text,
	    task->rooms->settings->login_transaction * SECONDS);
}

static int
transaction_text(
    struct task *task, const struct transaction *transaction, enum step step, const char **ret_text)
{
	struct stored stored = {.transaction = *transaction};
	const char *text = NULL;
	int r;

	r = handle_epoch(task, &stored.epoch);
	if (r == 0)
		r = fields_text(task, fields, &stored, &text);
	if (r < 0)
		return r;
	*ret_text = task_printf(task, "%d%s", (int)step, text);
	return 0;
}

int
transaction_find(
    struct task *task, const char *id, const char *browser, struct transaction **ret_transaction)
{
	const char *value = NULL;
	struct stored *stored = NULL;
	bool is_now = false;
	int r;

	if (!str_is_empty(id) && strlen(id) <= ID_MAX_LENGTH) {
		r = redis_get(task, handle_key(task, "x", id), &value);
		if (r < 0)
			return r;
	}
	if (value != NULL) {
		stored = task_new(task, struct stored);
		r = transaction_read(task, value, stored);
		if (r == 0)
			r = handle_is_now(task, stored->epoch, &is_now);
		if (r < 0)
			return r;
		stored->transaction.id = task_dup(task, id);
		if (!is_now || !is_of(&stored->transaction, browser) ||
		    has_expired(task, &stored->transaction))
			stored = NULL;
	}
	*ret_transaction = stored == NULL ? NULL : &stored->transaction;
	return 0;
}

static int
transaction_read(struct task *task, const char *value, struct stored *ret_stored)
{
	int r;

	r = fields_read(task, fields, value + 1, ret_stored);
	if (r < 0)
		return r;
	ret_stored->transaction.step = (enum step)(value[0] - '0');
	return 0;
}

static bool
is_of(const struct transaction *transaction, const char *browser)
{
	return browser != NULL && transaction->browser != NULL &&
	       bytes_equal_secretly(BYTES_OF(transaction->browser), BYTES_OF(browser));
}

static bool
has_expired(const struct task *task, const struct transaction *transaction)
{
	return clock_now_s() - transaction->created_s > task->rooms->settings->login_transaction;
}

int
transaction_step(struct task *task, struct transaction *transaction, enum step from, enum step to)
{
	static struct redis_script script = {
	    .source = "local v = redis.call('GET', KEYS[1])\n"
		      "if not v or string.sub(v, 1, 1) ~= ARGV[1] then return 0 end\n"
		      "redis.call('SET', KEYS[1], ARGV[2], 'KEEPTTL')\n"
		      "return 1",
	};
	struct redis_answer answer;
	const char *text;
	int r;

	r = transaction_text(task, transaction, to, &text);
	if (r < 0)
		return r;
	const struct redis_call call = {
	    .keys = (const char *const[]){handle_key(task, "x", transaction->id), NULL},
	    .args = (const char *const[]){task_printf(task, "%d", (int)from), text, NULL},
	};
	r = redis_run(task, &script, &call, &answer);
	if (r < 0)
		return r;
	if (answer.integer != 1)
		return fail(task, CONFLICT, "the transaction does not stand at step %d", (int)from);
	transaction->step = to;
	return 0;
}
