/* SPDX-License-Identifier: Apache-2.0
 *
 * Request objects: fetch by GET or POST, then signature, certificate, client identifier and each
 * parameter.  A request that fails here is answered to nobody.
 */
#include "request.h"

#include "base64url.h"
#include "jws.h"
#include "link.h"
#include "url.h"
#include "web.h"

#include <string.h>

enum { SKEW_S = 60, MIN_NONCE_LETTERS = 22 };

/* What the link says, and what was sent along; the request object must agree. */
struct reference {
	const char *client_id;
	const char *request_uri;
	bool is_post;
	const char *wallet_nonce; /* or NULL: fetched by GET */
};

static int read_link(struct wallet *wallet, const char *uri, struct reference *ret_reference);
static int fetch_object(
    struct wallet *wallet, const struct reference *reference, const char **ret_compact);
static const char *request_form(struct wallet *wallet, const struct reference *reference);
static int check_signature(struct wallet *wallet, const struct jws *jws, struct chain *ret_chain);
static int check_client(struct wallet *wallet, const struct reference *reference,
    const struct chain *chain, const json_t *object);
static int check_fixed(struct wallet *wallet, const json_t *object);
static int check_absent(struct wallet *wallet, const json_t *object);
static int check_times(struct wallet *wallet, const json_t *object);
static int read_values(struct wallet *wallet, const struct reference *reference,
    const json_t *object, struct request *ret_request);
static int check_tokens(struct wallet *wallet, const struct request *request);
static int check_response_uri(
    struct wallet *wallet, const struct reference *reference, const struct request *request);
static const char *text_of(const json_t *object, const char *name);
static bool text_is(const json_t *object, const char *name, const char *text);
static bool list_has(const json_t *list, const char *text);

int
request_fetch(struct wallet *wallet, const char *uri, struct request *ret_request)
{
	struct reference reference = {0};
	struct request request;
	struct chain chain;
	struct jws jws;
	const char *compact;
	int r;

	r = read_link(wallet, uri, &reference);
	if (r < 0)
		return r;
	r = fetch_object(wallet, &reference, &compact);
	if (r < 0)
		return r;
	r = jws_read(wallet, "the request object", compact, &jws);
	if (r < 0)
		return r;
	r = check_signature(wallet, &jws, &chain);
	if (r < 0)
		return r;
	r = check_client(wallet, &reference, &chain, jws.payload);
	if (r < 0)
		return r;
	r = read_values(wallet, &reference, jws.payload, &request);
	if (r < 0)
		return r;
	request.subject = chain_subject(wallet, &chain);
	*ret_request = request;
	return 0;
}

static int
read_link(struct wallet *wallet, const char *uri, struct reference *ret_reference)
{
	struct reference reference = {0};
	struct link link;
	const char *method;
	int r;

	r = link_read(wallet, uri, &link);
	if (r < 0)
		return r;
	if (strcmp(link.scheme, "openid4vp") != 0 && strcmp(link.scheme, "haip-vp") != 0 &&
	    strcmp(link.scheme, "https") != 0)
		return wallet_fail(wallet, WALLET_USAGE, "not a link to a presentation request");
	reference.client_id = link_get(&link, "client_id");
	reference.request_uri = link_get(&link, "request_uri");
	if (!reference.client_id || !reference.request_uri || link_get(&link, "request"))
		return wallet_fail(wallet, WALLET_USAGE,
		    "the link needs client_id and request_uri, and no request");
	method = link_get(&link, "request_uri_method");
	if (method && strcmp(method, "post") != 0 && strcmp(method, "get") != 0)
		return wallet_fail(wallet, WALLET_FAILED, "the link has a bad request_uri_method");
	reference.is_post = method && strcmp(method, "post") == 0;
	if (reference.is_post)
		reference.wallet_nonce = base64url_random(wallet, 24);
	*ret_reference = reference;
	return url_check(wallet, reference.request_uri, "request_uri");
}

static int
fetch_object(struct wallet *wallet, const struct reference *reference, const char **ret_compact)
{
	static const char type[] = "application/oauth-authz-req+jwt";
	struct web_request request = {
	    .what = "request_uri", .url = reference->request_uri, .accept = type};
	struct web_answer answer;
	int r;

	if (reference->is_post) {
		request.body = request_form(wallet, reference);
		request.content_type = "application/x-www-form-urlencoded";
	}
	r = web_send(wallet, &request, &answer);
	if (r < 0)
		return r;
	if (answer.status != 200)
		return web_fail(wallet, request.what, &answer);
	if (strcmp(answer.content_type, type) != 0)
		return wallet_fail(wallet, WALLET_FAILED, "request_uri does not answer %s", type);
	if (strlen(answer.body) != answer.n_body)
		return wallet_fail(wallet, WALLET_FAILED, "request_uri answers with a NUL");
	*ret_compact = answer.body;
	return 0;
}

