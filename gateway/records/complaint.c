/* SPDX-License-Identifier: Apache-2.0
 *
 * Complaints and corrections (see complaint.h).
 */
#include "records/complaint.h"

#include "core/clock.h"
#include "core/metrics.h"
#include "core/random.h"
#include "core/settings.h"
#include "core/task.h"
#include "records/audit.h"
#include "records/notice.h"
#include "store/sql.h"

#include <ctype.h>
#include <string.h>

#define LETTERS   "BCDFGHJKLMNPQRSTVWXZ" /* no vowels, so that no number is a word */
#define N_LETTERS (sizeof(LETTERS) - 1)
#define N_ID      8
#define DAY_S     (24 * 3600)

#define COLUMNS \
	"id, person_id, guardian_id, kind, about, reference, client_id, text, language, since_s," \
	" due_s, is_open, answer, answered_by, answered_s, appeal, appealed_s, last_answer," \
	" last_answered_s"
/* The same without the texts: a long list of them is more than one answer may hold. */
#define COLUMNS_WITHOUT_TEXTS \
	"id, person_id, guardian_id, kind, about, reference, client_id, NULL, language, since_s," \
	" due_s, is_open, NULL, answered_by, answered_s, NULL, appealed_s, NULL, last_answered_s"

static const char *const kinds[] = {[COMPLAINT] = "complaint", [CORRECTION] = "correction"};
static const char *const abouts[] = {
    [ABOUT_NOTHING] = "general",
    [ABOUT_LEDGER] = "ledger",
    [ABOUT_CONSENT] = "consent",
    [ABOUT_LOOK] = "look",
    [ABOUT_ATTRIBUTE] = "attribute",
};
#define N_KINDS  (sizeof(kinds) / sizeof(kinds[0]))
#define N_ABOUTS (sizeof(abouts) / sizeof(abouts[0]))

static int text_check(struct task *task, const char *text);
static const char *id_new(struct task *task);
static const char *id_written(struct task *task, const char *id);
static sql_step file_step, answer_step, appeal_step;
static int per_day_check(struct sql_tx *tx, const struct complaint *complaint);
static int file_insert(struct sql_tx *tx, const struct complaint *complaint);
static int complaint_audit(
    struct sql_tx *tx, const struct complaint *complaint, const char *event, const char *actor);
static const struct complaint *complaint_read(
    struct task *task, const struct sql_rows *rows, size_t row);
static const struct complaint *const *all_read(struct task *task, const struct sql_rows *rows);

int
complaint_file(struct task *task, struct complaint *complaint)
{
	const struct settings *settings = task->rooms->settings;
	int r;

	r = text_check(task, complaint->text);
	if (r < 0)
		return r;
	complaint->id = id_new(task);
	complaint->since_s = clock_now_s();
	complaint->due_s = complaint->since_s + settings->account_answer;
	complaint->is_open = true;
	return sql_write(task, file_step, complaint);
}

/* Characters, not bytes: three of those make one letter of Khmer. */
static int
text_check(struct task *task, const char *text)
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

static const char *
id_new(struct task *task)
{
	char plain[N_ID + 1] = {0};

	for (size_t i = 0; i < N_ID; i++)
		plain[i] = LETTERS[random_below(N_LETTERS)];
	return id_written(task, plain);
}

/* As it is stored; NULL: it cannot be one. */
static const char *
id_written(struct task *task, const char *id)
{
	char plain[N_ID + 1];
	size_t n = 0;

	for (; *id != '\0'; id++) {
		int letter = toupper((unsigned char)*id);

		if (*id == ' ' || *id == '-')
			continue;
		if (n == N_ID || strchr(LETTERS, letter) == NULL)
			return NULL;
		plain[n++] = (char)letter;
	}
	plain[n] = '\0';
	return n < N_ID ? NULL : task_printf(task, "%.4s-%.4s", plain, plain + 4);
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
	    SQL("INSERT INTO complaint (" COLUMNS ") VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9,"
		" ?10, ?11, 1, NULL, NULL, 0, NULL, 0, NULL, 0)",
		SQL_TEXT(complaint->id), SQL_TEXT(complaint->person_id),
		SQL_TEXT(complaint->guardian_id), SQL_TEXT(complaint_kind_name(complaint)),
		SQL_TEXT(complaint_about_name(complaint)), SQL_TEXT(complaint->reference),
		SQL_TEXT(complaint->client_id), SQL_TEXT(complaint->text),
		SQL_TEXT(complaint->language), SQL_INT(complaint->since_s),
		SQL_INT(complaint->due_s)),
	    NULL);
}

