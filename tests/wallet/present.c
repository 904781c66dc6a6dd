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

/* A credential chosen to answer with. */
struct choice {
	struct identity identity;
	bool *is_shown;
	json_t *paths;
};

static int choose(
    struct wallet *wallet, const struct dcql *query, const char *name, struct choice *ret_choice);
static int try_identity(struct wallet *wallet, const struct dcql *query, const char *name,
    struct choice *choice, bool *ret_fits);
static json_t *begin_report(
    struct wallet *wallet, const struct request *request, const struct dcql *query);
static int refuse(
    struct wallet *wallet, const struct request *request, const char *error, json_t *report);
static int refuse_unsupported(struct wallet *wallet, const struct request *request, json_t *report);
static int answer(struct wallet *wallet, const struct request *request, const struct dcql *query,
    const struct choice *choice, json_t *report);
static int make_presentation(struct wallet *wallet, const struct request *request,
    const struct choice *choice, const char **ret_presentation);
static int encrypt_answer(struct wallet *wallet, const struct request *request,
    const struct dcql *query, const char *presentation, const char **ret_jwe);
static int post(struct wallet *wallet, const struct request *request, json_t *form, json_t *report);
static json_t *path_texts(struct wallet *wallet, const json_t *paths);

int
present_request(struct wallet *wallet, const struct present *present, json_t **ret_report)
{
	struct request request;
	struct choice choice;
	struct dcql query;
	json_t *report;
	int r;

	r = chain_check_anchors(wallet);
	if (r < 0)
		return r;
	r = request_fetch(wallet, present->request_uri, &request);
	if (r < 0)
		return r;
	r = dcql_read(wallet, json_object_get(request.object, "dcql_query"), &query);
	if (r < 0)
		return r;
	*ret_report = report = begin_report(wallet, &request, &query);
	if (present->is_refusal)
		return refuse(wallet, &request, "access_denied", report);
	if (request_unsupported(&request))
		return refuse_unsupported(wallet, &request, report);
	r = choose(wallet, &query, present->identity, &choice);
	if (r < 0)
		return r;
	json_object_set_new(report, "identity", json_string(choice.identity.name));
	json_object_set(report, "disclosed", path_texts(wallet, choice.paths));
	if (present->is_look)
		return 0;
	return answer(wallet, &request, &query, &choice, report);
}

static json_t *
begin_report(struct wallet *wallet, const struct request *request, const struct dcql *query)
{
	return wallet_json(
	    wallet, json_pack("{s:s, s:{s:s, s:s, s:s}, s:O, s:[], s:n, s:n}", "status", "asked",
			"verifier", "subject", request->subject, "client_id", request->client_id,
			"response_host", url_host(wallet, request->response_uri), "asked",
			path_texts(wallet, dcql_paths(wallet, query)), "disclosed", "redirect_uri",
			"identity"));
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
refuse(struct wallet *wallet, const struct request *request, const char *error, json_t *report)
{
	json_t *form =
	    wallet_json(wallet, json_pack("{s:s, s:s*}", "error", error, "state", request->state));

	json_object_set_new(report, "status", json_string("refused"));
	return post(wallet, request, form, report);
}

/* The verifier learns the standard error; the person, that it did not work. */
static int
refuse_unsupported(struct wallet *wallet, const struct request *request, json_t *report)
{
	const char *error = request_unsupported(request);
	int r;

	r = refuse(wallet, request, error, report);
	if (r < 0)
		return r;
	return wallet_fail(
	    wallet, WALLET_FAILED, "the request asks what this wallet cannot: %s", error);
}

static int
choose(struct wallet *wallet, const struct dcql *query, const char *name, struct choice *ret_choice)
{
	struct choice choice;
	json_t *names, *one;
	bool fits = false;
	size_t i;
	int r;

	r = identity_names(wallet, &names);
	if (r < 0)
		return r;
	if (name)
		names = wallet_json(wallet, json_pack("[s]", name));
	json_array_foreach(names, i, one) {
		r = try_identity(wallet, query, json_string_value(one), &choice, &fits);
		if (r < 0)
			return r;
		if (fits) {
			*ret_choice = choice;
			return 0;
		}
	}
	return wallet_fail(wallet, WALLET_NOT_FOUND, "no credential here answers the request");
}

static int
try_identity(struct wallet *wallet, const struct dcql *query, const char *name,
    struct choice *choice, bool *ret_fits)
{
	const struct sdjwt *credential = &choice->identity.credential;
	int r;

	r = identity_load(wallet, name, &choice->identity);
	if (r < 0)
		return r;
	choice->is_shown = wallet_alloc(wallet, credential->n_disclosures * sizeof(bool));
	*ret_fits = dcql_matches(wallet, query, credential, choice->is_shown, &choice->paths);
	return 0;
}

static int
answer(struct wallet *wallet, const struct request *request, const struct dcql *query,
    const struct choice *choice, json_t *report)
{
	const char *presentation, *jwe;
	int r;

	r = make_presentation(wallet, request, choice, &presentation);
	if (r < 0)
		return r;
	r = encrypt_answer(wallet, request, query, presentation, &jwe);
	if (r < 0)
		return r;
	json_object_set_new(report, "status", json_string("presented"));
	return post(
	    wallet, request, wallet_json(wallet, json_pack("{s:s}", "response", jwe)), report);
}

/* RFC 9901 section 4.3: the key binding JWT covers all that is before it, the last "~" included. */
static int
make_presentation(struct wallet *wallet, const struct request *request, const struct choice *choice,
    const char **ret_presentation)
{
	const char *shown = sdjwt_present(wallet, &choice->identity.credential, choice->is_shown);
	json_t *header = wallet_json(wallet, json_pack("{s:s}", "typ", "kb+jwt"));
	json_t *claims =
	    wallet_json(wallet, json_pack("{s:s, s:s, s:I, s:s}", "aud", request->client_id,
				    "nonce", request->nonce, "iat", (json_int_t)wallet_now_s(),
				    "sd_hash", base64url_sha256(wallet, shown, strlen(shown))));
	const char *binding;
	EVP_PKEY *key;
	int r;

	r = identity_key(wallet, &choice->identity, &key);
	if (r < 0)
		return r;
	r = jws_sign(wallet, header, claims, key, &binding);
	if (r < 0)
		return r;
	*ret_presentation = wallet_printf(wallet, "%s%s", shown, binding);
	return 0;
}

static int
encrypt_answer(struct wallet *wallet, const struct request *request, const struct dcql *query,
    const char *presentation, const char **ret_jwe)
{
	json_t *payload = wallet_json(wallet, json_pack("{s:{s:[s]}, s:s*}", "vp_token", query->id,
						  presentation, "state", request->state));
	const json_t *jwk;
	const char *enc;
	int r;

	r = request_encryption(wallet, request, &jwk, &enc);
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
