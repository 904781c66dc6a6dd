/* SPDX-License-Identifier: Apache-2.0
 *
 * GET /login/upstream/{name}/callback: the person is back (OpenID Connect Core section 3.1.2.5, RFC
 * 9207).  The order is: whose state it is, claimed once; who says so; the code for an ID token; its
 * claims; who that is here.
 */
#include "login/upstream/upstream.h"

#include "access/browser.h"
#include "access/jwks_uri.h"
#include "core/clock.h"
#include "core/log.h"
#include "core/task.h"
#include "login/upstream/identity.h"
#include "login/upstream/provider.h"
#include "login/upstream/unlinked.h"
#include "pages/page.h"
#include "records/audit.h"

#include <string.h>

#define CODE_MAX_BYTES 4096
#define WORD_MAX_BYTES 64

/* One person on the way back. */
struct arrival {
	const struct request *request;
	struct reply *reply;
	const struct upstream *upstream;
	struct departure *departure;
	struct transaction *transaction;
	struct identity identity;
};

static int arrival_find(struct task *task, struct arrival *arrival, const char **ret_reason);
static int arrival_prove(struct task *task, struct arrival *arrival);
static int issuer_check(struct task *task, const struct arrival *arrival);
static int error_check(struct task *task, const struct request *request);
static int tokens_read(struct task *task, struct arrival *arrival, const char *code);
static int id_token_read(struct task *task, struct arrival *arrival,
    const struct upstream_tokens *tokens, const struct metadata *metadata);
static int arrival_complete(struct task *task, struct arrival *arrival);
static int arrival_ask(struct task *task, struct arrival *arrival);
static int64_t auth_time_of(const json_t *claims);
static const char *reason_of(int code);
static int arrival_refuse(struct task *task, struct arrival *arrival, const char *reason);

int
upstream_callback(struct task *task, const struct request *request, struct reply *reply)
{
	struct arrival arrival = {.request = request,
	    .reply = reply,
	    .upstream = upstream_named(task, request_capture(request, "name"))};
	const char *reason = NULL;
	bool is_first;
	int r;

	if (str_equal(request->method, "HEAD"))
		return reply_empty(reply, 200);
	if (!arrival.upstream)
		return fail(task, NOT_FOUND, "no upstream of that name");
	if (!login_method_is_on(task, upstream_method.id))
		return page_refuse(task, request, reply, 403, METHOD_OFF);
	r = arrival_find(task, &arrival, &reason);
	if (r == 0 && !reason)
		r = departure_claim(task, arrival.departure->state, &is_first);
	if (r < 0)
		return r;
	if (reason || !is_first)
		return page_refuse(task, request, reply,
		    str_equal(reason, "other-browser") ? 403 : 400, reason ? reason : "link-used");
	page_language(task, request, reply, arrival.transaction->ui_locales);
	r = arrival_prove(task, &arrival);
	if (r == 0)
		return arrival_complete(task, &arrival);
	if (r == UPSTREAM_BROKEN || r == UPSTREAM_LATE)
		metadata_set_away(arrival.upstream->issuer);
	reason = reason_of(r);
	return reason ? arrival_refuse(task, &arrival, reason) : r;
}

/* Nothing is spent by who comes with another's state, to another's address, from another browser.
 */
static int
arrival_find(struct task *task, struct arrival *arrival, const char **ret_reason)
{
	const struct departure *departure;
	struct browser browser;
	int r;

	r = departure_find(task, request_query(arrival->request, "state"), &arrival->departure);
	if (r < 0)
		return r;
	departure = arrival->departure;
	if (!departure || !str_equal(departure->upstream, arrival->upstream->name)) {
		*ret_reason = "link-used";
		return 0;
	}
	if (!browser_known(task, arrival->request, &browser) ||
	    !str_equal(browser.hash, departure->browser)) {
		*ret_reason = "other-browser";
		return 0;
	}
	r = transaction_find(task, departure->transaction_id, browser.hash, &arrival->transaction);
	if (r < 0)
		return r;
	if (!arrival->transaction)
		*ret_reason = "transaction-gone";
	else if (arrival->transaction->step != STEP_LOGIN)
		*ret_reason = "link-used";
	return 0;
}

static int
arrival_prove(struct task *task, struct arrival *arrival)
{
	const char *code = request_query(arrival->request, "code");
	int r;

	r = issuer_check(task, arrival);
	if (r == 0)
		r = error_check(task, arrival->request);
	if (r < 0)
		return r;
	if (str_is_empty(code) || strlen(code) > CODE_MAX_BYTES)
		return fail(task, INVALID_TOKEN, "the upstream's answer has no code");
	r = tokens_read(task, arrival, code);
	if (r < 0)
		return r;
	arrival->identity.upstream = arrival->upstream;
	arrival->identity.acr = upstream_acr(arrival->upstream, arrival->identity.id_token);
	if (!arrival->identity.acr)
		return fail(task, UNMET_AUTHENTICATION_REQUIREMENTS,
		    "the upstream's acr is no level of ours");
	return 0;
}

/* RFC 9207 section 2.4: before anything else of the answer is believed. */
static int
issuer_check(struct task *task, const struct arrival *arrival)
{
	const char *iss = request_query(arrival->request, "iss");
	struct metadata metadata;
	int r;

	if (iss)
		return str_equal(iss, arrival->upstream->issuer)
			   ? 0
			   : fail(task, INVALID_TOKEN, "the answer has another's iss");
	r = upstream_metadata(task, arrival->upstream, &metadata);
	if (r == 0 && metadata.answers_with_iss)
		return fail(task, INVALID_TOKEN, "the answer has no iss");
	return r;
}

