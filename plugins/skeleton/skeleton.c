/* SPDX-License-Identifier: Apache-2.0
 *
 * skeleton: greets a person by name, where they allow that, and counts their visits.
 *
 *   GET /hello   {"hello": name or null, "visits": n}
 */
#include <dvara/plugin.h>

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

struct visit {
	const char *subject;
	int64_t n;
};

/* One step of the store: all of it is kept, or nothing. */
static int
visit_count(struct dvara_tx *tx, void *arg)
{
	struct visit *visit = arg;
	const struct dvara_rows *rows;
	int r;

	r = dvara_run(tx,
	    "INSERT INTO visit (subject, n) VALUES (?1, 1) "
	    "ON CONFLICT (subject) DO UPDATE SET n = visit.n + 1 RETURNING n",
	    DVARA_VALUES(dvara_text_value(visit->subject)), &rows);
	if (r == DVARA_OK)
		visit->n = dvara_int(rows, 0, 0);
	return r;
}

static int
answer_with(struct dvara_request *request, json_t *json, struct dvara_answer *ret_answer)
{
	char *text = json_dumps(json, JSON_COMPACT);

	json_decref(json);
	ret_answer->body = text ? dvara_printf(request, "%s", text) : NULL;
	free(text);
	return ret_answer->body ? DVARA_OK : DVARA_EINTERNAL;
}

static int
handle(void *self, struct dvara_request *request, struct dvara_answer *ret_answer)
{
	struct visit visit = {.subject = dvara_subject(request)};
	const char *attributes = "{}";
	json_t *known;
	int r;

	(void)self;
	if (strcmp(dvara_method(request), "GET") != 0 || strcmp(dvara_path(request), "/hello") != 0)
		return DVARA_ENOTFOUND;
	/* DVARA_EDENIED: the person allowed no name, and is greeted without. */
	r = dvara_attributes(request, "given_name", &attributes);
	if (r < 0 && r != DVARA_EDENIED)
		return r;
	r = dvara_write(request, visit_count, &visit);
	if (r < 0)
		return r;
	known = json_loads(attributes, 0, NULL);
	r = answer_with(request,
	    json_pack("{s:O?, s:I}", "hello", json_object_get(known, "given_name"), "visits",
		(json_int_t)visit.n),
	    ret_answer);
	json_decref(known);
	return r;
}

static const struct dvara_migration migrations[] = {
    {1, "CREATE TABLE visit (subject TEXT PRIMARY KEY, n BIGINT NOT NULL)"},
    {0, NULL},
};

DVARA_SERVICE(.id = "skeleton", .version = "0.1", .migrations = migrations, .handle = handle);
