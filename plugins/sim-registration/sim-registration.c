/* SPDX-License-Identifier: Apache-2.0
 *
 * sim-registration: the table of its calls, its settings and its tables.  README.md says who calls
 * what.
 */
#include "sim.h"

#include <stdlib.h>

#define LIMIT_MAX 1000

static const struct kit_route routes[] = {
    {"POST", "/registrations", sim_register},
    {"GET", "/registrations", sim_list},
    {"POST", "/registrations/{id}/report", sim_report},
    {"POST", "/registrations/{id}/transfer", sim_transfer},
    {"POST", "/registrations/{id}/end", sim_end},
    {"POST", "/proofs", sim_redeem},
    {"GET", "/reports", sim_reports},
    {NULL, NULL, NULL},
};

static const struct dvara_setting settings[] = {
    {"operators", "operators.json",
	"who may register SIMs: {client_id: {\"name\": {lang: text}}}, or a file of that"},
    {"citizen_clients", "portal", "client_ids of portals that show a person all of their SIMs"},
    {"limit", "5", "how many SIMs a person may have, at all operators together"},
    {"foreigner_limit", "2", "how many somebody of another nationality may have"},
    {"national", "nationality_is:KH",
	"the attribute of the manifest that says who is no foreigner"},
    {NULL, NULL, NULL},
};

/* A number is one person's at a time; pending ones do not hold it, so nobody can squat on it. */
static const struct dvara_migration migrations[] = {
    {1, "CREATE TABLE registration ("
	" id TEXT PRIMARY KEY,"
	" number TEXT NOT NULL,"
	" subject TEXT NOT NULL,"
	" operator TEXT NOT NULL,"
	" state TEXT NOT NULL CHECK (state IN ('pending', 'active', 'reported', 'ended')),"
	" for_minor BIGINT NOT NULL,"
	" is_foreigner BIGINT NOT NULL,"
	" since_s BIGINT NOT NULL,"
	" changed_s BIGINT NOT NULL,"
	" end_reason TEXT,"
	/* of a pending one: the proof that makes it active, once, and the code by which
	 * somebody gives the number away */
	" proof TEXT NOT NULL UNIQUE,"
	" proof_until_s BIGINT NOT NULL,"
	" takes_code TEXT);"
	"CREATE UNIQUE INDEX registration_number ON registration (number)"
	" WHERE state IN ('active', 'reported');"
	"CREATE INDEX registration_of_subject ON registration (subject, since_s);"
	"CREATE INDEX registration_of_operator ON registration (operator, state, changed_s);"
	"CREATE TABLE transfer ("
	" code TEXT PRIMARY KEY,"
	" registration_id TEXT NOT NULL UNIQUE,"
	" until_s BIGINT NOT NULL)"},
    {0, NULL},
};

static int
sim_open(struct dvara_host *host, void **ret_self)
{
	struct sim *sim = calloc(1, sizeof(*sim));
	int r;

	if (sim == NULL)
		return DVARA_EINTERNAL;
	sim->host = host;
	sim->citizen_clients = dvara_setting(host, "citizen_clients");
	sim->national = dvara_setting(host, "national");
	r = kit_file(host, dvara_setting(host, "operators"), JSON_OBJECT, &sim->operators);
	if (r == DVARA_OK &&
	    (!kit_number(host, "limit", LIMIT_MAX, &sim->limit) ||
		!kit_number(host, "foreigner_limit", LIMIT_MAX, &sim->foreigner_limit)))
		r = DVARA_EINPUT;
	if (r < 0) {
		json_decref(sim->operators);
		free(sim);
		return r;
	}
	*ret_self = sim;
	return DVARA_OK;
}

static void
sim_close(void *self)
{
	struct sim *sim = self;

	json_decref(sim->operators);
	free(sim);
}

static int
sim_handle(void *self, struct dvara_request *request, struct dvara_answer *ret_answer)
{
	return kit_dispatch(self, routes, request, ret_answer);
}

bool
sim_is_operator(const struct sim *sim, const struct dvara_request *request)
{
	return json_object_get(sim->operators, dvara_client(request)) != NULL;
}

bool
sim_is_holder(const struct sim *sim, const struct dvara_request *request)
{
	return *dvara_subject(request) != '\0' &&
	       kit_has_word(sim->citizen_clients, dvara_client(request));
}

DVARA_SERVICE(.id = "sim-registration", .version = "1.1", .settings = settings, .open = sim_open,
    .close = sim_close, .handle = sim_handle, .migrations = migrations);
