/* SPDX-License-Identifier: Apache-2.0
 *
 * What all of the consent API (/consent/v1) has in common: who is calling, requests that may be
 * repeated, pages of lists, and waiting for a change.
 *
 * The caller is a client by an access token of its own (grant_type client_credentials, scope
 * consent) that is bound to a key of it (RFC 9449, RFC 8705): a plain bearer token is refused.
 * Another client's thing is answered like one that is not there.
 */
#ifndef CONSENT_API_H
#define CONSENT_API_H

#include "http/reply.h"
#include "http/request.h"
#include "records/client.h"

struct task;

#define API_SCOPE "consent"

/* Fails NO_TOKEN, INVALID_TOKEN, INVALID_TOKEN_PROOF, USE_TOKEN_NONCE, INSUFFICIENT_SCOPE. */
int api_client(struct task *task, const struct request *request, const struct client **ret_client);

/* A POST, which does what it does once: header Idempotency-Key (1 to 255 visible letters) is
 * required, and the same request under the same key gets the same answer for a day.  Errors are not
 * kept, since they did nothing. */
struct api_call {
	const struct client *client;
	const struct request *request;
	const json_t *body; /* an object; empty where there was no body */
};
struct api_result {
	int status;
	json_t *json;         /* the task keeps it (json_keep); NULL: no body */
	const char *location; /* of what was made, or NULL */
	const char *type;     /* media type where json is a string to be sent as it is; or NULL */
};
typedef int api_act(struct task *task, const struct api_call *call, struct api_result *result);
struct api_post {
	api_act *act;
	api_act *finish; /* on what act() answered now or before, which is not kept: what must not
			    lie in a store is put into the answer here; or NULL */
};
/* Fails as api_client() and act() do, IDEMPOTENCY_MISSING, IDEMPOTENCY_MISMATCH,
 * IDEMPOTENCY_RUNNING. */
int api_post(struct task *task, const struct request *request, struct reply *reply,
    const struct api_post *post);

/* Whether the object has no members but these, parted by spaces: a slip of the pen is not passed
 * over.  Fails INVALID_REQUEST naming the first other one. */
int api_members_check(struct task *task, const json_t *object, const char *names);

/* ?limit= (1 to 100, default 20) and ?cursor=, which is opaque to clients: what api_page_reply()
 * wrote; after is the text that it was made of, NULL on the first page.  Fails INVALID_REQUEST. */
struct api_page {
	int limit;
	const char *after;
};
int api_page_of(struct task *task, const struct request *request, struct api_page *ret_page);

/* {"data": [...], "next": cursor or null}, and Link: rel="next".  next: what the next page comes
 * after; NULL: this is the last. */
int api_page_reply(struct reply *reply, json_t *array, const char *next);

/* Prefer: wait=N (RFC 7240 section 4.3), at most 25 s:
 *	api_wait_open(&wait, reply, client);
 *	do
 *		r = look();
 *	while (r == 0 && nothing is there && api_wait(&wait));
 *	api_wait_close(&wait);
 * Twice a second.  The answer says Preference-Applied where it was heeded; where the client, or all
 * of them together, wait too often already, it comes at once, and does not say so. */
struct api_wait {
	struct task *task;
	const char *client_id;
	int64_t until_ms;
	struct api_wait *next; /* of the loop */
};
void api_wait_open(struct api_wait *wait, struct reply *reply, const struct client *client);
bool api_wait(struct api_wait *wait);
void api_wait_close(struct api_wait *wait);

#endif
