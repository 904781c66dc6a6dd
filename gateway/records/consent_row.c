/* SPDX-License-Identifier: Apache-2.0
 *
 * Rows of the table of consents, and what they say of its state.
 */
#include "records/consent_row.h"

#include "core/task.h"
#include "records/audit.h"
#include "records/event.h"
#include "records/notice.h"

static int names_read(struct task *task, const char *text, const char *const **ret_names);

int
consent_row_read(
    struct task *task, const struct sql_rows *rows, size_t row, const struct consent **ret_consent)
{
	struct consent *consent;
	int r;

	if (row >= rows->n_rows) {
		*ret_consent = NULL;
		return 0;
	}
	consent = task_new(task, struct consent);
	*consent = (struct consent){
	    .id = sql_text(rows, row, 0),
	    .person_id = sql_text(rows, row, 1),
	    .client_id = sql_text(rows, row, 2),
	    .purpose_id = sql_text(rows, row, 3),
	    .purpose_version = sql_text(rows, row, 4),
	    .given_s = sql_int(rows, row, 8),
	    .until_s = sql_int(rows, row, 9),
	    .withdrawn_s = sql_int(rows, row, 10),
	    .notice_hash = sql_text(rows, row, 11),
	    .language = sql_text(rows, row, 12),
	    .ended_s = sql_int(rows, row, 13),
	    .is_offline = sql_int(rows, row, 14) != 0,
	    .is_once = sql_int(rows, row, 15) != 0,
	    .data_life_s = sql_int(rows, row, 16),
	    .paused_s = sql_int(rows, row, 17),
	    .end_reason = sql_text(rows, row, 18),
	    .request_id = sql_text(rows, row, 19),
	};
	r = names_read(task, sql_text(rows, row, 5), &consent->asked);
	if (r == 0)
		r = names_read(task, sql_text(rows, row, 6), &consent->allowed);
	if (r == 0)
		r = names_read(task, sql_text(rows, row, 7), &consent->resources);
	if (r < 0)
		return r;
	*ret_consent = consent;
	return 0;
}

static int
names_read(struct task *task, const char *text, const char *const **ret_names)
{
	if (names_parse(task, text, ret_names) == 0)
		return 0;
	fault_clear(task);
	return fail(task, BROKEN, "a stored consent cannot be read");
}

int
consent_row_tell(struct sql_tx *tx, const struct consent *consent, const struct consent_news *news)
{
	const struct event event = {
	    .type = news->type,
	    .client_id = consent->client_id,
	    .subject_id = consent->id,
	    .other_id = consent->request_id,
	    .status = consent_state_name(news->state),
	    .actor = news->actor,
	};
	int r = consent_row_audit(tx, consent, news);

	if (r == 0)
		r = event_add(tx, &event);
	return r < 0 ? r : notice_add(tx, consent->person_id, news->type);
}

int
consent_row_audit(struct sql_tx *tx, const struct consent *consent, const struct consent_news *news)
{
	json_auto_t *detail = json_object();

	json_set_text(detail, "consent", consent->id);
	json_set_text(detail, "purpose", consent->purpose_id);
	json_set_text(detail, "notice", consent->notice_hash);
	return audit_add(tx, &(struct audit_event){
				 .event = news->type,
				 .actor = news->actor,
				 .person_id = consent->person_id,
				 .client_id = consent->client_id,
				 .detail = detail,
			     });
}

/* What came first counts: a terminal state is never left. */
enum consent_state
consent_state(const struct consent *consent, int64_t now_s)
{
	const int64_t ended_s = consent->ended_s, withdrawn_s = consent->withdrawn_s;

	if (ended_s > 0 && ended_s < consent->until_s &&
	    (withdrawn_s == 0 || ended_s <= withdrawn_s)) {
		if (str_equal(consent->end_reason, "relinquished"))
			return CONSENT_IS_RELINQUISHED;
		if (str_equal(consent->end_reason, "consumed"))
			return CONSENT_IS_CONSUMED;
		return CONSENT_IS_SUPERSEDED;
	}
	if (withdrawn_s > 0 && withdrawn_s < consent->until_s)
		return CONSENT_IS_REVOKED;
	if (consent->until_s <= now_s)
		return CONSENT_IS_EXPIRED;
	return consent->paused_s > 0 ? CONSENT_IS_PAUSED : CONSENT_IS_ACTIVE;
}

const char *
consent_state_name(enum consent_state state)
{
	static const char *const names[CONSENT_STATE_END_] = {
	    [CONSENT_IS_ACTIVE] = "active",
	    [CONSENT_IS_PAUSED] = "paused",
	    [CONSENT_IS_CONSUMED] = "consumed",
	    [CONSENT_IS_EXPIRED] = "expired",
	    [CONSENT_IS_REVOKED] = "revoked",
	    [CONSENT_IS_RELINQUISHED] = "relinquished",
	    [CONSENT_IS_SUPERSEDED] = "superseded",
	    [CONSENT_IS_SUSPENDED] = "suspended",
	};

	return names[state];
}

bool
consent_state_is_name(const char *name)
{
	for (int state = CONSENT_IS_ACTIVE; state < CONSENT_STATE_END_; state++)
		if (str_equal(consent_state_name((enum consent_state)state), name))
			return true;
	return false;
}
