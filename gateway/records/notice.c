/* SPDX-License-Identifier: Apache-2.0
 *
 * Notices to people (see notice.h).
 */
#include "records/notice.h"

#include "core/clock.h"
#include "core/log.h"
#include "core/settings.h"
#include "core/task.h"
#include "records/outbox.h"
#include "records/post.h"
#include "store/sql.h"

#define RECEIVER "notice" /* a letter has a client: whoever sends notices is one for all */

static sql_step write_step;

int
notice_add(struct sql_tx *tx, const char *person_id, const char *type)
{
	return notice_add_about(tx, person_id, type, NULL);
}

int
notice_add_about(struct sql_tx *tx, const char *person_id, const char *type, const json_t *about)
{
	json_auto_t *body = NULL;

	if (sql_task(tx)->rooms->settings->account_notice_url == NULL)
		return 0;
	body = json_object();
	json_set_text(body, "type", type);
	json_object_set_new(body, "at", json_integer(clock_now_s()));
	if (about != NULL)
		json_object_set(body, "about", (json_t *)(uintptr_t)about);
	return outbox_add(
	    tx, &(struct letter){
		    .kind = "notice", .person_id = person_id, .client_id = RECEIVER, .body = body});
}

struct notice {
	const char *person_id, *type;
};

void
notice_write(struct task *task, const char *person_id, const char *type)
{
	struct notice notice = {.person_id = person_id, .type = type};

	if (task->rooms->settings->account_notice_url == NULL)
		return;
	if (sql_write(task, write_step, &notice) < 0) {
		log_fault(task, "notice");
		fault_clear(task);
		return;
	}
	post_haste(task, 0);
}

static int
write_step(struct sql_tx *tx, void *arg)
{
	const struct notice *notice = arg;

	return notice_add(tx, notice->person_id, notice->type);
}
