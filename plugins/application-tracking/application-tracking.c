/* SPDX-License-Identifier: Apache-2.0
 *
 * application-tracking: a person's applications at agencies, in one list.
 *
 *   GET /applications              {"applications": [{reference, agency, status, updated,
 * next_step}], "as_of"} GET /applications/{reference}  one of them
 *
 * It asks no attribute: the person is the pairwise subject of their token.  The agencies' export is
 * one JSON file,
 * {"as_of": "…", "people": {subject: [application, …]}}, read anew when it changes.
 */
#include <dvara/plugin.h>

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define EXPORT_MAX_BYTES (16 << 20)

struct tracking {
	struct dvara_host *host;
	char path[4096];
	struct timespec read_at; /* the file's, when it was read */
	json_t *export;          /* NULL: never readable so far */
};

static int export_refresh(struct tracking *tracking);
static json_t *of_person(const struct tracking *tracking, const char *subject);
static int answer_with(
    struct dvara_request *request, json_t *json, struct dvara_answer *ret_answer);
static int one_of(struct dvara_request *request, const json_t *applications, const char *reference,
    struct dvara_answer *ret_answer);

static int
tracking_open(struct dvara_host *host, void **ret_self)
{
	struct tracking *tracking = calloc(1, sizeof(*tracking));
	const char *file = dvara_setting(host, "applications");

	if (!tracking)
		return DVARA_EINTERNAL;
	tracking->host = host;
	snprintf(tracking->path, sizeof(tracking->path), "%s%s%s",
	    file[0] == '/' ? "" : dvara_folder(host), file[0] == '/' ? "" : "/", file);
	*ret_self = tracking;
	return DVARA_OK;
}

static void
tracking_close(void *self)
{
	struct tracking *tracking = self;

	json_decref(tracking->export);
	free(tracking);
}

static int
tracking_handle(void *self, struct dvara_request *request, struct dvara_answer *ret_answer)
{
	static const char list[] = "/applications", one[] = "/applications/";
	struct tracking *tracking = self;
	const char *path = dvara_path(request);
	const json_t *applications;
	int r;

	if (strcmp(dvara_method(request), "GET") != 0)
		return DVARA_EINPUT;
	r = export_refresh(tracking);
	if (r < 0)
		return r;
	applications = of_person(tracking, dvara_subject(request));
	if (strcmp(path, list) == 0)
		return answer_with(request,
		    json_pack("{s:O?, s:O?}", "applications", applications, "as_of",
			json_object_get(tracking->export, "as_of")),
		    ret_answer);
	if (strncmp(path, one, sizeof(one) - 1) == 0)
		return one_of(request, applications, path + sizeof(one) - 1, ret_answer);
	return DVARA_ENOTFOUND;
}

/* A new export that cannot be read leaves the last good one in place: it says itself how old it is.
 */
static int
export_refresh(struct tracking *tracking)
{
	json_error_t error;
	struct stat st;
	json_t *export;

	if (stat(tracking->path, &st) < 0 || st.st_size > EXPORT_MAX_BYTES)
		return tracking->export ? DVARA_OK : DVARA_EUPSTREAM;
	if (tracking->export && memcmp(&st.st_mtim, &tracking->read_at, sizeof(st.st_mtim)) == 0)
		return DVARA_OK;
	export = json_load_file(tracking->path, JSON_REJECT_DUPLICATES, &error);
	tracking->read_at = st.st_mtim;
	if (!json_is_object(json_object_get(export, "people"))) {
		dvara_log(tracking->host, "the export cannot be read: line %d: %s", error.line,
		    error.text);
		json_decref(export);
		return tracking->export ? DVARA_OK : DVARA_EUPSTREAM;
	}
	json_decref(tracking->export);
	tracking->export = export;
	return DVARA_OK;
}

static json_t *
of_person(const struct tracking *tracking, const char *subject)
{
	static json_t *none;
	json_t *list = json_object_get(json_object_get(tracking->export, "people"), subject);

	if (!none)
		none = json_array();
	return list ? list : none;
}

static int
answer_with(struct dvara_request *request, json_t *json, struct dvara_answer *ret_answer)
{
	char *text = json ? json_dumps(json, JSON_COMPACT) : NULL;

	json_decref(json);
	if (!text)
		return DVARA_EINTERNAL;
	ret_answer->body = dvara_printf(request, "%s", text);
	free(text);
	return ret_answer->body ? DVARA_OK : DVARA_EINTERNAL;
}

static int
one_of(struct dvara_request *request, const json_t *applications, const char *reference,
    struct dvara_answer *ret_answer)
{
	json_t *application;
	size_t i;

	json_array_foreach(applications, i, application) {
		const char *its = json_string_value(json_object_get(application, "reference"));

		if (its && strcmp(its, reference) == 0)
			return answer_with(request, json_incref(application), ret_answer);
	}
	return DVARA_ENOTFOUND;
}

static const struct dvara_setting settings[] = {
    {"applications", "applications.json", "the agencies' export, a JSON file"},
    {NULL, NULL, NULL},
};

DVARA_SERVICE(.id = "application-tracking", .version = "1.0", .settings = settings,
    .open = tracking_open, .close = tracking_close, .handle = tracking_handle);
