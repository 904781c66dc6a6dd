/* SPDX-License-Identifier: Apache-2.0
 *
 * A complaint or a correction is filed; how its parts are called (see complaint.h).
 */
#include "records/complaint_row.h"

#include "core/clock.h"
#include "core/settings.h"
#include "core/task.h"
#include "records/audit.h"
#include "records/spoken.h"
#include "store/sql.h"

#include <string.h>

#define DAY_S (24 * 3600)

static const char *const kinds[] = {[COMPLAINT] = "complaint", [CORRECTION] = "correction"};
static const char *const abouts[] = {
    [ABOUT_NOTHING] = "general",
    [ABOUT_LEDGER] = "ledger",
    [ABOUT_CONSENT] = "consent",
    [ABOUT_LOOK] = "look",
    [ABOUT_ATTRIBUTE] = "attribute",
};
#define N_ABOUTS (sizeof(abouts) / sizeof(abouts[0]))

static sql_step file_step;
static int per_day_check(struct sql_tx *tx, const struct complaint *complaint);
static int file_insert(struct sql_tx *tx, const struct complaint *complaint);

int
complaint_file(struct task *task, struct complaint *complaint)
{
	const struct settings *settings = task->rooms->settings;
	int r;

	r = complaint_text_check(task, complaint->text);
	if (r < 0)
		return r;
	complaint->id = spoken_text(task, spoken_new(task));
	complaint->since_s = clock_now_s();
	complaint->due_s = complaint->since_s + settings->account_answer;
	complaint->is_open = true;
	return sql_write(task, file_step, complaint);
}

static int
file_step(struct sql_tx *tx, void *arg)
{
	const struct complaint *complaint = arg;
	struct task *task = sql_task(tx);
	const char *actor = complaint->guardian_id == NULL
				? "person"
				: task_printf(task, "guardian:%s", complaint->guardian_id);
	int r;

	r = per_day_check(tx, complaint);
	if (r == 0)
		r = file_insert(tx, complaint);
	if (r == 0)
		r = complaint_audit(tx, complaint, "complaint.filed", actor);
	return r;
}

/* Of each who writes: no guardian uses up what a child may say about them. */
static int
per_day_check(struct sql_tx *tx, const struct complaint *complaint)
{
	struct task *task = sql_task(tx);
	int64_t max = task->rooms->settings->account_complaints_per_day;
	struct sql_rows rows;
	int r;

	if (max == 0)
		return 0;
	r = sql_run(tx,
	    SQL("SELECT COUNT(*) FROM complaint WHERE person_id = ?1 AND since_s > ?2"
		" AND COALESCE(guardian_id, '') = COALESCE(CAST(?3 AS TEXT), '')",
		SQL_TEXT(complaint->person_id), SQL_INT(complaint->since_s - DAY_S),
		SQL_TEXT(complaint->guardian_id)),
	    &rows);
	if (r < 0)
		return r;
	if (sql_int(&rows, 0, 0) >= max)
		return fail(task, TOO_MANY_REQUESTS, "no more complaints today");
	return 0;
}

static int
file_insert(struct sql_tx *tx, const struct complaint *complaint)
{
	return sql_run(tx,
	    SQL("INSERT INTO complaint (" COMPLAINT_COLUMNS ")"
		" VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, 1, NULL, NULL, 0,"
		" NULL, 0, NULL, 0)",
		SQL_TEXT(complaint->id), SQL_TEXT(complaint->person_id),
		SQL_TEXT(complaint->guardian_id), SQL_TEXT(complaint_kind_name(complaint)),
		SQL_TEXT(complaint_about_name(complaint)), SQL_TEXT(complaint->reference),
		SQL_TEXT(complaint->client_id), SQL_TEXT(complaint->text),
		SQL_TEXT(complaint->language), SQL_INT(complaint->since_s),
		SQL_INT(complaint->due_s)),
	    NULL);
}

int
complaint_audit(
    struct sql_tx *tx, const struct complaint *complaint, const char *event, const char *actor)
{
	json_auto_t *detail = json_object();

	json_set_text(detail, "complaint", complaint->id);
	json_set_text(detail, "kind", complaint_kind_name(complaint));
	json_set_text(detail, "about", complaint_about_name(complaint));
	json_set_text(detail, "reference", complaint->reference);
	return audit_add(tx, &(struct audit_event){.event = event,
				 .actor = actor,
				 .person_id = complaint->person_id,
				 .client_id = complaint->client_id,
				 .detail = detail});
}

/* Characters, not bytes: three of those make one letter of Khmer. */
int
complaint_text_check(struct task *task, const char *text)
{
	size_t n = 0;

	if (str_is_empty(text) || strspn(text, " \t\r\n") == strlen(text))
		return fail(task, INVALID_REQUEST, "the text is empty");
	for (const char *c = text; *c != '\0'; c++)
		n += ((unsigned char)*c & 0xC0) != 0x80;
	if (n > COMPLAINT_TEXT_MAX)
		return fail(task, INVALID_REQUEST, "the text is longer than %d characters",
		    COMPLAINT_TEXT_MAX);
	return 0;
}

const char *
complaint_kind_name(const struct complaint *complaint)
{
	return kinds[complaint->kind];
}

enum complaint_kind
complaint_kind_of(const char *name)
{
	return str_equal(name, kinds[CORRECTION]) ? CORRECTION : COMPLAINT;
}

const char *
complaint_about_name(const struct complaint *complaint)
{
	return abouts[complaint->about];
}

bool
complaint_about_of(const char *name, enum complaint_about *ret_about)
{
	for (size_t i = ABOUT_NOTHING; i < N_ABOUTS; i++)
		if (str_equal(abouts[i], name)) {
			*ret_about = (enum complaint_about)i;
			return true;
		}
	return false;
}
