/* SPDX-License-Identifier: Apache-2.0
 *
 * GET /account/download and download.json: a copy of what is kept here of the person's doings:
 * names of details, days, grounds, receipts; no value of a detail, and nothing about anybody else
 * (no operator, no guardian, no address of theirs).
 *
 * It is cut into files by what a task's memory holds.  The first has the newest rows of each long
 * list and the whole of the short ones; each other one goes on with one list: ?part= names the
 * list, before= the row after which it begins.  The page links to all of them, and next in each
 * file is the address of the one that follows.
 *
 * JSON and HTML, no CSV: spreadsheets run what begins with '=' (case S17), and JSON loads into one
 * without that.
 */
#include "account/account.h"

#include "account/copy.h"
#include "account/view.h"
#include "core/clock.h"
#include "core/settings.h"
#include "core/task.h"
#include "pages/page.h"

#define PATH        "/download.json"
/* What the page links to at most, and what finding it may take; the last one's next leads on. */
#define FILES_MAX   200
#define LINKS_BYTES (ARENA_MAX_BYTES / 2)

/* Where a file begins: with all (part NULL), or with a list after a row (NULL: its newest). */
struct place {
	const struct copy_part *part;
	const char *before;
	int per_file; /* rows; 0: not looked up yet */
};

static int next_of(
    struct task *task, const char *person_id, const struct place *place, struct place *ret_next);
static int end_of(
    struct task *task, const char *person_id, const struct place *place, const char **ret_last);
static const char *address_of(struct task *task, const struct place *place, int number);
static int place_read(struct task *task, const struct request *request, struct place *ret_place);
static int rows_add(
    struct task *task, const char *person_id, const struct place *place, json_t *file);

int
account_download_show(struct task *task, const struct request *request, struct reply *reply)
{
	json_t *view = json_keep(task, json_object()), *files = json_array();
	struct account_visitor visitor;
	struct place place = {0};
	int r;

	r = account_enter(task, request, reply, &visitor);
	if (r < 0 || visitor.session == NULL)
		return r;
	account_frame(task, &visitor, view);
	json_object_set_new(view, "files", files);
	for (int n = 2; n <= FILES_MAX && task->arena.used_bytes < LINKS_BYTES; n++) {
		r = next_of(task, visitor.person_id, &place, &place);
		if (r < 0)
			return r;
		if (place.part == NULL)
			break;
		json_array_append_new(
		    files, json_pack("{s:i, s:s}", "n", n, "href", address_of(task, &place, n)));
	}
	return page_reply(
	    task, request, reply, &(struct page_show){.page = PAGE_ACCOUNT_DOWNLOAD, .view = view});
}

/* The file after one; its part is NULL where that was the last. */
static int
next_of(struct task *task, const char *person_id, const struct place *place, struct place *ret_next)
{
	struct place next = *place;
	const char *last = NULL;
	int r = 0;

	if (next.part == NULL)
		next.part = copy_parts;
	for (; next.part->name != NULL; next = (struct place){.part = next.part + 1}) {
		if (next.per_file == 0)
			r = copy_part_rows(task, person_id, next.part, &next.per_file);
		if (r == 0)
			r = end_of(task, person_id, &next, &last);
		if (r < 0)
			return r;
		if (last == NULL)
			continue;
		*ret_next = (struct place){next.part, last, next.per_file};
		return 0;
	}
	*ret_next = (struct place){0};
	return 0;
}

/* The last row of the list in that file; NULL: none comes after it. */
static int
end_of(struct task *task, const char *person_id, const struct place *place, const char **ret_last)
{
	const struct span span = {.before = place->before, .limit = 2, .skip = place->per_file - 1};
	json_t *rows = NULL;
	int r;

	r = place->part->read(task, person_id, &span, &rows);
	if (r < 0)
		return r;
	json_keep(task, rows);
	*ret_last =
	    json_array_size(rows) < 2 ? NULL : account_row_name(task, json_array_get(rows, 0));
	return 0;
}

static const char *
address_of(struct task *task, const struct place *place, int number)
{
	return task_printf(task, ACCOUNT_PATH PATH "?part=%s&before=%s&n=%d", place->part->name,
	    place->before, number);
}

int
account_download_json(struct task *task, const struct request *request, struct reply *reply)
{
	json_t *file = json_keep(task, json_object());
	struct account_visitor visitor;
	struct place place = {0}, next = {0};
	int64_t number = 1;
	int r;

	r = account_enter(task, request, reply, &visitor);
	if (r < 0 || visitor.session == NULL)
		return r;
	r = place_read(task, request, &place);
	if (r == 0)
		r = rows_add(task, visitor.person_id, &place, file);
	if (r == 0)
		r = next_of(task, visitor.person_id, &place, &next);
	if (r < 0)
		return r;
	str_to_i64(request_query(request, "n"), 1, INT32_MAX - 1, &number);
	json_object_set_new(file, "made", json_integer(clock_now_s()));
	if (next.part != NULL)
		json_set_text(file, "next",
		    task_printf(task, "%s%s", task->rooms->settings->gateway_issuer,
			address_of(task, &next, (int)number + 1)));
	reply_header(reply, "Content-Disposition",
	    task_printf(task, "attachment; filename=\"account%s.json\"",
		number == 1 ? "" : task_printf(task, "-%lld", (long long)number)));
	return reply_json(reply, 200, file);
}

static int
place_read(struct task *task, const struct request *request, struct place *ret_place)
{
	const char *name = request_query(request, "part");
	struct place place = {.part = copy_parts, .before = request_query(request, "before")};

	if (str_is_empty(name))
		return 0;
	while (place.part->name != NULL && !str_equal(place.part->name, name))
		place.part++;
	if (place.part->name == NULL)
		return fail(task, NOT_FOUND, "the copy has no such part");
	if (str_is_empty(place.before))
		place.before = NULL;
	*ret_place = place;
	return 0;
}

static int
rows_add(struct task *task, const char *person_id, const struct place *place, json_t *file)
{
	const struct copy_part *part = place->part == NULL ? copy_parts : place->part;
	int r = 0;

	if (place->part != NULL)
		return copy_part_add(task, person_id, part, place->before, file);
	for (; r == 0 && part->name != NULL; part++)
		r = copy_part_add(task, person_id, part, NULL, file);
	return r < 0 ? r : copy_short_add(task, person_id, file);
}
