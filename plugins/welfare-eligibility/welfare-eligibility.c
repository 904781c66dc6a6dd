/* SPDX-License-Identifier: Apache-2.0
 *
 * welfare-eligibility: the table of its calls, its settings and its tables.  README.md says who
 * calls what.
 */
#include "welfare.h"

#include <stdlib.h>

static const struct kit_route routes[] = {
    {"GET", "/programmes", catalogue_list},
    {"GET", "/programmes/{id}/versions/{n}", catalogue_version},
    {"POST", "/programmes/{id}/check", decision_check},
    {"GET", "/decisions", decision_list},
    {"POST", "/decisions/{id}/appeal", appeal_make},
    {"GET", "/appeals", appeal_list},
    {"POST", "/appeals/{id}/answer", appeal_answer},
    {NULL, NULL, NULL},
};

static const struct dvara_setting settings[] = {
    {"programmes", "programmes.json", "the programmes and their rules: conf/schema/programme.json"},
    {"agencies", "", "who answers appeals, a file {client_id: [programme, …]}; empty: nobody"},
    {"citizen_clients", "portal", "client_ids of portals by which people check and appeal"},
    {"appeal_page", "", "address of a portal's page for appeals; the decision's name is added"},
    {"checks_per_day", "50", "how often a person may check in a day"},
    {"keep_days", "1825", "how long a decision is kept"},
    {NULL, NULL, NULL},
};

static const struct dvara_migration migrations[] = {
    {1, "CREATE TABLE programme_version ("
	" programme TEXT NOT NULL,"
	" version BIGINT NOT NULL,"
	" content TEXT NOT NULL,"
	" published_s BIGINT NOT NULL,"
	" PRIMARY KEY (programme, version));"
	"CREATE TABLE decision ("
	" id TEXT PRIMARY KEY,"
	" subject TEXT NOT NULL,"
	" programme TEXT NOT NULL,"
	" version BIGINT NOT NULL,"
	" outcome TEXT NOT NULL,"
	" rule TEXT NOT NULL,"
	" decided_s BIGINT NOT NULL);"
	"CREATE INDEX decision_of_subject ON decision (subject, decided_s);"
	"CREATE INDEX decision_by_age ON decision (decided_s);"
	"CREATE TABLE appeal ("
	" decision_id TEXT PRIMARY KEY,"
	" programme TEXT NOT NULL,"
	" words TEXT NOT NULL,"
	" made_s BIGINT NOT NULL,"
	" due_s BIGINT NOT NULL,"
	" outcome TEXT,"
	" answer TEXT,"
	" answered_s BIGINT);"
	"CREATE INDEX appeal_waiting ON appeal (programme, made_s) WHERE outcome IS NULL"},
    {0, NULL},
};

static int settings_read(struct welfare *welfare);
static void welfare_close(void *self);

static int
welfare_open(struct dvara_host *host, void **ret_self)
{
	struct welfare *welfare = calloc(1, sizeof(*welfare));
	int r;

	if (welfare == NULL)
		return DVARA_EINTERNAL;
	welfare->host = host;
	r = settings_read(welfare);
	if (r == DVARA_OK)
		r = programme_read_all(welfare);
	if (r < 0) {
		welfare_close(welfare);
		return r;
	}
	*ret_self = welfare;
	return DVARA_OK;
}

static int
settings_read(struct welfare *welfare)
{
	const char *agencies = dvara_setting(welfare->host, "agencies");

	welfare->citizen_clients = dvara_setting(welfare->host, "citizen_clients");
	welfare->appeal_page = dvara_setting(welfare->host, "appeal_page");
	if (!kit_number(welfare->host, "checks_per_day", 100000, &welfare->checks_per_day) ||
	    !kit_number(welfare->host, "keep_days", 36500, &welfare->keep_days))
		return DVARA_EINPUT;
	return *agencies == '\0'
		   ? DVARA_OK
		   : kit_file(welfare->host, agencies, JSON_OBJECT, &welfare->agencies);
}

static void
welfare_close(void *self)
{
	struct welfare *welfare = self;

	programme_free_all(welfare);
	json_decref(welfare->agencies);
	free(welfare);
}

static int
welfare_handle(void *self, struct dvara_request *request, struct dvara_answer *ret_answer)
{
	int r = catalogue_publish(self, request);

	return r < 0 ? r : kit_dispatch(self, routes, request, ret_answer);
}

bool
welfare_is_citizen(const struct welfare *welfare, const struct dvara_request *request)
{
	return *dvara_subject(request) != '\0' &&
	       kit_has_word(welfare->citizen_clients, dvara_client(request));
}

const json_t *
welfare_programmes_of(const struct welfare *welfare, const struct dvara_request *request)
{
	if (*dvara_subject(request) != '\0')
		return NULL;
	return json_object_get(welfare->agencies, dvara_client(request));
}

DVARA_SERVICE(.id = "welfare-eligibility", .version = "1.0", .settings = settings,
    .open = welfare_open, .close = welfare_close, .handle = welfare_handle,
    .migrations = migrations);
