/* SPDX-License-Identifier: Apache-2.0
 *
 * The parts of the copy (see copy.h).
 */
#include "account/copy.h"

#include "account/view.h"
#include "core/task.h"
#include "records/audit.h"
#include "records/complaint.h"
#include "records/consent.h"
#include "records/credential.h"
#include "records/ledger.h"
#include "records/link.h"
#include "records/session.h"

/* What a row takes beside its text, and how often that is there: read, parsed, and as it leaves. */
#define ROW_BYTES 1000
#define TIMES     3

static int room_left(const struct copy_part *part, int per_file, size_t n);
static int consents_read(
    struct task *task, const char *person_id, const struct span *span, json_t **ret_rows);
static int ledger_read(
    struct task *task, const char *person_id, const struct span *span, json_t **ret_rows);
static int looks_read(
    struct task *task, const char *person_id, const struct span *span, json_t **ret_rows);
static json_t *look_copy(const json_t *event);
static int complaints_read(
    struct task *task, const char *person_id, const struct span *span, json_t **ret_rows);
static json_t *complaint_copy(const struct complaint *complaint);
static int sessions_add(struct task *task, const char *person_id, json_t *file);

const struct copy_part copy_parts[] = {
    {"consents", 200, 200, 1750000, consents_read, consent_longest},
    {"ledger", 4000, 400, 2250000, ledger_read, ledger_longest},
    {"looks", 150, 150, 0, looks_read, NULL},
    {"complaints", 10, 10, 0, complaints_read, NULL},
    {NULL, 0, 0, 0, NULL, NULL},
};

int
copy_part_rows(
    struct task *task, const char *person_id, const struct copy_part *part, int *ret_rows)
{
	int64_t longest = 0, rows;
	int r;

	if (part->longest == NULL) {
		*ret_rows = part->rows_max;
		return 0;
	}
	r = part->longest(task, person_id, &longest);
	if (r < 0)
		return r;
	rows = part->bytes_max / (ROW_BYTES + TIMES * longest);
	*ret_rows = rows < 1 ? 1 : rows < part->rows_max ? (int)rows : part->rows_max;
	return 0;
}

int
copy_part_add(struct task *task, const char *person_id, const struct copy_part *part,
    const char *before, json_t *file)
{
	struct span span = {.before = before};
	json_t *all = json_array(), *rows;
	int per_file, r;
	size_t n;

	json_object_set_new(file, part->name, all);
	r = copy_part_rows(task, person_id, part, &per_file);
	if (r < 0)
		return r;
	do {
		span.limit = room_left(part, per_file, json_array_size(all));
		r = part->read(task, person_id, &span, &rows);
		if (r < 0)
			return r;
		n = json_array_size(rows);
		json_array_extend(all, rows);
		json_decref(rows);
		span.before = account_row_name(task, json_array_get(all, json_array_size(all) - 1));
	} while (n == (size_t)span.limit && room_left(part, per_file, json_array_size(all)) > 0);
	return 0;
}

static int
room_left(const struct copy_part *part, int per_file, size_t n)
{
	const int left = per_file - (int)n;

	return left < part->per_read ? left : part->per_read;
}

/* With their receipts, which are most of it. */
static int
consents_read(struct task *task, const char *person_id, const struct span *span, json_t **ret_rows)
{
	return consent_list(task, person_id,
	    &(struct consent_listing){.span = *span, .has_receipts = true}, ret_rows);
}

static int
ledger_read(struct task *task, const char *person_id, const struct span *span, json_t **ret_rows)
{
	return ledger_list(task, person_id, &(struct ledger_page){.span = *span}, ret_rows);
}

static int
looks_read(struct task *task, const char *person_id, const struct span *span, json_t **ret_rows)
{
	json_auto_t *events = NULL;
	json_t *all, *event;
	size_t i;
	int r;

	r = audit_list_looks(task, person_id, span, &events);
	if (r < 0)
		return r;
	all = json_array();
	json_array_foreach(events, i, event)
		json_array_append_new(all, look_copy(event));
	*ret_rows = all;
	return 0;
}

/* Who it was is the trail's affair, not of the copy: "operator" or "guardian". */
static json_t *
look_copy(const json_t *event)
{
	json_t *row = json_object();

	json_object_set(row, "number", json_object_get(event, "seq"));
	json_object_set(row, "at", json_object_get(event, "at"));
	json_object_set(row, "event", json_object_get(event, "event"));
	json_object_set(row, "detail", json_object_get(event, "detail"));
	json_object_set_new(
	    row, "by", json_stringn(json_get_text(event, "actor"), sizeof("operator") - 1));
	return row;
}

static int
complaints_read(
    struct task *task, const char *person_id, const struct span *span, json_t **ret_rows)
{
	const struct complaint_page page = {.span = *span};
	const struct complaint *const *list;
	json_t *all;
	int r;

	r = complaint_list(task, person_id, &page, &list);
	if (r < 0)
		return r;
	all = json_array();
	for (; *list != NULL; list++)
		json_array_append_new(all, complaint_copy(*list));
	*ret_rows = all;
	return 0;
}

static json_t *
complaint_copy(const struct complaint *complaint)
{
	json_t *row = json_object();

	json_set_text(row, "number", complaint->id);
	json_set_text(row, "kind", complaint_kind_name(complaint));
	json_set_text(row, "state", complaint_state(complaint));
	json_set_text(row, "about", complaint_about_name(complaint));
	json_set_text(row, "reference", complaint->reference);
	json_object_set_new(row, "since", json_integer(complaint->since_s));
	json_object_set_new(row, "due", json_integer(complaint->due_s));
	json_set_text(row, "text", complaint->text);
	json_set_text(row, "answer", complaint->answer);
	json_set_text(row, "appeal", complaint->appeal);
	json_set_text(row, "last_answer", complaint->last_answer);
	return row;
}

int
copy_short_add(struct task *task, const char *person_id, json_t *file)
{
	static const struct {
		const char *name;
		int (*list)(struct task *task, const char *person_id, json_t **ret_rows);
	} lists[] = {{"documents", credential_list}, {"links", link_list}};
	const json_t *names;
	int r;

	r = account_known(task, person_id, &names);
	if (r < 0)
		return r;
	json_object_set(file, "details", (json_t *)(uintptr_t)names);
	for (size_t i = 0; i < sizeof(lists) / sizeof(lists[0]); i++) {
		json_t *rows;

		r = lists[i].list(task, person_id, &rows);
		if (r < 0)
			return r;
		json_object_set_new(file, lists[i].name, rows);
	}
	return sessions_add(task, person_id, file);
}

static int
sessions_add(struct task *task, const char *person_id, json_t *file)
{
	json_t *all = json_array(), *sessions;
	int64_t from = 0;
	int r;

	json_object_set_new(file, "sessions", all);
	do {
		r = session_list(task, person_id, &from, &sessions);
		if (r < 0)
			return r;
		json_array_extend(all, sessions);
		json_decref(sessions);
	} while (from > 0);
	return 0;
}
