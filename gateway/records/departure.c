/* SPDX-License-Identifier: Apache-2.0
 *
 * Departures (see departure.h).  "d:HASH" of the state is the record.
 */
#include "records/departure.h"

#include "core/clock.h"
#include "core/random.h"
#include "core/settings.h"
#include "core/task.h"
#include "records/fields.h"
#include "records/handle.h"
#include "store/redis.h"

#include <string.h>

#define SECONDS          1000
#define STATE_MAX_LENGTH 128

struct stored {
	struct departure departure;
	const char *epoch;
};
static const struct field fields[] = {
    {"t", FIELD_TEXT, offsetof(struct stored, departure.transaction_id)},
    {"b", FIELD_TEXT, offsetof(struct stored, departure.browser)},
    {"u", FIELD_TEXT, offsetof(struct stored, departure.upstream)},
    {"n", FIELD_TEXT, offsetof(struct stored, departure.nonce)},
    {"v", FIELD_TEXT, offsetof(struct stored, departure.verifier)},
    {"a", FIELD_NUMBER, offsetof(struct stored, departure.auth_since_s)},
    {"i", FIELD_NUMBER, offsetof(struct stored, departure.created_s)},
    {"e", FIELD_TEXT, offsetof(struct stored, epoch)},
    {0},
};

static bool has_expired(const struct task *task, const struct departure *departure);

int
departure_create(struct task *task, struct departure *departure)
{
	struct stored stored;
	const char *text = NULL;
	int r;

	departure->state = random_id(task, RANDOM_ID);
	departure->nonce = random_id(task, RANDOM_ID);
	departure->verifier = random_id(task, RANDOM_ID);
	departure->created_s = clock_now_s();
	stored = (struct stored){.departure = *departure};
	r = handle_epoch(task, &stored.epoch);
	if (r == 0)
		r = fields_text(task, fields, &stored, &text);
	if (r < 0)
		return r;
	return redis_put(task, handle_key(task, "d", departure->state), text,
	    task->rooms->settings->login_transaction * SECONDS);
}

int
departure_find(struct task *task, const char *state, struct departure **ret_departure)
{
	const char *value = NULL;
	struct stored *stored = NULL;
	bool is_now = false;
	int r;

	if (!str_is_empty(state) && strlen(state) <= STATE_MAX_LENGTH) {
		r = redis_get(task, handle_key(task, "d", state), &value);
		if (r < 0)
			return r;
	}
	if (value != NULL) {
		stored = task_new(task, struct stored);
		r = fields_read(task, fields, value, stored);
		if (r == 0)
			r = handle_is_now(task, stored->epoch, &is_now);
		if (r < 0)
			return r;
		stored->departure.state = task_dup(task, state);
		if (!is_now || has_expired(task, &stored->departure))
			stored = NULL;
	}
	*ret_departure = stored == NULL ? NULL : &stored->departure;
	return 0;
}

static bool
has_expired(const struct task *task, const struct departure *departure)
{
	return clock_now_s() - departure->created_s > task->rooms->settings->login_transaction;
}

int
departure_claim(struct task *task, const char *state, bool *ret_is_first)
{
	const char *value;
	int r = redis_take(task, handle_key(task, "d", state), &value);

	if (r < 0)
		return r;
	*ret_is_first = value != NULL;
	return 0;
}