/* Never a text: they are personal. */
static int
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

int
complaint_find(struct task *task, const char *id, const struct complaint **ret_complaint)
{
	const char *written = id == NULL ? NULL : id_written(task, id);
	struct sql_rows rows = {0};
	int r = 0;

	if (written != NULL)
		r = sql_read(task,
		    SQL("SELECT " COLUMNS " FROM complaint WHERE id = ?1", SQL_TEXT(written)),
		    &rows);
	if (r < 0)
		return r;
	*ret_complaint = rows.n_rows == 0 ? NULL : complaint_read(task, &rows, 0);
	return 0;
}

static const struct complaint *
complaint_read(struct task *task, const struct sql_rows *rows, size_t row)
{
	struct complaint *complaint = task_new(task, struct complaint);

	*complaint = (struct complaint){
	    .id = sql_text(rows, row, 0),
	    .person_id = sql_text(rows, row, 1),
	    .guardian_id = sql_text(rows, row, 2),
	    .kind = str_equal(sql_text(rows, row, 3), kinds[CORRECTION]) ? CORRECTION : COMPLAINT,
	    .about = ABOUT_NOTHING,
	    .reference = sql_text(rows, row, 5),
	    .client_id = sql_text(rows, row, 6),
	    .text = sql_text(rows, row, 7),
	    .language = sql_text(rows, row, 8),
	    .since_s = sql_int(rows, row, 9),
	    .due_s = sql_int(rows, row, 10),
	    .is_open = sql_int(rows, row, 11) != 0,
	    .answer = sql_text(rows, row, 12),
	    .answered_by = sql_text(rows, row, 13),
	    .answered_s = sql_int(rows, row, 14),
	    .appeal = sql_text(rows, row, 15),
	    .appealed_s = sql_int(rows, row, 16),
	    .last_answer = sql_text(rows, row, 17),
	    .last_answered_s = sql_int(rows, row, 18),
	};
	complaint_about_of(sql_text(rows, row, 4), &complaint->about);
	return complaint;
}

int
complaint_list(struct task *task, const char *person_id, const struct complaint_page *page,
    const struct complaint *const **ret_list)
{
	struct sql_rows rows;
	int r;

	r = sql_read(task,
	    SQL("SELECT " COLUMNS " FROM complaint WHERE person_id = ?1"
		" AND (CAST(?2 AS TEXT) IS NULL"
		"  OR since_s < (SELECT since_s FROM complaint WHERE id = ?2)"
		"  OR (since_s = (SELECT since_s FROM complaint WHERE id = ?2) AND id > ?2))"
		" AND (CAST(?3 AS TEXT) IS NULL OR guardian_id = ?3)"
		" ORDER BY since_s DESC, id LIMIT ?4 OFFSET ?5",
		SQL_TEXT(person_id), SQL_TEXT(page->span.before), SQL_TEXT(page->guardian_id),
		SQL_INT(span_rows(&page->span, COMPLAINT_LIST_MAX)), SQL_INT(page->span.skip)),
	    &rows);
	if (r < 0)
		return r;
	*ret_list = all_read(task, &rows);
	return 0;
}

int
complaint_list_open(struct task *task, const struct complaint *const **ret_list)
{
	struct sql_rows rows;
	int r;

	r = sql_read(task,
	    SQL("SELECT " COLUMNS_WITHOUT_TEXTS " FROM complaint WHERE is_open = 1"
		" ORDER BY due_s, id LIMIT ?1",
		SQL_INT(COMPLAINT_OPEN_MAX)),
	    &rows);
	if (r < 0)
		return r;
	*ret_list = all_read(task, &rows);
	return 0;
}

static const struct complaint *const *
all_read(struct task *task, const struct sql_rows *rows)
{
	const struct complaint **list =
	    task_new_n(task, const struct complaint *, rows->n_rows + 1);

	for (size_t i = 0; i < rows->n_rows; i++)
		list[i] = complaint_read(task, rows, i);
	return list;
}

/* What is written into a complaint that is there. */
struct writing {
	const struct complaint *complaint;
	const char *text, *operator_name, *actor;
	int64_t now_s;
};

int
complaint_answer(struct task *task, const char *id, const char *text, const char *operator_name)
{
	struct writing writing = {.text = text, .operator_name = operator_name};
	int r;

	r = text_check(task, text);
	if (r == 0)
		r = complaint_find(task, id, &writing.complaint);
	if (r < 0)
		return r;
	if (writing.complaint == NULL)
		return fail(task, NOT_FOUND, "there is no complaint of that number");
	if (writing.complaint->appealed_s > 0 &&
	    str_equal(writing.complaint->answered_by, operator_name))
		return fail(task, CONFLICT, "an appeal is answered by another operator");
	writing.now_s = clock_now_s();
	writing.actor = task_printf(task, "operator:%s", operator_name);
	return sql_write(task, answer_step, &writing);
}