/* What else it says of an error is for nobody's eyes: it is not our text. */
static int
error_check(struct task *task, const struct request *request)
{
	const char *error = request_query(request, "error");

	if (!error)
		return 0;
	if (str_equal(error, "access_denied"))
		return fail(task, ACCESS_DENIED, "the upstream says access_denied");
	return fail(task, INVALID_TOKEN, "the upstream says %.*s", WORD_MAX_BYTES,
	    str_is_printable_ascii(error) ? error : "?");
}

static int
tokens_read(struct task *task, struct arrival *arrival, const char *code)
{
	const struct upstream *upstream = arrival->upstream;
	struct upstream_tokens tokens;
	struct metadata metadata;
	int r;

	r = upstream_redeem(task, upstream, arrival->departure, code, &tokens);
	if (r == 0)
		r = upstream_metadata(task, upstream, &metadata);
	if (r == 0)
		r = id_token_read(task, arrival, &tokens, &metadata);
	if (r < 0 || !upstream->has_userinfo)
		return r;
	return upstream_userinfo(task, &metadata, tokens.access_token,
	    json_get_text(arrival->identity.id_token, "sub"), &arrival->identity.userinfo);
}

static int
id_token_read(struct task *task, struct arrival *arrival, const struct upstream_tokens *tokens,
    const struct metadata *metadata)
{
	struct id_token_expect expect = {
	    .nonce = arrival->departure->nonce,
	    .access_token = tokens->access_token,
	    .auth_since_s = arrival->departure->auth_since_s,
	};
	auto_jws jws = {0};
	int r;

	r = id_token_open(task, arrival->upstream, tokens->id_token, &jws);
	if (r < 0)
		return r;
	if (arrival->upstream->pinned.n_keys > 0)
		expect.keys = &arrival->upstream->pinned;
	else
		r = jwks_uri_find(
		    task, metadata->jwks_uri, json_get_text(jws.header, "kid"), &expect.keys);
	if (r == INVALID_REQUEST)
		return fault_as(task, UPSTREAM_BROKEN);
	if (r == 0)
		r = id_token_check(task, arrival->upstream, &jws, &expect);
	if (r == 0)
		arrival->identity.id_token = json_keep(task, json_incref(jws.claims));
	return r;
}

static int
arrival_complete(struct task *task, struct arrival *arrival)
{
	const json_t *claims = arrival->identity.id_token;
	struct identity_found found;
	struct login_proof proof = {
	    .method = task_printf(task, UPSTREAM_WAY "%s", arrival->upstream->name),
	    .way = upstream_way(task, arrival->upstream),
	    .amr = upstream_amr(task, claims),
	    .auth_time_s = auth_time_of(claims),
	    .evidence = {upstream_method.id, upstream_reference(task, arrival->upstream)},
	    .is_from_elsewhere = true,
	};
	int r;

	r = identity_find(task, &arrival->identity, &found);
	if (r == INVALID_TOKEN)
		return arrival_refuse(task, arrival, reason_of(r));
	if (r < 0)
		return r;
	if (!found.register_key)
		return arrival_ask(task, arrival);
	proof.register_key = found.register_key;
	proof.acr = found.acr;
	proof.device = found.device;
	return login_complete(task, arrival->request, arrival->reply, arrival->transaction, &proof);
}

/* Nobody's here, yet. */
static int
arrival_ask(struct task *task, struct arrival *arrival)
{
	const struct unlinked unlinked = {arrival->transaction, &arrival->identity};

	if (!identity_may_link(arrival->upstream))
		return arrival_refuse(task, arrival, "upstream-unknown");
	return unlinked_show(task, arrival->request, arrival->reply, &unlinked);
}

/* When the person proved who they are there; never in our future. */
static int64_t
auth_time_of(const json_t *claims)
{
	int64_t at_s = 0, now_s = clock_now_s();

	if (!json_get_i64(claims, "auth_time", &at_s))
		json_get_i64(claims, "iat", &at_s);
	return at_s > 0 && at_s < now_s ? at_s : now_s;
}

/* NULL: the fault is one of ours. */
static const char *
reason_of(int code)
{
	switch (code) {
	case UPSTREAM_BROKEN:
	case UPSTREAM_LATE:
	case BUSY: return "upstream-away";
	case ACCESS_DENIED: return "upstream-refused";
	case UNMET_AUTHENTICATION_REQUIREMENTS: return "upstream-level";
	case INVALID_TOKEN:
	case INVALID_GRANT: return "upstream-failed";
	default: return NULL;
	}
}

/* The transaction stands where it stood: the person may go another way. */
static int
arrival_refuse(struct task *task, struct arrival *arrival, const char *reason)
{
	json_t *detail = json_keep(task, json_object()), *view = json_keep(task, json_object());
	int r;

	log_fault(task, "upstream");
	fault_clear(task);
	json_set_text(detail, "upstream", arrival->upstream->name);
	json_set_text(detail, "why", reason);
	r = audit_write(task, &(struct audit_event){.event = "login.failed",
				  .actor = "person",
				  .client_id = arrival->transaction->client_id,
				  .detail = detail});
	if (r < 0)
		return r;
	json_set_text(view, "reason", reason);
	json_set_text(
	    view, "back_href", task_printf(task, "/login?tx=%s", arrival->transaction->id));
	json_set_text(view, "back_text", page_text(task, "Choose another way to sign in"));
	return page_reply(task, arrival->request, arrival->reply,
	    &(struct page_show){.page = PAGE_ERROR, .status = 403, .view = view});
}
