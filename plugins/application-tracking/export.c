/* SPDX-License-Identifier: Apache-2.0
 *
 * The agencies' export: one JSON file, {"as_of": "…", "people": {subject: [application, …]}}, read
 * anew when it changes.  One that cannot be read leaves the last good one in place, and of each
 * person who looked a copy is kept, so that a restart while it is away shows what was last known.
 */
#include "tracking.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define EXPORT_MAX_BYTES (16 << 20)

struct copy {
	const char *subject, *content;
};

static void export_refresh(struct tracking *tracking);
static int copy_keep(struct dvara_request *request, const json_t *own);
static int copy_find(struct dvara_request *request, json_t **ret_own);
static int keep_step(struct dvara_tx *tx, void *arg);

int
export_of_person(struct tracking *tracking, struct dvara_request *request,
    json_t **ret_applications, json_t **ret_as_of)
{
	json_auto_t *own = NULL;
	json_t *list;
	size_t i;
	json_t *application;
	int r = DVARA_OK;

	export_refresh(tracking);
	if (tracking->export != NULL) {
		list = json_object_get(
		    json_object_get(tracking->export, "people"), dvara_subject(request));
		own = json_pack("{s:O?, s:o}", "as_of", json_object_get(tracking->export, "as_of"),
		    "applications", json_is_array(list) ? json_deep_copy(list) : json_array());
		r = copy_keep(request, own);
	} else if (*tracking->export_path != '\0') {
		r = copy_find(request, &own);
	}
	if (r < 0)
		return r;
	list = json_object_get(own, "applications");
	json_array_foreach(list, i, application)
		json_object_set(application, "as_of", json_object_get(own, "as_of"));
	*ret_applications = list == NULL ? json_array() : json_incref(list);
	*ret_as_of = json_incref(json_object_get(own, "as_of"));
	return DVARA_OK;
}

static void
export_refresh(struct tracking *tracking)
{
	json_error_t error;
	struct stat st;
	json_t *export;

	if (stat(tracking->export_path, &st) < 0 || st.st_size > EXPORT_MAX_BYTES)
		return;
	if (memcmp(&st.st_mtim, &tracking->read_at, sizeof(st.st_mtim)) == 0)
		return;
	export = json_load_file(tracking->export_path, JSON_REJECT_DUPLICATES, &error);
	tracking->read_at = st.st_mtim;
	if (!json_is_object(json_object_get(export, "people"))) {
		dvara_log(tracking->host, "the export cannot be read: line %d: %s", error.line,
		    error.text);
		json_decref(export);
		return;
	}
	json_decref(tracking->export);
	tracking->export = export;
}

/* Written only where it changed: who looks each day costs no write. */
static int
copy_keep(struct dvara_request *request, const json_t *own)
{
	char *text = json_dumps(own, JSON_COMPACT);
	struct copy copy = {dvara_subject(request), text};
	const struct dvara_rows *rows;
	int r;

	if (text == NULL)
		return DVARA_EINTERNAL;
	r = dvara_read(request, "SELECT 1 FROM copy WHERE subject = ?1 AND content = ?2",
	    DVARA_VALUES(dvara_text_value(copy.subject), dvara_text_value(text)), &rows);
	if (r == DVARA_OK && dvara_n_rows(rows) == 0)
		r = dvara_write(request, keep_step, &copy);
	free(text);
	return r;
}

static int
keep_step(struct dvara_tx *tx, void *arg)
{
	const struct copy *copy = arg;

	return dvara_run(tx,
	    "INSERT INTO copy (subject, content) VALUES (?1, ?2)"
	    " ON CONFLICT (subject) DO UPDATE SET content = excluded.content",
	    DVARA_VALUES(dvara_text_value(copy->subject), dvara_text_value(copy->content)), NULL);
}

static int
copy_find(struct dvara_request *request, json_t **ret_own)
{
	const struct dvara_rows *rows;
	int r;

	r = dvara_read(request, "SELECT content FROM copy WHERE subject = ?1",
	    DVARA_VALUES(dvara_text_value(dvara_subject(request))), &rows);
	if (r < 0)
		return r;
	if (dvara_n_rows(rows) == 0)
		return DVARA_EUPSTREAM;
	*ret_own = json_loads(dvara_text(rows, 0, 0), 0, NULL);
	return *ret_own == NULL ? DVARA_EINTERNAL : DVARA_OK;
}
