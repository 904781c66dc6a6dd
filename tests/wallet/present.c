/* SPDX-License-Identifier: Apache-2.0
 *
 * OpenID4VP 1.0 as a wallet lives it: request, choice of a credential, key binding, encrypted
 * answer by direct_post.jwt (section 8.3.1).
 */
#include "present.h"

#include "base64url.h"
#include "claims.h"
#include "identity.h"
#include "jwe.h"
#include "jws.h"
#include "link.h"
#include "request.h"
#include "url.h"
#include "web.h"

#include <string.h>

/* One request on its way to an answer. */
struct exchange {
	const struct present *present;
	struct request request;
	struct dcql query;
	json_t *report;
};

/* A credential that answers the request. */
struct choice {
	struct identity identity;
	const struct batch *batch;
	bool *is_shown;
	json_t *paths;
};

static json_t *begin_report(struct wallet *wallet, const struct exchange *exchange);
static int refuse(struct wallet *wallet, const struct exchange *exchange, const char *error);
static int refuse_unsupported(struct wallet *wallet, const struct exchange *exchange);
static int prepare(
    struct wallet *wallet, const struct exchange *exchange, const char **ret_presentation);
static int choose(
    struct wallet *wallet, const struct exchange *exchange, const struct choice **ret_choice);
static int find_choices(struct wallet *wallet, const struct exchange *exchange,
    struct choice **ret_choices, size_t *ret_n_choices);
static int try_identity(struct wallet *wallet, const struct exchange *exchange, const char *name,
    struct choice *choice);
static int pick(struct wallet *wallet, const struct choice *choices, size_t n_choices,
    const struct choice **ret_choice);
static int list_choices(struct wallet *wallet, const struct exchange *exchange,
    const struct choice *choices, size_t n_choices);
static int answer(struct wallet *wallet, const struct exchange *exchange, const char *presentation);
static int make_presentation(struct wallet *wallet, const struct request *request,
    const struct choice *choice, const char **ret_presentation);
static void report_keys(const struct batch *batch, json_t *report);
static int encrypt_answer(struct wallet *wallet, const struct exchange *exchange,
    const char *presentation, const char **ret_jwe);
static int post(struct wallet *wallet, const struct request *request, json_t *form, json_t *report);
static json_t *path_texts(struct wallet *wallet, const json_t *paths);

int
present_request(struct wallet *wallet, const struct present *present, json_t **ret_report)
{
	struct exchange exchange = {.present = present};
	const char *presentation = NULL;
	int lock, r;

	r = chain_check_anchors(wallet);
	if (r < 0)
		return r;
	r = request_fetch(wallet, present->request_uri, &exchange.request);
	if (r < 0)
		return r;
	r = dcql_read(
	    wallet, json_object_get(exchange.request.object, "dcql_query"), &exchange.query);
	if (r < 0)
		return r;
	*ret_report = exchange.report = begin_report(wallet, &exchange);
	if (present->is_refusal)
		return refuse(wallet, &exchange, "access_denied");
	if (request_unsupported(&exchange.request))
		return refuse_unsupported(wallet, &exchange);
	r = identity_lock(wallet, &lock);
	if (r < 0)
		return r;
	r = prepare(wallet, &exchange, &presentation);
	identity_unlock(lock);
	if (r < 0 || present->is_look)
		return r;
	return answer(wallet, &exchange, presentation);
}

static json_t *
begin_report(struct wallet *wallet, const struct exchange *exchange)
{
	const struct request *request = &exchange->request;
	json_t *message = json_object_get(request->object, "binding_message");
	json_t *service =
	    json_object_get(json_object_get(request->object, "client_metadata"), "client_name");
	json_t *report = wallet_json(
	    wallet, json_pack("{s:s, s:{s:s, s:s, s:s}, s:O, s:[], s:n, s:n}", "status", "asked",
			"verifier", "subject", request->subject, "client_id", request->client_id,
			"response_host", url_host(wallet, request->response_uri), "asked",
			path_texts(wallet, dcql_paths(wallet, &exchange->query)), "disclosed",
			"redirect_uri", "identity"));

	if (json_is_string(service))
		json_object_set(report, "service", service);
	/* What the person is to compare with what the service shows or says (CIBA). */
	if (json_is_string(message))
		json_object_set(report, "message", message);
	return report;
}

