/* SPDX-License-Identifier: Apache-2.0
 *
 * The agencies' export: one JSON file, {"as_of": "…", "people": {subject: [application, …]}}, read
 * anew when it changes.  One that cannot be read leaves the last good one in place; of each person
 * who looked a copy is kept (copy.c).
 *
 * Nobody calls a service by itself: whoever calls it after the export has changed carries the news
 * of some others with them, until all of those who ever looked have been compared.
 */
#include "tracking.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define EXPORT_MAX_BYTES (16 << 20)

/* Of one call: people that are compared, and news from which on no other is begun (a step may tell
 * 100, of one person at most 50). */
#define COMPARED_MAX 20
#define TOLD_ENOUGH  50

/* Those people, in the order of their names. */
struct comparing {
	struct tracking *tracking;
	const struct dvara_rows *people;
	size_t n_done;
};

static json_t *own_of(const struct tracking *tracking, const char *subject);
static void export_refresh(struct tracking *tracking);
static int compare_step(struct dvara_tx *tx, void *arg);
static void compared_to(struct tracking *tracking, const struct comparing *comparing);

int
export_of_person(struct tracking *tracking, struct dvara_request *request,
    json_t **ret_applications, json_t **ret_as_of)
{
	json_auto_t *own = NULL;
	json_t *list, *application;
	size_t i;
	int r = DVARA_OK;

	export_refresh(tracking);
	if (tracking->export != NULL) {
		own = own_of(tracking, dvara_subject(request));
		r = copy_keep(request,
		    &(struct copy){
			.tracking = tracking, .subject = dvara_subject(request), .own = own});
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

static json_t *
own_of(const struct tracking *tracking, const char *subject)
{
	const json_t *list = json_object_get(json_object_get(tracking->export, "people"), subject);

	return json_pack("{s:O?, s:o}", "as_of", json_object_get(tracking->export, "as_of"),
	    "applications", json_is_array(list) ? json_deep_copy(list) : json_array());
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
	tracking->is_compared = false;
	*tracking->compared_to = '\0';
}

void
export_compare(struct tracking *tracking, struct dvara_request *request)
{
	struct comparing comparing = {.tracking = tracking};
	int r;

	export_refresh(tracking);
	if (tracking->export == NULL || tracking->is_compared)
		return;
	r = dvara_read(request,
	    "SELECT subject FROM copy WHERE subject > ?1 ORDER BY subject LIMIT ?2",
	    DVARA_VALUES(dvara_text_value(tracking->compared_to), dvara_int_value(COMPARED_MAX)),
	    &comparing.people);
	if (r == DVARA_OK)
		r = dvara_write(request, compare_step, &comparing);
	if (r == DVARA_OK)
		compared_to(tracking, &comparing);
	else
		dvara_log(tracking->host, "what the export changed is told later");
}

static int
compare_step(struct dvara_tx *tx, void *arg)
{
	struct comparing *comparing = arg;
	int n_told = 0, r = DVARA_OK;
	size_t i = 0;

	for (; r == DVARA_OK && i < dvara_n_rows(comparing->people) && n_told < TOLD_ENOUGH; i++) {
		struct copy copy = {.tracking = comparing->tracking,
		    .subject = dvara_text(comparing->people, i, 0)};

		copy.own = own_of(comparing->tracking, copy.subject);
		r = copy_settle(tx, &copy);
		json_decref(copy.own);
		n_told += copy.n_told;
	}
	comparing->n_done = i;
	return r;
}

static void
compared_to(struct tracking *tracking, const struct comparing *comparing)
{
	const size_t n = comparing->n_done;

	tracking->is_compared = n < COMPARED_MAX && n == dvara_n_rows(comparing->people);
	if (n > 0)
		snprintf(tracking->compared_to, sizeof(tracking->compared_to), "%s",
		    dvara_text(comparing->people, n - 1, 0));
}
