/* SPDX-License-Identifier: Apache-2.0
 *
 * What a person sees: all of their applications, whichever way they came, the last changed first.
 * Each says as of when its agency last told anything.
 */
#include "tracking.h"

#include <stdlib.h>
#include <string.h>

static int gather(struct tracking *tracking, struct dvara_request *request, json_t **ret_list,
    json_t **ret_as_of);
static int pushed_add(const struct tracking *tracking, struct dvara_request *request, json_t *list);
static json_t *pushed(const struct tracking *tracking, const struct dvara_rows *rows, size_t i);
static json_t *sorted(json_t *list);
static int later_first(const void *a, const void *b);

/* {"applications": [{reference, agency, status, updated, next_step, as_of}], "as_of"}: as_of is the
 * export's. */
int
list_all(void *self, struct kit_call *call)
{
	json_t *list, *as_of;
	int r = gather(self, call->request, &list, &as_of);

	if (r < 0)
		return r;
	return kit_answer(
	    call, 200, json_pack("{s:o, s:o*}", "applications", list, "as_of", as_of));
}

int
list_one(void *self, struct kit_call *call)
{
	json_auto_t *list = NULL, *as_of = NULL;
	json_t *one;
	size_t i;
	int r = gather(self, call->request, &list, &as_of);

	if (r < 0)
		return r;
	json_array_foreach(list, i, one) {
		const char *reference = json_string_value(json_object_get(one, "reference"));

		if (reference != NULL && strcmp(reference, call->id) == 0)
			return kit_answer(call, 200, json_incref(one));
	}
	return DVARA_ENOTFOUND;
}

/* An export that was never there, not even as a copy, hides nothing that was pushed. */
static int
gather(
    struct tracking *tracking, struct dvara_request *request, json_t **ret_list, json_t **ret_as_of)
{
	json_auto_t *list = json_array();
	json_t *of_export = NULL, *as_of = NULL;
	int r, r_export;

	if (*dvara_subject(request) == '\0')
		return DVARA_EDENIED;
	r = pushed_add(tracking, request, list);
	if (r < 0)
		return r;
	r_export = export_of_person(tracking, request, &of_export, &as_of);
	if (r_export < 0 && json_array_size(list) == 0)
		return r_export;
	for (size_t i = 0; i < json_array_size(of_export); i++) {
		if (!tracking_is_over(tracking, json_array_get(of_export, i)))
			json_array_append(list, json_array_get(of_export, i));
	}
	json_decref(of_export);
	*ret_list = sorted(list);
	*ret_as_of = as_of;
	return *ret_list == NULL ? DVARA_EINTERNAL : DVARA_OK;
}

static int
pushed_add(const struct tracking *tracking, struct dvara_request *request, json_t *list)
{
	const struct dvara_rows *rows;
	int r;

	r = dvara_read(request,
	    "SELECT agency, reference, status, updated, next_step, heard_s FROM application"
	    " JOIN agency ON agency.id = application.agency"
	    " WHERE subject = ?1 AND (leaves_s = 0 OR leaves_s > ?2)"
	    " ORDER BY updated_s DESC, agency, reference LIMIT ?3",
	    DVARA_VALUES(dvara_text_value(dvara_subject(request)), dvara_int_value(dvara_now_s()),
		dvara_int_value(LIST_MAX)),
	    &rows);
	if (r < 0)
		return r;
	for (size_t i = 0; i < dvara_n_rows(rows); i++)
		json_array_append_new(list, pushed(tracking, rows, i));
	return DVARA_OK;
}

/* An agency that has left the settings keeps its applications; its name is gone. */
static json_t *
pushed(const struct tracking *tracking, const struct dvara_rows *rows, size_t i)
{
	const char *agency = dvara_text(rows, i, 0), *next_step = dvara_text(rows, i, 4);
	json_t *name =
	    json_incref(json_object_get(json_object_get(tracking->agencies, agency), "name"));

	return json_pack("{s:s, s:o, s:s, s:s, s:o*, s:o}", "reference", dvara_text(rows, i, 1),
	    "agency", name == NULL ? json_pack("{s:s}", "en", agency) : name, "status",
	    dvara_text(rows, i, 2), "updated", dvara_text(rows, i, 3), "next_step",
	    next_step == NULL ? NULL : json_loads(next_step, 0, NULL), "as_of",
	    kit_time(dvara_int(rows, i, 5)));
}

static json_t *
sorted(json_t *list)
{
	size_t n = json_array_size(list);
	json_t **all = calloc(n + 1, sizeof(*all)), *ordered = all == NULL ? NULL : json_array();

	for (size_t i = 0; i < n && all != NULL; i++)
		all[i] = json_array_get(list, i);
	if (all != NULL)
		qsort(all, n, sizeof(*all), later_first);
	for (size_t i = 0; i < n && all != NULL; i++)
		json_array_append(ordered, all[i]);
	free(all);
	return ordered;
}

/* Days and times are written so that the later is the greater text. */
static int
later_first(const void *a, const void *b)
{
	const char *one = json_string_value(json_object_get(*(json_t *const *)a, "updated"));
	const char *other = json_string_value(json_object_get(*(json_t *const *)b, "updated"));

	return strcmp(other == NULL ? "" : other, one == NULL ? "" : one);
}
