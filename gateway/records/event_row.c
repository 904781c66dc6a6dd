/* SPDX-License-Identifier: Apache-2.0
 *
 * Rows of events (see event_row.h).
 */
#include "records/event_row.h"

#include "core/json.h"
#include "core/task.h"
#include "jose/digest.h"

struct event_row
event_row_of(const struct sql_rows *rows, size_t i)
{
	return (struct event_row){
	    .client_id = sql_text(rows, i, 0),
	    .seq = sql_int(rows, i, 1),
	    .id = sql_text(rows, i, 2),
	    .at_s = sql_int(rows, i, 3),
	    .type = sql_text(rows, i, 4),
	    .subject_id = sql_text(rows, i, 5),
	    .other_id = sql_text(rows, i, 6),
	    .status = sql_text(rows, i, 7),
	    .actor = sql_text(rows, i, 8),
	    .previous = sql_text(rows, i, 9),
	    .hash = sql_text(rows, i, 10),
	    .service_id = sql_text(rows, i, 11),
	    .reference = sql_text(rows, i, 12),
	};
}

const char *
event_row_hash(struct task *task, const struct event_row *row)
{
	json_auto_t *columns = json_pack("[s, s, I, I, s, s, s, s?, s, s]", row->previous,
	    row->client_id, (json_int_t)row->seq, (json_int_t)row->at_s, row->id, row->type,
	    row->subject_id, row->other_id, row->status, row->actor);

	if (row->service_id != NULL) {
		json_array_append_new(columns, json_string(row->service_id));
		json_array_append_new(
		    columns, row->reference == NULL ? json_null() : json_string(row->reference));
	}
	return digest_b64u(task, json_text(task, columns));
}
