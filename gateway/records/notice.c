/* SPDX-License-Identifier: Apache-2.0
 *
 * Notices to people (see notice.h).
 */
#include "records/notice.h"

#include "core/clock.h"
#include "core/settings.h"
#include "core/task.h"
#include "records/outbox.h"
#include "store/sql.h"

int
notice_add(struct sql_tx *tx, const char *person_id, const char *type)
{
	json_auto_t *body = NULL;

	if (sql_task(tx)->rooms->settings->account_notice_url == NULL)
		return 0;
	body = json_object();
	json_set_text(body, "type", type);
	json_object_set_new(body, "at", json_integer(clock_now_s()));
	return outbox_add(
	    tx, &(struct letter){
		    .kind = "notice", .person_id = person_id, .client_id = "", .body = body});
}
