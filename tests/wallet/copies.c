/* SPDX-License-Identifier: Apache-2.0
 *
 * The credential endpoint (OpenID4VCI 1.0 section 8): nonce, proofs, answer, checks.
 */
#include "copies.h"

#include "credential.h"
#include "jws.h"
#include "key.h"

#include <stdlib.h>
#include <string.h>

static int ask(struct wallet *wallet, struct copies *copies, struct web_answer *ret_answer);
static int fetch_nonce(struct wallet *wallet, const struct issuer *issuer, const char **ret_nonce);
static int make_proofs(
    struct wallet *wallet, const struct copies *copies, const char *nonce, json_t **ret_proofs);
static int read_credentials(
    struct wallet *wallet, struct copies *copies, const struct web_answer *answer);
static int check_each(struct wallet *wallet, struct copies *copies);
static int check_unlinkable(struct wallet *wallet, const struct copies *copies);

int
copies_request(struct wallet *wallet, struct copies *copies)
{
	struct web_answer answer;
	int r;

	for (size_t i = 0; i < copies->n; i++)
		copies->keys[i] = key_new(wallet);
	r = ask(wallet, copies, &answer);
	if (r < 0)
		return r;
	/* A nonce may have run out meanwhile: one more try with a new one (section 8.3.1.2). */
	if (answer.status == 400 && strcmp(web_error(wallet, &answer), "invalid_nonce") == 0) {
		r = ask(wallet, copies, &answer);
		if (r < 0)
			return r;
	}
	return read_credentials(wallet, copies, &answer);
}

static int
ask(struct wallet *wallet, struct copies *copies, struct web_answer *ret_answer)
{
	const struct issuer *issuer = copies->session->issuer;
	const char *identifier = copies->session->credential_identifier;
	json_t *body, *proofs;
	const char *nonce;
	int r;

	r = fetch_nonce(wallet, issuer, &nonce);
	if (r < 0)
		return r;
	r = make_proofs(wallet, copies, nonce, &proofs);
	if (r < 0)
		return r;
	body = wallet_json(wallet,
	    json_pack("{s:s, s:{s:O}}",
		identifier ? "credential_identifier" : "credential_configuration_id",
		identifier ? identifier : issuer->configuration_id, "proofs", "jwt", proofs));
	return session_post(wallet, copies->session, "the credential endpoint",
	    issuer->credential_endpoint, body, ret_answer);
}

static int
fetch_nonce(struct wallet *wallet, const struct issuer *issuer, const char **ret_nonce)
{
	struct web_request request = {
	    .what = "the nonce endpoint", .url = issuer->nonce_endpoint, .body = ""};
	struct web_answer answer;
	json_t *object;
	const char *nonce;
	int r;

	if (!issuer->nonce_endpoint) {
		*ret_nonce = NULL;
		return 0;
	}
	r = web_send(wallet, &request, &answer);
	if (r < 0)
		return r;
	r = web_json(wallet, request.what, &answer, &object);
	if (r < 0)
		return r;
	nonce = json_string_value(json_object_get(object, "c_nonce"));
	if (!nonce)
		return wallet_fail(wallet, WALLET_FAILED, "the nonce endpoint gives no c_nonce");
	*ret_nonce = nonce;
	return 0;
}

/* Appendix F.1: "iss" is the client, and absent for an anonymous one.  One proof for each key. */
static int
make_proofs(
    struct wallet *wallet, const struct copies *copies, const char *nonce, json_t **ret_proofs)
{
	json_t *proofs = wallet_json(wallet, json_array());
	int r;

	for (size_t i = 0; i < copies->n; i++) {
		json_t *header =
		    wallet_json(wallet, json_pack("{s:s, s:O}", "typ", "openid4vci-proof+jwt",
					    "jwk", key_public_jwk(wallet, copies->keys[i])));
		json_t *claims = wallet_json(wallet,
		    json_pack("{s:s, s:I, s:s*, s:s*}", "aud", copies->session->issuer->identifier,
			"iat", (json_int_t)wallet_now_s(), "nonce", nonce, "iss",
			copies->session->client_id));
		const char *proof;

		r = jws_sign(wallet, header, claims, copies->keys[i], &proof);
		if (r < 0)
			return r;
		json_array_append_new(proofs, json_string(proof));
	}
	*ret_proofs = proofs;
	return 0;
}

/* Section 8.3: as many as there were proofs, or fewer. */
static int
read_credentials(struct wallet *wallet, struct copies *copies, const struct web_answer *answer)
{
	const char *what = "the credential endpoint";
	json_t *object, *list, *one;
	size_t i;
	int r;

	if (answer->status == 202)
		return wallet_fail(
		    wallet, WALLET_FAILED, "%s defers: this wallet does not wait", what);
	r = web_json(wallet, what, answer, &object);
	if (r < 0)
		return r;
	list = json_object_get(object, "credentials");
	copies->notification_id = json_string_value(json_object_get(object, "notification_id"));
	if (json_array_size(list) > copies->n)
		return wallet_fail(
		    wallet, WALLET_FAILED, "%s gives more credentials than there are keys", what);
	json_array_foreach(list, i, one) {
		copies->credentials[i] = json_string_value(json_object_get(one, "credential"));
		if (!copies->credentials[i])
			return wallet_fail(wallet, WALLET_FAILED, "%s gives no credential", what);
	}
	copies->n = i;
	return i > 0 ? 0 : wallet_fail(wallet, WALLET_FAILED, "%s gives no credential", what);
}

int
copies_check(struct wallet *wallet, struct copies *copies)
{
	int r = check_each(wallet, copies);

	return r < 0 ? r : check_unlinkable(wallet, copies);
}

/* They come in the order of the proofs: credential_check() wants each bound to its own key. */
static int
check_each(struct wallet *wallet, struct copies *copies)
{
	const char *vct =
	    json_string_value(json_object_get(copies->session->issuer->configuration, "vct"));
	struct chain chain;
	int r;

	for (size_t i = 0; i < copies->n; i++) {
		r = credential_check(wallet, copies->credentials[i], vct, copies->keys[i], &chain);
		if (r < 0)
			return r;
		copies->subject = chain_subject(wallet, &chain);
	}
	return 0;
}

/* One place in a status list, or one digest, in two copies would tie them together. */
static int
check_unlinkable(struct wallet *wallet, const struct copies *copies)
{
	json_t *seen = wallet_json(wallet, json_object()), *digest;
	struct sdjwt sdjwt;
	size_t at;
	int r;

	for (size_t i = 0; i < copies->n; i++) {
		const json_t *status;
		char *place;

		r = sdjwt_read(wallet, copies->credentials[i], &sdjwt);
		if (r < 0)
			return r;
		status = json_object_get(sdjwt.issuer.payload, "status");
		place = status ? json_dumps(status, JSON_COMPACT | JSON_SORT_KEYS) : NULL;
		r = place && json_object_get(seen, place) ? -1 : 0;
		if (place)
			json_object_set_new(seen, place, json_true());
		free(place);
		json_array_foreach(json_object_get(sdjwt.issuer.payload, "_sd"), at, digest) {
			if (json_object_get(seen, json_string_value(digest)))
				r = -1;
			json_object_set_new(seen, json_string_value(digest), json_true());
		}
		if (r < 0)
			return wallet_fail(wallet, WALLET_FAILED,
			    "copies of the credential can be told to be one person's");
	}
	return 0;
}