static const char *
request_form(struct wallet *wallet, const struct reference *reference)
{
	static const char abilities[] =
	    "{\"vp_formats_supported\":{\"dc+sd-jwt\":{\"sd-jwt_alg_values\":[\"ES256\"],"
	    "\"kb-jwt_alg_values\":[\"ES256\"]}},"
	    "\"client_id_prefixes_supported\":[\"x509_hash\",\"x509_san_dns\"],"
	    "\"response_types_supported\":[\"vp_token\"],"
	    "\"response_modes_supported\":[\"direct_post.jwt\"],"
	    "\"request_object_signing_alg_values_supported\":[\"ES256\"]}";
	json_t *form =
	    wallet_json(wallet, json_pack("{s:s, s:s}", "wallet_nonce", reference->wallet_nonce,
				    "wallet_metadata", abilities));

	return link_form(wallet, form);
}

static int
check_signature(struct wallet *wallet, const struct jws *jws, struct chain *ret_chain)
{
	json_t *jwk;
	int r;

	r = chain_read(wallet, "the request object", jws->header, ret_chain);
	if (r < 0)
		return r;
	r = chain_verify(wallet, "the request object", ret_chain);
	if (r < 0)
		return r;
	r = chain_jwk(wallet, "the request object", ret_chain, &jwk);
	if (r < 0)
		return r;
	return jws_verify(wallet, "the request object", jws, "oauth-authz-req+jwt", jwk);
}

/* The prefix of the client identifier says how it is tied to the certificate (section 5.9.3). */
static int
check_client(struct wallet *wallet, const struct reference *reference, const struct chain *chain,
    const json_t *object)
{
	static const char hash[] = "x509_hash:";
	static const char dns[] = "x509_san_dns:";
	const char *client_id = reference->client_id;
	const char *response_uri = text_of(object, "response_uri");
	const char *name = client_id + strlen(dns);

	if (!text_is(object, "client_id", client_id))
		return wallet_fail(
		    wallet, WALLET_FAILED, "client_id differs between link and request object");
	if (strncmp(client_id, hash, strlen(hash)) == 0) {
		if (strcmp(client_id + strlen(hash), chain_hash(wallet, chain)) != 0)
			return wallet_fail(wallet, WALLET_FAILED,
			    "client_id is not the hash of the verifier's certificate");
		return 0;
	}
	if (strncmp(client_id, dns, strlen(dns)) != 0)
		return wallet_fail(wallet, WALLET_FAILED, "client_id has a prefix not known here");
	if (!*name || !chain_has_name(chain, name))
		return wallet_fail(
		    wallet, WALLET_FAILED, "client_id is not a name in the verifier's certificate");
	if (!response_uri || strcmp(url_host(wallet, response_uri), name) != 0)
		return wallet_fail(
		    wallet, WALLET_FAILED, "response_uri is not at client_id's host");
	return 0;
}

static int
read_values(struct wallet *wallet, const struct reference *reference, const json_t *object,
    struct request *ret_request)
{
	struct request request = {
	    .client_id = reference->client_id,
	    .response_uri = text_of(object, "response_uri"),
	    .nonce = text_of(object, "nonce"),
	    .state = text_of(object, "state"),
	    .object = object,
	};
	int r;

	r = check_fixed(wallet, object);
	if (r < 0)
		return r;
	r = check_absent(wallet, object);
	if (r < 0)
		return r;
	r = check_times(wallet, object);
	if (r < 0)
		return r;
	if (reference->wallet_nonce && !text_is(object, "wallet_nonce", reference->wallet_nonce))
		return wallet_fail(wallet, WALLET_FAILED, "the request has not our wallet_nonce");
	r = check_tokens(wallet, &request);
	if (r < 0)
		return r;
	r = check_response_uri(wallet, reference, &request);
	if (r < 0)
		return r;
	*ret_request = request;
	return 0;
}

static int
check_fixed(struct wallet *wallet, const json_t *object)
{
	static const struct {
		const char *name, *text;
	} fixed[] = {
	    {"response_type", "vp_token"},
	    {"response_mode", "direct_post.jwt"},
	    {"aud", "https://self-issued.me/v2"},
	};

	for (size_t i = 0; i < sizeof(fixed) / sizeof(fixed[0]); i++)
		if (!text_is(object, fixed[i].name, fixed[i].text))
			return wallet_fail(wallet, WALLET_FAILED, "%s of the request is not %s",
			    fixed[i].name, fixed[i].text);
	return 0;
}

