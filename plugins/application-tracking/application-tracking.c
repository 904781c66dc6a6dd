/* SPDX-License-Identifier: Apache-2.0
 *
 * application-tracking: the table of its calls, its settings and its tables.  README.md says who
 * calls what.
 */
#include "tracking.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct kit_route routes[] = {
    {"GET", "/applications", list_all},
    {"POST", "/applications", push_apply},
    {"GET", "/applications/{id}", list_one},
    {"DELETE", "/applications/{id}", push_remove},
    {NULL, NULL, NULL},
};

static const struct dvara_setting settings[] = {
    {"applications", "applications.json", "the agencies' export, a JSON file; empty: none"},
    {"agencies", "", "who may push, a file {client_id: {\"name\": {lang: text}}}; empty: nobody"},
    {"closed", "approved refused collected withdrawn", "statuses that an application ends in"},
    {"closed_days", "90", "how long after its last change one that has ended stays in the list"},
    {NULL, NULL, NULL},
};

static const struct dvara_migration migrations[] = {
    {1, "CREATE TABLE application ("
	" agency TEXT NOT NULL,"
	" reference TEXT NOT NULL,"
	" subject TEXT NOT NULL,"
	" status TEXT NOT NULL,"
	" updated TEXT NOT NULL,"
	" updated_s BIGINT NOT NULL,"
	" next_step TEXT,"
	" leaves_s BIGINT NOT NULL,"
	" PRIMARY KEY (agency, reference));"
	"CREATE INDEX application_of_subject ON application (subject, updated_s);"
	"CREATE TABLE agency ("
	" id TEXT PRIMARY KEY,"
	" heard_s BIGINT NOT NULL);"
	/* what the export last said of a person */
	"CREATE TABLE copy ("
	" subject TEXT PRIMARY KEY,"
	" content TEXT NOT NULL)"},
    {0, NULL},
};

static void tracking_close(void *self);

static int
tracking_open(struct dvara_host *host, void **ret_self)
{
	struct tracking *tracking = calloc(1, sizeof(*tracking));
	const char *export = dvara_setting(host, "applications");
	const char *agencies = dvara_setting(host, "agencies");
	int r = DVARA_OK;

	if (tracking == NULL)
		return DVARA_EINTERNAL;
	tracking->host = host;
	tracking->closed = dvara_setting(host, "closed");
	if (*export != '\0')
		snprintf(tracking->export_path, sizeof(tracking->export_path), "%s%s%s",
		    export[0] == '/' ? "" : dvara_folder(host), export[0] == '/' ? "" : "/",
		    export);
	if (!kit_number(host, "closed_days", 36500, &tracking->closed_days))
		r = DVARA_EINPUT;
	if (r == DVARA_OK && *agencies != '\0')
		r = kit_file(host, agencies, JSON_OBJECT, &tracking->agencies);
	if (r < 0) {
		tracking_close(tracking);
		return r;
	}
	*ret_self = tracking;
	return DVARA_OK;
}

static void
tracking_close(void *self)
{
	struct tracking *tracking = self;

	json_decref(tracking->export);
	json_decref(tracking->agencies);
	free(tracking);
}

static int
tracking_handle(void *self, struct dvara_request *request, struct dvara_answer *ret_answer)
{
	export_compare(self, request);
	return kit_dispatch(self, routes, request, ret_answer);
}

int64_t
tracking_leaves_s(const struct tracking *tracking, const char *status, int64_t updated_s)
{
	if (!kit_has_word(tracking->closed, status))
		return 0;
	return updated_s + tracking->closed_days * DAY_S;
}

bool
tracking_time_read(const char *text, int64_t *ret_s)
{
	struct tm parts = {0};
	const char *end = text == NULL ? NULL : strptime(text, "%Y-%m-%d", &parts);

	if (end == NULL || strlen(text) < 10)
		return false;
	if (*end != '\0')
		end = strptime(end, "T%H:%M:%SZ", &parts);
	if (end == NULL || *end != '\0')
		return false;
	*ret_s = timegm(&parts);
	return true;
}

bool
tracking_is_over(const struct tracking *tracking, const json_t *application)
{
	const char *status = json_string_value(json_object_get(application, "status"));
	int64_t updated_s, leaves_s;

	if (status == NULL ||
	    !tracking_time_read(
		json_string_value(json_object_get(application, "updated")), &updated_s))
		return false;
	leaves_s = tracking_leaves_s(tracking, status, updated_s);
	return leaves_s != 0 && leaves_s <= dvara_now_s();
}

bool
tracking_is_reference(const char *reference)
{
	static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ", digits[] = "0123456789",
			  both[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";
	size_t len = reference == NULL ? 0 : strspn(reference, letters);
	int n_groups = 0;

	if (len < 1 || len > 6)
		return false;
	for (reference += len; *reference == '-'; reference += len) {
		reference++;
		len = strspn(reference, both);
		if (++n_groups > 3 || len < 1 || len > 7 || strcspn(reference, digits) >= len)
			return false;
	}
	return n_groups > 0 && *reference == '\0';
}

DVARA_SERVICE(.id = "application-tracking", .version = "2.2", .settings = settings,
    .open = tracking_open, .close = tracking_close, .handle = tracking_handle,
    .migrations = migrations);
