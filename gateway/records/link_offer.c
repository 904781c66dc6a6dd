/* SPDX-License-Identifier: Apache-2.0
 *
 * Offers of links (see link_offer.h).  "dl:HASH" of the transaction is the record.
 */
#include "records/link_offer.h"

#include "core/settings.h"
#include "core/task.h"
#include "records/fields.h"
#include "records/handle.h"
#include "store/redis.h"

#define SECONDS 1000

struct stored {
	struct link link;
	bool is_accepted;
	const char *epoch;
};
static const struct field fields[] = {
    {"l", FIELD_TEXT, offsetof(struct stored, link.id)},
    {"i", FIELD_TEXT, offsetof(struct stored, link.issuer)},
    {"u", FIELD_TEXT, offsetof(struct stored, link.upstream)},
    {"y", FIELD_BOOL, offsetof(struct stored, is_accepted)},
    {"e", FIELD_TEXT, offsetof(struct stored, epoch)},
    {0},
};

static int put(struct task *task, const char *transaction_id, const struct stored *stored);
static int take(struct task *task, const char *transaction_id, struct stored **ret_stored);

int
link_offer_keep(struct task *task, const char *transaction_id, const struct link *link)
{
	struct stored stored = {.link = *link};
	int r = handle_epoch(task, &stored.epoch);

	return r < 0 ? r : put(task, transaction_id, &stored);
}

static int
put(struct task *task, const char *transaction_id, const struct stored *stored)
{
	const char *text;
	int r = fields_text(task, fields, stored, &text);

	if (r < 0)
		return r;
	return redis_put(task, handle_key(task, "dl", transaction_id), text,
	    task->rooms->settings->login_transaction * SECONDS);
}

/* *ret_stored is NULL: there is none. */
static int
take(struct task *task, const char *transaction_id, struct stored **ret_stored)
{
	struct stored *stored = NULL;
	const char *value;
	bool is_now = true;
	int r;

	r = redis_take(task, handle_key(task, "dl", transaction_id), &value);
	if (r == 0 && value != NULL) {
		stored = task_new(task, struct stored);
		r = fields_read(task, fields, value, stored);
		if (r == 0)
			r = handle_is_now(task, stored->epoch, &is_now);
		if (r == 0 && !is_now)
			stored = NULL;
	}
	if (r < 0)
		return r;
	*ret_stored = stored;
	return 0;
}

int
link_offer_accept(struct task *task, const char *transaction_id)
{
	struct stored *stored;
	int r;

	r = take(task, transaction_id, &stored);
	if (r < 0)
		return r;
	if (stored == NULL)
		return fail(task, NOT_FOUND, "nothing is there to be linked");
	stored->is_accepted = true;
	return put(task, transaction_id, stored);
}

int
link_offer_redeem(struct task *task, const char *transaction_id, const struct link *link)
{
	struct stored *stored;
	struct link whole;
	int r;

	r = take(task, transaction_id, &stored);
	if (r < 0 || stored == NULL || !stored->is_accepted)
		return r;
	whole = stored->link;
	whole.person_id = link->person_id;
	whole.acr = link->acr;
	whole.how = link->how;
	whole.device = link->device;
	r = link_make(task, &whole);
	if (r != CONFLICT)
		return r;
	fault_clear(task);
	return 0;
}