static json_t *
path_texts(struct wallet *wallet, const json_t *paths)
{
	json_t *texts = wallet_json(wallet, json_array());
	json_t *path;
	size_t i;

	json_array_foreach(paths, i, path)
		json_array_append_new(texts, json_string(claims_path_text(wallet, path)));
	return texts;
}

static int
refuse(struct wallet *wallet, const struct exchange *exchange, const char *error)
{
	json_t *form = wallet_json(
	    wallet, json_pack("{s:s, s:s*}", "error", error, "state", exchange->request.state));

	json_object_set_new(exchange->report, "status", json_string("refused"));
	return post(wallet, &exchange->request, form, exchange->report);
}

/* The verifier learns the standard error; the person, that it did not work. */
static int
refuse_unsupported(struct wallet *wallet, const struct exchange *exchange)
{
	const char *error = request_unsupported(&exchange->request);
	int r;

	r = refuse(wallet, exchange, error);
	if (r < 0)
		return r;
	return wallet_fail(
	    wallet, WALLET_FAILED, "the request asks what this wallet cannot: %s", error);
}

/* All that touches the home.  A copy is spent before it is sent: whatever becomes of the answer,
 * the verifier may have seen it. */
static int
prepare(struct wallet *wallet, const struct exchange *exchange, const char **ret_presentation)
{
	const struct choice *choice;
	int r;

	r = choose(wallet, exchange, &choice);
	if (r < 0 || !choice)
		return r;
	json_object_set_new(exchange->report, "identity", json_string(choice->identity.name));
	json_object_set(exchange->report, "disclosed", path_texts(wallet, choice->paths));
	if (exchange->present->is_look)
		return 0;
	r = make_presentation(wallet, &exchange->request, choice, ret_presentation);
	if (r < 0)
		return r;
	report_keys(choice->batch, exchange->report);
	return batch_spend(wallet, choice->batch);
}

/* The choice is NULL when somebody who only looks has to be shown several. */
static int
choose(struct wallet *wallet, const struct exchange *exchange, const struct choice **ret_choice)
{
	struct choice *choices;
	size_t n_choices;
	int r;

	r = find_choices(wallet, exchange, &choices, &n_choices);
	if (r < 0)
		return r;
	if (n_choices == 0)
		return wallet_fail(
		    wallet, WALLET_NOT_FOUND, "no credential here answers the request");
	r = pick(wallet, choices, n_choices, ret_choice);
	if (r < 0 || *ret_choice)
		return r;
	r = list_choices(wallet, exchange, choices, n_choices);
	if (r < 0 || exchange->present->is_look)
		return r;
	json_object_set_new(exchange->report, "error", json_string("identity_required"));
	return wallet_fail(wallet, WALLET_CHOICE,
	    "%zu identities answer the request: give --identity NAME", n_choices);
}

static int
find_choices(struct wallet *wallet, const struct exchange *exchange, struct choice **ret_choices,
    size_t *ret_n_choices)
{
	const char *wanted = exchange->present->identity;
	struct choice *choices;
	json_t *names, *name;
	size_t n_choices = 0, i;
	int r;

	r = identity_names(wallet, &names);
	if (r < 0)
		return r;
	if (wanted)
		names = wallet_json(wallet, json_pack("[s]", wanted));
	choices = wallet_alloc(wallet, (json_array_size(names) + 1) * sizeof(*choices));
	json_array_foreach(names, i, name) {
		struct choice *choice = &choices[n_choices];

		choice->batch = NULL;
		r = try_identity(wallet, exchange, json_string_value(name), choice);
		if (r < 0)
			return r;
		n_choices += choice->batch != NULL;
	}
	*ret_choices = choices;
	*ret_n_choices = n_choices;
	return 0;
}

/* Its newest credential that fits; none leaves choice->batch NULL. */
static int
try_identity(
    struct wallet *wallet, const struct exchange *exchange, const char *name, struct choice *choice)
{
	int r;

	r = identity_load(wallet, name, &choice->identity);
	if (r < 0)
		return r;
	for (size_t i = 0; i < choice->identity.n_batches; i++) {
		const struct batch *batch = &choice->identity.batches[i];

		choice->is_shown =
		    wallet_alloc(wallet, batch->credential.n_disclosures * sizeof(bool));
		if (!dcql_matches(wallet, &exchange->query, &batch->credential, choice->is_shown,
			&choice->paths))
			continue;
		choice->batch = batch;
		return 0;
	}
	return 0;
}

