/* SPDX-License-Identifier: Apache-2.0
 *
 * Webhook endpoints (see webhook.h).
 */
#include "records/webhook.h"

#include "core/task.h"
#include "records/outbox.h"
#include "store/sql.h"

#define EVERYTHING "*"

static int letter_add(struct sql_tx *tx, const char *client_id, const char *id,
    const struct webhook_message *message);

int
webhook_tell(struct sql_tx *tx, const char *client_id, const struct webhook_message *message)
{
	struct sql_rows rows;
	int r;

	r = sql_run(tx,
	    SQL("SELECT id, events FROM webhook_endpoint WHERE client_id = ?1 AND disabled_s = 0",
		SQL_TEXT(client_id)),
	    &rows);
	for (size_t i = 0; r == 0 && i < rows.n_rows; i++) {
		const char *events = sql_text(&rows, i, 1);

		if (str_equal(events, EVERYTHING) || str_has_word(events, message->type))
			r = letter_add(tx, client_id, sql_text(&rows, i, 0), message);
	}
	return r;
}

/* The endpoint is told of what happened to somebody; whom, the letter does not know. */
static int
letter_add(
    struct sql_tx *tx, const char *client_id, const char *id, const struct webhook_message *message)
{
	json_auto_t *body = json_pack("{s:s, s:s, s:s, s:s}", "endpoint", id, "id", message->id,
	    "type", message->type, "message", message->body);
	struct letter letter = {.kind = WEBHOOK_LETTER,
	    .person_id = "",
	    .client_id = client_id,
	    .about = id,
	    .body = body};

	return outbox_add(tx, &letter);
}
