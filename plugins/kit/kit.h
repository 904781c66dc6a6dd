/* SPDX-License-Identifier: Apache-2.0
 *
 * What the services that come with Dvara have in common: a table of routes, JSON in, JSON out, a
 * refusal that says why (RFC 9457).  Beside dvara/plugin.h nothing of the gateway is needed; a
 * service of an agency may take it or leave it.
 */
#ifndef KIT_H
#define KIT_H

#include <dvara/plugin.h>
#include <jansson.h>

#include <stdbool.h>

/* One call on its way. */
struct kit_call {
	struct dvara_request *request;
	struct dvara_answer *answer;
	const char *id, *n; /* what stands for {id} and {n} in the route's path, or NULL */
};

typedef int kit_handler(void *self, struct kit_call *call);

struct kit_route {
	const char *method;
	const char *path; /* "/registrations/{id}/report"; a hole is one segment, never empty */
	kit_handler *handle;
};

/* Ends with a NULL method.  No route: 404; none of that method: 405. */
int kit_dispatch(void *self, const struct kit_route *routes, struct dvara_request *request,
    struct dvara_answer *ret_answer);

/* Answers json, and takes the caller's reference. */
int kit_answer(struct kit_call *call, int status, json_t *json);

/* Answers a refusal: code is for programs (number-taken), detail for their developers.  Neither
 * says more about a person than the caller knows. */
int kit_refuse(struct kit_call *call, int status, const char *code, const char *detail);

/* The body as an object, strictly: no duplicate members, nothing beside members, a NULL-ended list.
 * A new reference.  On failure the refusal is in the answer: return what it returns where *ret_body
 * is NULL. */
int kit_body(struct kit_call *call, const char *const *members, json_t **ret_body);

/* A member that is a text of 1 to max_bytes printable bytes; NULL: it is not. */
const char *kit_member(const json_t *object, const char *name, size_t max_bytes);

/* Whether it is {language: text} with languages of Dvara's five and texts that are not empty: one
 * at least, or all five. */
bool kit_is_texts(json_t *texts, bool in_all);

/* Whether word is one of words, which have spaces between them. */
bool kit_has_word(const char *words, const char *word);

/* Seconds since 1970 as "2026-11-22T10:00:00Z"; a new reference, null where it is 0. */
json_t *kit_time(int64_t at_s);

/* At open; what is wrong is logged.  A JSON file, relative to the plugin's folder, or its content
 * ('{' or '[' begins it); a new reference.
 * DVARA_EINPUT: it cannot be read, or is not of that type. */
int kit_file(struct dvara_host *host, const char *file, json_type type, json_t **ret_json);
/* A setting that is a whole number from 1 to most. */
bool kit_number(struct dvara_host *host, const char *setting, int64_t most, int64_t *ret_number);

#endif