/* The only one, or the default; else NULL. */
static int
pick(struct wallet *wallet, const struct choice *choices, size_t n_choices,
    const struct choice **ret_choice)
{
	const char *name;
	int r;

	r = identity_default(wallet, &name);
	if (r < 0)
		return r;
	*ret_choice = n_choices == 1 ? choices : NULL;
	for (size_t i = 0; name && i < n_choices; i++)
		if (strcmp(choices[i].identity.name, name) == 0)
			*ret_choice = &choices[i];
	return 0;
}

static int
list_choices(struct wallet *wallet, const struct exchange *exchange, const struct choice *choices,
    size_t n_choices)
{
	json_t *list = wallet_json(wallet, json_array()), *summary;
	int r;

	for (size_t i = 0; i < n_choices; i++) {
		r = identity_summary(wallet, &choices[i].identity, &summary);
		if (r < 0)
			return r;
		json_array_append(list, summary);
	}
	json_object_set(exchange->report, "identities", list);
	return 0;
}

static void
report_keys(const struct batch *batch, json_t *report)
{
	size_t n_left = batch->is_fresh ? batch->n_fresh - 1 : 0;

	json_object_set_new(report, "linkable", json_boolean(!batch->is_fresh));
	json_object_set_new(report, "keys_left", json_integer((json_int_t)n_left));
	json_object_set_new(report, "keys_low", json_boolean(n_left <= BATCH_LOW));
}

static int
answer(struct wallet *wallet, const struct exchange *exchange, const char *presentation)
{
	const char *jwe;
	int r;

	r = encrypt_answer(wallet, exchange, presentation, &jwe);
	if (r < 0)
		return r;
	json_object_set_new(exchange->report, "status", json_string("presented"));
	return post(wallet, &exchange->request,
	    wallet_json(wallet, json_pack("{s:s}", "response", jwe)), exchange->report);
}

/* RFC 9901 section 4.3: the key binding JWT covers all that is before it, the last "~" included. */
static int
make_presentation(struct wallet *wallet, const struct request *request, const struct choice *choice,
    const char **ret_presentation)
{
	const char *shown = sdjwt_present(wallet, &choice->batch->credential, choice->is_shown);
	json_t *header = wallet_json(wallet, json_pack("{s:s}", "typ", "kb+jwt"));
	json_t *claims =
	    wallet_json(wallet, json_pack("{s:s, s:s, s:I, s:s}", "aud", request->client_id,
				    "nonce", request->nonce, "iat", (json_int_t)wallet_now_s(),
				    "sd_hash", base64url_sha256(wallet, shown, strlen(shown))));
	const char *binding;
	EVP_PKEY *key;
	int r;

	r = identity_key(wallet, &choice->identity, choice->batch, &key);
	if (r < 0)
		return r;
	r = jws_sign(wallet, header, claims, key, &binding);
	if (r < 0)
		return r;
	*ret_presentation = wallet_printf(wallet, "%s%s", shown, binding);
	return 0;
}

static int
encrypt_answer(struct wallet *wallet, const struct exchange *exchange, const char *presentation,
    const char **ret_jwe)
{
	json_t *payload =
	    wallet_json(wallet, json_pack("{s:{s:[s]}, s:s*}", "vp_token", exchange->query.id,
				    presentation, "state", exchange->request.state));
	const json_t *jwk;
	const char *enc;
	int r;

	r = request_encryption(wallet, &exchange->request, &jwk, &enc);
	if (r < 0)
		return r;
	return jwe_encrypt(wallet, payload, jwk, enc, ret_jwe);
}

/* The verifier's answer may send the person on (section 8.2); the caller is told where to. */
static int
post(struct wallet *wallet, const struct request *request, json_t *form, json_t *report)
{
	struct web_request sent = {.what = "response_uri",
	    .url = request->response_uri,
	    .content_type = "application/x-www-form-urlencoded",
	    .body = link_form(wallet, form)};
	struct web_answer received;
	json_t *object, *redirect_uri;
	int r;

	r = web_send(wallet, &sent, &received);
	if (r < 0)
		return r;
	r = web_json(wallet, sent.what, &received, &object);
	if (r < 0)
		return r;
	redirect_uri = json_object_get(object, "redirect_uri");
	if (!redirect_uri)
		return 0;
	if (!json_is_string(redirect_uri))
		return wallet_fail(
		    wallet, WALLET_FAILED, "response_uri answers a bad redirect_uri");
	json_object_set(report, "redirect_uri", redirect_uri);
	return url_check(wallet, json_string_value(redirect_uri), "redirect_uri");
}