/* Section 8.2: no redirect_uri with direct_post; RFC 9101 section 4: no request in a request. */
static int
check_absent(struct wallet *wallet, const json_t *object)
{
	static const char *const names[] = {
	    "redirect_uri", "request", "request_uri", "request_uri_method"};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (json_object_get(object, names[i]))
			return wallet_fail(
			    wallet, WALLET_FAILED, "the request object may not have %s", names[i]);
	return 0;
}

static int
check_times(struct wallet *wallet, const json_t *object)
{
	const json_t *issued = json_object_get(object, "iat");
	const json_t *expires = json_object_get(object, "exp");
	int64_t now_s = wallet_now_s();

	if (!json_is_integer(issued) || !json_is_integer(expires))
		return wallet_fail(wallet, WALLET_FAILED, "the request has no iat and exp");
	if (json_integer_value(issued) > now_s + SKEW_S)
		return wallet_fail(wallet, WALLET_FAILED, "the request is from the future");
	if (json_integer_value(expires) <= now_s - SKEW_S)
		return wallet_fail(wallet, WALLET_FAILED, "the request has expired");
	return 0;
}

/* Section 5.2: nonce and state are ASCII letters safe in a URL. */
static int
check_tokens(struct wallet *wallet, const struct request *request)
{
	static const char letters[] =
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~";

	if (!request->nonce || strlen(request->nonce) < MIN_NONCE_LETTERS ||
	    request->nonce[strspn(request->nonce, letters)])
		return wallet_fail(wallet, WALLET_FAILED, "the request has no good nonce");
	if (request->state && request->state[strspn(request->state, letters)])
		return wallet_fail(wallet, WALLET_FAILED, "the request has a bad state");
	return 0;
}

static int
check_response_uri(
    struct wallet *wallet, const struct reference *reference, const struct request *request)
{
	int r;

	if (!request->response_uri)
		return wallet_fail(wallet, WALLET_FAILED, "the request has no response_uri");
	r = url_check(wallet, request->response_uri, "response_uri");
	if (r < 0)
		return r;
	if (strcmp(url_origin(wallet, request->response_uri),
		url_origin(wallet, reference->request_uri)) != 0)
		return wallet_fail(
		    wallet, WALLET_FAILED, "response_uri is not at the origin of request_uri");
	return 0;
}

const char *
request_unsupported(const struct request *request)
{
	const json_t *metadata = json_object_get(request->object, "client_metadata");
	const json_t *formats = json_object_get(metadata, "vp_formats_supported");
	const json_t *format = json_object_get(formats, "dc+sd-jwt");
	const json_t *issuer_algs = json_object_get(format, "sd-jwt_alg_values");
	const json_t *holder_algs = json_object_get(format, "kb-jwt_alg_values");

	if (json_object_get(request->object, "transaction_data"))
		return "invalid_transaction_data";
	if (!format || (issuer_algs && !list_has(issuer_algs, "ES256")) ||
	    (holder_algs && !list_has(holder_algs, "ES256")))
		return "vp_formats_not_supported";
	return NULL;
}

int
request_encryption(struct wallet *wallet, const struct request *request, const json_t **ret_jwk,
    const char **ret_enc)
{
	const json_t *metadata = json_object_get(request->object, "client_metadata");
	const json_t *encs = json_object_get(metadata, "encrypted_response_enc_values_supported");
	const json_t *keys = json_object_get(json_object_get(metadata, "jwks"), "keys");
	json_t *key;
	size_t i;

	if (encs && !list_has(encs, "A128GCM") && !list_has(encs, "A256GCM"))
		return wallet_fail(wallet, WALLET_FAILED, "the verifier takes no AES-GCM");
	json_array_foreach(keys, i, key) {
		if (!text_is(key, "kty", "EC") || !text_is(key, "crv", "P-256") ||
		    !text_is(key, "alg", "ECDH-ES") || !text_is(key, "use", "enc") ||
		    json_object_get(key, "d"))
			continue;
		*ret_jwk = key;
		*ret_enc = list_has(encs, "A256GCM") ? "A256GCM" : "A128GCM";
		return 0;
	}
	return wallet_fail(wallet, WALLET_FAILED, "the verifier has no key for ECDH-ES on P-256");
}

static const char *
text_of(const json_t *object, const char *name)
{
	return json_string_value(json_object_get(object, name));
}

static bool
text_is(const json_t *object, const char *name, const char *text)
{
	const char *value = text_of(object, name);

	return value && strcmp(value, text) == 0;
}

static bool
list_has(const json_t *list, const char *text)
{
	json_t *one;
	size_t i;

	json_array_foreach(list, i, one)
		if (json_is_string(one) && strcmp(json_string_value(one), text) == 0)
			return true;
	return false;
}
