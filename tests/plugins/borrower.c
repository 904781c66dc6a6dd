/* SPDX-License-Identifier: Apache-2.0
 *
 * A plugin that uses all that the host lends since ABI 1.1, and news of 1.2: the path of the call
 * says what.
 */
#include <dvara/plugin.h>

#include <stdlib.h>
#include <string.h>

typedef int deed(struct dvara_request *request, struct dvara_answer *ret_answer);

static int
who(struct dvara_request *request, struct dvara_answer *ret_answer)
{
	ret_answer->body =
	    dvara_printf(request, "{\"sub\":\"%s\",\"client\":\"%s\",\"scope\":\"%s\"}",
		dvara_subject(request), dvara_client(request), dvara_scope(request));
	return DVARA_OK;
}

static int
subject_of(struct dvara_request *request, struct dvara_answer *ret_answer)
{
	const char *subject;
	int r = dvara_subject_of(request, dvara_query(request, "sub"), &subject);

	if (r < 0)
		return r;
	ret_answer->body = dvara_printf(request, "{\"sub\":\"%s\"}", subject);
	return DVARA_OK;
}

static int
attributes(struct dvara_request *request, struct dvara_answer *ret_answer)
{
	return dvara_attributes(request, dvara_query(request, "names"), &ret_answer->body);
}

static int
sign(struct dvara_request *request, struct dvara_answer *ret_answer)
{
	size_t n;
	const char *jws;
	int r = dvara_sign(request, "borrower+jwt", dvara_body(request, &n), 600, &jws);

	if (r < 0)
		return r;
	ret_answer->body = dvara_printf(request, "{\"jws\":\"%s\"}", jws);
	return DVARA_OK;
}

struct note {
	struct dvara_request *request;
	const char *id, *text;
	int64_t n;
};

/* Two statements: the count that the second writes is undone with the first. */
static int
note_step(struct dvara_tx *tx, void *arg)
{
	struct note *note = arg;
	const struct dvara_rows *rows;
	int r;

	r = dvara_run(tx, "INSERT INTO note (id, text, written_s) VALUES (?1, ?2, ?3)",
	    DVARA_VALUES(dvara_text_value(note->id), dvara_text_value(note->text),
		dvara_int_value(dvara_now_s())),
	    NULL);
	if (r < 0)
		return r;
	r = dvara_run(tx, "SELECT COUNT(*) FROM note", DVARA_NO_VALUES, &rows);
	if (r < 0)
		return r;
	note->n = dvara_int(rows, 0, 0);
	return strcmp(note->text, "undo") == 0 ? DVARA_EDENIED : DVARA_OK;
}

static int
note_write(struct dvara_request *request, struct dvara_answer *ret_answer)
{
	const char *id = dvara_query(request, "id");
	struct note note = {
	    .request = request,
	    .id = id ? id : dvara_random_id(request),
	    .text = dvara_query(request, "text"),
	};
	int r = dvara_write(request, note_step, &note);

	if (r < 0)
		return r;
	ret_answer->body =
	    dvara_printf(request, "{\"id\":\"%s\",\"n\":%lld}", note.id, (long long)note.n);
	return DVARA_OK;
}

static int
note_read(struct dvara_request *request, struct dvara_answer *ret_answer)
{
	const struct dvara_rows *rows;
	int r;

	r = dvara_read(request, "SELECT text, written_s, NULL FROM note WHERE id = ?1",
	    DVARA_VALUES(dvara_text_value(dvara_query(request, "id"))), &rows);
	if (r < 0)
		return r;
	if (dvara_n_rows(rows) != 1 || dvara_text(rows, 0, 2) || dvara_text(rows, 1, 0))
		return DVARA_ENOTFOUND;
	ret_answer->body = dvara_printf(request, "{\"text\":\"%s\",\"at\":%lld,\"now\":%lld}",
	    dvara_text(rows, 0, 0), (long long)dvara_int(rows, 0, 1), (long long)dvara_now_s());
	return DVARA_OK;
}

struct telling {
	struct dvara_news news;
	int64_t n;
	int result;
};

/* n times; result: what the step then makes of it. */
static int
tell_step(struct dvara_tx *tx, void *arg)
{
	const struct telling *telling = arg;
	int r = DVARA_OK;

	for (int64_t i = 0; r == DVARA_OK && i < telling->n; i++)
		r = dvara_tell(tx, &telling->news);
	return r < 0 ? r : telling->result;
}

static int
tell(struct dvara_request *request, struct dvara_answer *ret_answer)
{
	const char *n = dvara_query(request, "n"), *subject = dvara_query(request, "subject");
	struct telling telling = {
	    .news = {subject ? subject : dvara_subject(request), dvara_query(request, "type"),
		dvara_query(request, "reference"), dvara_query(request, "clients")},
	    .n = n ? atoi(n) : 1,
	    .result = dvara_query(request, "undo") ? DVARA_EDENIED : DVARA_OK,
	};

	ret_answer->body = "{}";
	return dvara_write(request, tell_step, &telling);
}

static int
wrong_sql(struct dvara_request *request, struct dvara_answer *ret_answer)
{
	const struct dvara_rows *rows;

	(void)ret_answer;
	return dvara_read(request, dvara_query(request, "sql"), DVARA_NO_VALUES, &rows);
}

static const struct {
	const char *path;
	deed *deed;
} deeds[] = {{"/who", who}, {"/subject-of", subject_of}, {"/attributes", attributes},
    {"/sign", sign}, {"/tell", tell}, {"/write", note_write}, {"/read", note_read},
    {"/wrong-sql", wrong_sql}};

static int
handle(void *self, struct dvara_request *request, struct dvara_answer *ret_answer)
{
	(void)self;
	for (size_t i = 0; i < sizeof(deeds) / sizeof(deeds[0]); i++)
		if (strcmp(dvara_path(request), deeds[i].path) == 0)
			return deeds[i].deed(request, ret_answer);
	return DVARA_ENOTFOUND;
}

static const struct dvara_migration migrations[] = {
    {1, "CREATE TABLE note (id TEXT PRIMARY KEY, text TEXT NOT NULL)"},
    {2, "ALTER TABLE note ADD COLUMN written_s BIGINT NOT NULL DEFAULT 0"},
    {0, NULL},
};

DVARA_SERVICE(.id = "borrower", .version = "1.0", .handle = handle, .migrations = migrations);
