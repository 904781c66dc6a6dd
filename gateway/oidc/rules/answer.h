/* SPDX-License-Identifier: Apache-2.0
 *
 * What goes back to the client by way of the browser (RFC 6749 section 4.1.2, RFC 9207): a 303, or
 * a form that the browser posts, its parameters signed where the client asked for it (JARM); always
 * with iss, state exactly as it came.
 */
#ifndef OIDC_RULES_ANSWER_H
#define OIDC_RULES_ANSWER_H

#include "http/reply.h"
#include "oidc/rules/authorization.h"

struct task;

/* How a request ended. */
struct answer {
	const struct authorization *to;
	const char *code;        /* or */
	const char *error;       /* with */
	const char *description; /* for developers; or NULL */
	bool is_automatic;       /* nobody has acted: an error to a client that no operator approved
				    is then a page that names the host (RFC 9700 section 4.11.2) */
};
int answer_send(struct task *task, const struct request *request, struct reply *reply,
    const struct answer *answer);

/* The task's fault as an error for the client; logs it.  A fault of ours stays one: returns its
 * code. */
int answer_fault(struct task *task, const struct request *request, struct reply *reply,
    const struct authorization *to);

#endif
