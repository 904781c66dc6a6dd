/* SPDX-License-Identifier: Apache-2.0
 *
 * Rows of the table of consents (consent.h).  For the files of this room.
 */
#ifndef RECORDS_CONSENT_ROW_H
#define RECORDS_CONSENT_ROW_H

#include "records/consent.h"
#include "store/sql.h"

/* Without what is signed, which is most of a row: consent_seals(). */
#define CONSENT_COLUMNS \
	"id, person_id, client_id, purpose_id, purpose_version, asked, allowed, resources," \
	" given_s, until_s, withdrawn_s, notice_hash, language, ended_s, is_offline, is_once," \
	" data_life_s, paused_s, end_reason, request_id"

#define CONSENT_N_COLUMNS 20

/* Neither ended nor withdrawn, and its time is not over: the time follows. */
#define CONSENT_STANDS "ended_s = 0 AND withdrawn_s = 0 AND until_s > "

/* No such row: *ret is NULL. */
int consent_row_read(
    struct task *task, const struct sql_rows *rows, size_t row, const struct consent **ret_consent);

/* What became of it: for the audit trail and its client (records/event.h), or the trail alone. */
struct consent_news {
	const char *type; /* of the event: "consent.paused", … */
	const char *actor;
	enum consent_state state; /* that it is in now */
};
int consent_row_tell(
    struct sql_tx *tx, const struct consent *consent, const struct consent_news *news);
int consent_row_audit(
    struct sql_tx *tx, const struct consent *consent, const struct consent_news *news);

#endif
