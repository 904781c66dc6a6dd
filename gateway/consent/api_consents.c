/* SPDX-License-Identifier: Apache-2.0
 *
 * /consent/v1/consents and /consent/v1/grants: what people allowed the client that is calling.  A
 * grant is a consent by another name (Grant Management for OAuth 2.0, draft 03): grant_id of a
 * token answer leads here.
 */
#include "consent/api.h"
#include "consent/api_consents.h"
#include "consent/api_handlers.h"
#include "consent/artefact.h"
#include "consent/ask.h"
#include "core/task.h"

#include <string.h>

#define BATCH         100
#define BATCHES       10 /* a page that finds little ends after so many: the next one goes on */
/* And before its task is full: one batch of the longest rows takes less than what is left. */
#define BATCHES_BYTES (ARENA_MAX_BYTES / 2)

struct listing {
	const struct client *client;
	const char *status; /* NULL: any */
	struct consent_page page;
	size_t limit;
	json_t *found;
};

static int listing_of(struct task *task, const struct request *request, struct listing *ret);
static int cursor_read(struct task *task, const char *after, struct consent_page *page);
static int list_some(struct task *task, struct listing *listing, bool *ret_is_last);
static int signed_reply(struct task *task, struct reply *reply, const char *jws, const char *what);
static api_act relinquish;

int
api_consent_list(struct task *task, const struct request *request, struct reply *reply)
{
	struct listing listing = {.found = json_keep(task, json_array())};
	bool is_last = false;
	int r;

	r = api_client(task, request, &listing.client);
	if (r == 0)
		r = listing_of(task, request, &listing);
	for (int i = 0; r == 0 && !is_last && i < BATCHES; i++) {
		r = list_some(task, &listing, &is_last);
		if (json_array_size(listing.found) >= listing.limit ||
		    task->arena.used_bytes > BATCHES_BYTES)
			break;
	}
	if (r < 0)
		return r;
	return api_page_reply(reply, listing.found,
	    is_last ? NULL
		    : task_printf(
			  task, "%lld:%s", (long long)listing.page.after_s, listing.page.after_id));
}

static int
listing_of(struct task *task, const struct request *request, struct listing *ret)
{
	const char *purpose = request_query(request, "purpose");
	struct api_page page;
	int r;

	r = api_page_of(task, request, &page);
	if (r < 0)
		return r;
	ret->limit = (size_t)page.limit;
	ret->status = request_query(request, "status");
	if (ret->status != NULL && !consent_state_is_name(ret->status))
		return fail(task, INVALID_REQUEST, "status is none that a consent can have");
	ret->page =
	    (struct consent_page){.client_id = ret->client->id, .after_id = "", .limit = BATCH};
	if (purpose != NULL) {
		const struct purpose *found = ask_purpose(task, ret->client, purpose);

		ret->page.purpose_id = found == NULL ? purpose : found->id;
	}
	return cursor_read(task, page.after, &ret->page);
}

/* "SECONDS:ID" of the last one shown. */
static int
cursor_read(struct task *task, const char *after, struct consent_page *page)
{
	const char *colon = after == NULL ? NULL : strchr(after, ':');

	if (after == NULL)
		return 0;
	if (colon == NULL || !str_to_i64(task_dup_n(task, after, (size_t)(colon - after)), 0,
				 INT64_MAX, &page->after_s))
		return fail(task, INVALID_REQUEST, "cursor is none that we gave");
	page->after_id = colon + 1;
	return 0;
}

static int
list_some(struct task *task, struct listing *listing, bool *ret_is_last)
{
	const struct consent *const *consents;
	size_t n = 0;
	int r;

	r = consent_of_client(task, &listing->page, &consents);
	if (r < 0)
		return r;
	for (; *consents != NULL; consents++, n++) {
		const enum consent_state state = artefact_state(listing->client, *consents);

		if (json_array_size(listing->found) >= listing->limit)
			return 0;
		listing->page.after_s = (*consents)->given_s;
		listing->page.after_id = (*consents)->id;
		if (listing->status == NULL ||
		    str_equal(listing->status, consent_state_name(state)))
			json_array_append(
			    listing->found, artefact_json(task, listing->client, *consents));
	}
	*ret_is_last = n < BATCH;
	return 0;
}

