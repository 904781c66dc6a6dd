/* SPDX-License-Identifier: Apache-2.0
 *
 * Complaints and corrections found, listed and counted (see complaint.h).
 */
#include "records/complaint_row.h"

#include "core/clock.h"
#include "core/metrics.h"
#include "core/task.h"
#include "records/spoken.h"
#include "store/sql.h"

/* The same without the texts: a long list of them is more than one answer may hold. */
#define COLUMNS_WITHOUT_TEXTS \
	"id, person_id, guardian_id, kind, about, reference, client_id, NULL, language, since_s," \
	" due_s, is_open, NULL, answered_by, answered_s, NULL, appealed_s, NULL, last_answered_s"

static const struct complaint *row_read(struct task *task, const struct sql_rows *rows, size_t row);
static const struct complaint *const *all_read(struct task *task, const struct sql_rows *rows);

int
complaint_find(struct task *task, const char *id, const struct complaint **ret_complaint)
{
	const char *letters = id == NULL ? NULL : spoken_letters(task, id);
	struct sql_rows rows = {0};
	int r = 0;

	if (letters != NULL)
		r = sql_read(task,
		    SQL("SELECT " COMPLAINT_COLUMNS " FROM complaint WHERE id = ?1",
			SQL_TEXT(spoken_text(task, letters))),
		    &rows);
	if (r < 0)
		return r;
	*ret_complaint = rows.n_rows == 0 ? NULL : row_read(task, &rows, 0);
	return 0;
}

int
complaint_list(struct task *task, const char *person_id, const struct complaint_page *page,
    const struct complaint *const **ret_list)
{
	struct sql_rows rows;
	int r;

	r = sql_read(task,
	    SQL("SELECT " COMPLAINT_COLUMNS " FROM complaint WHERE person_id = ?1"
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
		list[i] = row_read(task, rows, i);
	return list;
}

static const struct complaint *
row_read(struct task *task, const struct sql_rows *rows, size_t row)
{
	struct complaint *complaint = task_new(task, struct complaint);

	*complaint = (struct complaint){
	    .id = sql_text(rows, row, 0),
	    .person_id = sql_text(rows, row, 1),
	    .guardian_id = sql_text(rows, row, 2),
	    .kind = complaint_kind_of(sql_text(rows, row, 3)),
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
