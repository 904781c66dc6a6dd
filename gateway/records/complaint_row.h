/* SPDX-License-Identifier: Apache-2.0
 *
 * One complaint as it stands in SQL (see complaint.h): its columns, and what is asked of whatever
 * is written into it.  For complaint*.c.
 */
#ifndef RECORDS_COMPLAINT_ROW_H
#define RECORDS_COMPLAINT_ROW_H

#include "records/complaint.h"

struct sql_tx;

#define COMPLAINT_COLUMNS \
	"id, person_id, guardian_id, kind, about, reference, client_id, text, language, since_s," \
	" due_s, is_open, answer, answered_by, answered_s, appeal, appealed_s, last_answer," \
	" last_answered_s"

/* Fails INVALID_REQUEST: empty, or longer than COMPLAINT_TEXT_MAX. */
int complaint_text_check(struct task *task, const char *text);

/* Inside a writing step: the row of the audit trail, which never has a text: they are personal. */
int complaint_audit(
    struct sql_tx *tx, const struct complaint *complaint, const char *event, const char *actor);

enum complaint_kind complaint_kind_of(const char *name); /* COMPLAINT where it is none */

#endif