int
api_consent_of(struct task *task, const struct client *client, const char *id,
    const struct consent **ret_consent)
{
	const struct consent *consent;
	int r;

	r = consent_by_id(task, id, &consent);
	if (r < 0)
		return r;
	if (consent == NULL || !str_equal(consent->client_id, client->id))
		return fail(task, NOT_FOUND, "there is nothing of this id");
	*ret_consent = consent;
	return 0;
}

static int
consent_called(struct task *task, const struct request *request, const struct client **ret_client,
    const struct consent **ret_consent)
{
	int r = api_client(task, request, ret_client);

	if (r < 0)
		return r;
	return api_consent_of(task, *ret_client, request_capture(request, "id"), ret_consent);
}

int
api_consent_show(struct task *task, const struct request *request, struct reply *reply)
{
	const struct consent *consent;
	struct consent_seals seals = {0};
	const struct client *client;
	int r;

	r = consent_called(task, request, &client, &consent);
	if (r < 0)
		return r;
	reply_header(reply, "Vary", "Accept");
	if (request_accepts(request, "application/jwt")) {
		r = consent_seals(task, consent->id, &seals);
		return r < 0 ? r : signed_reply(task, reply, seals.artefact, "artefact");
	}
	return reply_json(reply, 200, artefact_json(task, client, consent));
}

/* What a wallet was allowed, or was given before consents were signed, has none. */
static int
signed_reply(struct task *task, struct reply *reply, const char *jws, const char *what)
{
	if (jws == NULL)
		return fail(task, NOT_FOUND, "no %s was made of this consent", what);
	return reply_text(reply, 200, "application/jwt", jws);
}

int
api_consent_receipt(struct task *task, const struct request *request, struct reply *reply)
{
	const struct consent *consent;
	struct consent_seals seals = {0};
	const struct client *client;
	int r;

	r = consent_called(task, request, &client, &consent);
	if (r == 0)
		r = consent_seals(task, consent->id, &seals);
	return r < 0 ? r : signed_reply(task, reply, seals.receipt, "receipt");
}

int
api_consent_relinquish(struct task *task, const struct request *request, struct reply *reply)
{
	return api_post(task, request, reply, &(struct api_post){.act = relinquish});
}

static int
relinquish(struct task *task, const struct api_call *call, struct api_result *result)
{
	const char *id = request_capture(call->request, "id");
	const char *actor = task_printf(task, "client:%s", call->client->id);
	const struct consent *consent;
	int r;

	r = api_consent_of(task, call->client, id, &consent);
	if (r == 0 && json_object_size(call->body) > 0)
		return fail(task, INVALID_REQUEST, "the body is not empty");
	if (r == 0)
		r = consent_relinquish(task, id, actor);
	if (r == 0)
		r = api_consent_of(task, call->client, id, &consent);
	if (r == 0)
		result->json = artefact_json(task, call->client, consent);
	return r;
}

/* A consent that has ended is no grant any more, and its id unknown (Grant Management section 6).
 */
static int
grant_called(struct task *task, const struct request *request, const struct client **ret_client,
    const struct consent **ret_consent)
{
	enum consent_state state;
	int r;

	r = consent_called(task, request, ret_client, ret_consent);
	if (r < 0)
		return r;
	state = artefact_state(*ret_client, *ret_consent);
	if (state != CONSENT_IS_ACTIVE && state != CONSENT_IS_PAUSED &&
	    state != CONSENT_IS_SUSPENDED)
		return fail(task, NOT_FOUND, "there is nothing of this id");
	return 0;
}

/* Grant Management section 6.3: the scopes and claims that are granted. */
int
api_grant_show(struct task *task, const struct request *request, struct reply *reply)
{
	const struct consent *consent;
	const struct client *client;
	json_t *json;
	int r;

	r = grant_called(task, request, &client, &consent);
	if (r < 0)
		return r;
	json = artefact_json(task, client, consent);
	json_set_text(json, "grant_id", consent->id);
	json_object_set_new(json, "claims", names_json(consent->allowed));
	return reply_json(reply, 200, json);
}

/* Section 6.4: it ends, with its tokens. */
int
api_grant_end(struct task *task, const struct request *request, struct reply *reply)
{
	const struct consent *consent;
	const struct client *client;
	int r;

	r = grant_called(task, request, &client, &consent);
	if (r == 0)
		r = consent_relinquish(
		    task, consent->id, task_printf(task, "client:%s", client->id));
	return r < 0 ? r : reply_empty(reply, 204);
}