/* Nothing changes where it was answered, or appealed against, since it was read. */
static int
answer_step(struct sql_tx *tx, void *arg)
{
	const struct writing *writing = arg;
	const struct complaint *complaint = writing->complaint;
	struct sql_rows rows;
	int r;

	if (complaint->appealed_s > 0)
		r = sql_run(tx,
		    SQL("UPDATE complaint SET last_answer = ?2, last_answered_s = ?3, is_open = 0"
			" WHERE id = ?1 AND is_open = 1 AND appealed_s > 0",
			SQL_TEXT(complaint->id), SQL_TEXT(writing->text), SQL_INT(writing->now_s)),
		    &rows);
	else
		r = sql_run(tx,
		    SQL("UPDATE complaint SET answer = ?2, answered_s = ?3, answered_by = ?4,"
			" is_open = 0 WHERE id = ?1 AND is_open = 1 AND appealed_s = 0",
			SQL_TEXT(complaint->id), SQL_TEXT(writing->text), SQL_INT(writing->now_s),
			SQL_TEXT(writing->operator_name)),
		    &rows);
	if (r < 0)
		return r;
	if (rows.n_changed == 0)
		return fail(sql_task(tx), CONFLICT, "no answer to it is awaited");
	r = complaint_audit(tx, complaint, "complaint.answered", writing->actor);
	return r < 0 ? r : notice_add(tx, complaint->person_id, "complaint.answered");
}

bool
complaint_may_appeal(const struct task *task, const struct complaint *complaint)
{
	return complaint->answered_s > 0 && complaint->appealed_s == 0 &&
	       clock_now_s() - complaint->answered_s < task->rooms->settings->account_appeal;
}

int
complaint_appeal(
    struct task *task, const struct complaint *complaint, const char *text, const char *actor)
{
	struct writing writing = {
	    .complaint = complaint, .text = text, .actor = actor, .now_s = clock_now_s()};
	int r;

	r = text_check(task, text);
	if (r < 0)
		return r;
	if (!complaint_may_appeal(task, complaint))
		return fail(task, CONFLICT, "there is no answer to appeal against now");
	return sql_write(task, appeal_step, &writing);
}

static int
appeal_step(struct sql_tx *tx, void *arg)
{
	const struct writing *writing = arg;
	struct task *task = sql_task(tx);
	struct sql_rows rows;
	int r;

	r = sql_run(tx,
	    SQL("UPDATE complaint SET appeal = ?2, appealed_s = ?3, due_s = ?4, is_open = 1"
		" WHERE id = ?1 AND is_open = 0 AND appealed_s = 0",
		SQL_TEXT(writing->complaint->id), SQL_TEXT(writing->text), SQL_INT(writing->now_s),
		SQL_INT(writing->now_s + task->rooms->settings->account_answer)),
	    &rows);
	if (r < 0)
		return r;
	if (rows.n_changed == 0)
		return fail(task, CONFLICT, "there is no answer to appeal against now");
	return complaint_audit(tx, writing->complaint, "complaint.appealed", writing->actor);
}

const char *
complaint_kind_name(const struct complaint *complaint)
{
	return kinds[complaint->kind];
}

const char *
complaint_about_name(const struct complaint *complaint)
{
	return abouts[complaint->about];
}

const char *
complaint_state(const struct complaint *complaint)
{
	if (complaint->last_answered_s > 0)
		return "closed";
	if (complaint->appealed_s > 0)
		return "appealed";
	return complaint->is_open ? "open" : "answered";
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

int
complaint_measure(struct task *task)
{
	struct sql_rows rows;
	int r;

	r = sql_read(task,
	    SQL("SELECT COUNT(*), COALESCE(SUM(CASE WHEN due_s < ?1 THEN 1 ELSE 0 END), 0)"
		" FROM complaint WHERE is_open = 1",
		SQL_INT(clock_now_s())),
	    &rows);
	if (r < 0)
		return r;
	metric_set(metric_gauge("dvara_complaints_open", "complaints that await an answer", NULL),
	    (double)sql_int(&rows, 0, 0));
	metric_set(
	    metric_gauge("dvara_complaints_overdue", "those whose day of the answer is over", NULL),
	    (double)sql_int(&rows, 0, 1));
	return 0;
}
