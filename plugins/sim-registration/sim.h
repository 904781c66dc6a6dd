/* SPDX-License-Identifier: Apache-2.0
 *
 * sim-registration: which SIM is in whose name; private to this folder.
 *
 * A registration begins pending, with a proof for the operator; redeemed, it is active; reported by
 * its holder as not theirs, it waits for the operator; ended, it stays for the record.  Of a person
 * nothing is kept but this service's own name for them.
 */
#ifndef SIM_H
#define SIM_H

#include "kit/kit.h"

#define PROOF_LIFE_S    600   /* from the counter to the operator's system */
#define TRANSFER_LIFE_S 86400 /* until the one who gets the number has come */
#define PROOF_TYP       "sim-proof+jwt"
#define NUMBER_MAX      16 /* E.164 with its '+' */
#define LIST_MAX        100

struct sim {
	struct dvara_host *host;
	json_t *operators; /* {client_id: {"name": {lang: text}}} */
	const char *citizen_clients, *national;
	int64_t limit, foreigner_limit;
};

/* A code that is told by word of mouth: CODE_LETTERS of an alphabet without look-alikes (60 bits),
 * in groups of four.  NULL: no memory. */
#define CODE_LETTERS 12
const char *sim_code(struct dvara_request *request);
/* As it was typed: without spaces and hyphens, in capitals. */
const char *sim_code_typed(struct dvara_request *request, const char *typed);

/* Who calls. */
bool sim_is_operator(const struct sim *sim, const struct dvara_request *request);
bool sim_is_holder(const struct sim *sim, const struct dvara_request *request);

/* counter.c: an operator's counter or shop, with the person there. */
kit_handler sim_register; /* POST /registrations */

/* operator.c: an operator's system, by itself. */
kit_handler sim_redeem;  /* POST /proofs */
kit_handler sim_reports; /* GET /reports */
kit_handler sim_end;     /* POST /registrations/{id}/end */

/* holder.c: the person, by the portal; an operator's own customers likewise see what is there. */
kit_handler sim_list;     /* GET /registrations */
kit_handler sim_report;   /* POST /registrations/{id}/report */
kit_handler sim_transfer; /* POST /registrations/{id}/transfer */

#endif
