/* SPDX-License-Identifier: Apache-2.0
 *
 * One HTTP exchange: no redirect is followed, an answer has at most WEB_ANSWER_BYTES, and a
 * slow server is left alone after wallet->timeout_s.
 */
#ifndef WALLET_WEB_H
#define WALLET_WEB_H

#include "wallet.h"

enum { WEB_ANSWER_BYTES = 256 * 1024 };

struct web_request {
	const char *what; /* names the exchange in a reason: "token endpoint" */
	const char *url;
	const char *body;          /* NULL: GET */
	const char *content_type;  /* of the body, or NULL */
	const char *accept;        /* or NULL */
	const char *authorization; /* or NULL */
	const char *dpop;          /* or NULL */
};

struct web_answer {
	long status;
	const char *content_type; /* lower case, without parameters; "" if there was none */
	const char *dpop_nonce;   /* or NULL */
	const char *body;         /* n_body bytes and a NUL */
	size_t n_body;
};

/* Fails when there is no answer, or a redirect; any other status is the caller's to judge. */
int web_send(
    struct wallet *wallet, const struct web_request *request, struct web_answer *ret_answer);

/* The answer as a JSON object: status 200, application/json, at most WEB_ANSWER_BYTES. */
int web_json(
    struct wallet *wallet, const char *what, const struct web_answer *answer, json_t **ret_object);

/* Fail, with the "error" and "error_description" that an OAuth server gave. */
int web_fail(struct wallet *wallet, const char *what, const struct web_answer *answer);

/* The "error" of an answer, or "". */
const char *web_error(struct wallet *wallet, const struct web_answer *answer);

#endif
