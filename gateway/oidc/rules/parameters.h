/* SPDX-License-Identifier: Apache-2.0
 *
 * The parameters of an authorization request, whatever the way they came: the query or form of
 * /authorize, the form of /par, the record that /par kept, the claims of a request object.  Every
 * rule of authorization_read() sees these and nothing else, so that no way in has rules of its own.
 */
#ifndef OIDC_RULES_PARAMETERS_H
#define OIDC_RULES_PARAMETERS_H

#include "http/request.h"

struct task;

struct parameters {
	struct pairs pairs;
	const char *duplicate; /* name of the first that stands twice and must not (resource may,
				  RFC 8707); NULL: none */
	bool too_many;         /* more than FORM_MAX_PARAMS, the rest left out */
	const char *pushed;    /* mark of the record that kept them (records/pushed.h); "": about to
				  be kept; NULL: they came by the browser */
	bool is_signed;        /* they are the claims of a request object */
};

/* Of the form for POST, else of the query. */
void parameters_of_request(const struct request *request, struct parameters *ret_parameters);

/* Members that are no text become their JSON text, so that claims may be an object and max_age a
 * number (RFC 9101 section 4); an array of texts stands for a parameter that stands several times.
 * null is absent.  In the task's arena. */
void parameters_of_json(struct task *task, const json_t *object, struct parameters *ret_parameters);

/* The way back, kept by the task. */
json_t *parameters_json(struct task *task, const struct parameters *parameters);

/* As it came, which may be ""; NULL: absent. */
const char *parameters_find(const struct parameters *parameters, const char *name);

/* One without a value counts as absent (RFC 6749 section 3.1). */
const char *parameters_get(const struct parameters *parameters, const char *name);

/* Every value of one that may stand several times, in order: a NULL-ended array. */
const char *const *parameters_all(
    struct task *task, const struct parameters *parameters, const char *name);

#endif
