/* SPDX-License-Identifier: Apache-2.0
 *
 * SD-JWT: split at "~", decode disclosures, put them where their digests stand.
 * RFC 9901 section 7.1; used when a credential arrives and each time it is presented.
 */
#include "sdjwt.h"

#include "base64url.h"

#include <string.h>

enum { MAX_DEPTH = 16, MAX_DISCLOSURES = 512 };

struct opening {
	struct wallet *wallet;
	struct sdjwt *credential;
	json_t *digests; /* object: digests seen so far */
};

static int read_parts(struct wallet *wallet, const char *text, struct sdjwt *credential);
static int read_disclosure(
    struct wallet *wallet, const char *text, struct disclosure *ret_disclosure);
static int open_all(struct wallet *wallet, struct sdjwt *credential);
static int open_value(struct opening *opening, json_t *in, int depth, json_t **ret_out);
static int open_object(struct opening *opening, json_t *in, int depth, json_t *out);
static int open_hidden_claims(
    struct opening *opening, const json_t *digests, int depth, json_t *out);
static int open_array(struct opening *opening, const json_t *in, int depth, json_t *out);
static int open_element(struct opening *opening, json_t *element, int depth, json_t *out);
static int claim_digest(
    struct opening *opening, const json_t *digest, struct disclosure **ret_disclosure);
static int check_open_claims(struct wallet *wallet, const struct sdjwt *credential);

int
sdjwt_read(struct wallet *wallet, const char *text, struct sdjwt *ret_credential)
{
	struct sdjwt credential = {0};
	int r;

	r = read_parts(wallet, text, &credential);
	if (r < 0)
		return r;
	r = jws_read(wallet, "the credential", credential.issuer_text, &credential.issuer);
	if (r < 0)
		return r;
	r = open_all(wallet, &credential);
	if (r < 0)
		return r;
	r = check_open_claims(wallet, &credential);
	if (r < 0)
		return r;
	*ret_credential = credential;
	return 0;
}

static int
read_parts(struct wallet *wallet, const char *text, struct sdjwt *credential)
{
	const char *tilde = strchr(text, '~');
	const char *at;
	int r;

	if (!tilde || text[strlen(text) - 1] != '~')
		return wallet_fail(wallet, WALLET_FAILED, "the credential is not an SD-JWT");
	credential->issuer_text = wallet_copy(wallet, text, (size_t)(tilde - text));
	credential->disclosures =
	    wallet_alloc(wallet, MAX_DISCLOSURES * sizeof(*credential->disclosures));
	for (at = tilde + 1; *at; at += strcspn(at, "~") + 1) {
		const char *part = wallet_copy(wallet, at, strcspn(at, "~"));

		if (credential->n_disclosures == MAX_DISCLOSURES)
			return wallet_fail(
			    wallet, WALLET_FAILED, "the credential has too many disclosures");
		r = read_disclosure(
		    wallet, part, &credential->disclosures[credential->n_disclosures++]);
		if (r < 0)
			return r;
	}
	return 0;
}

static int
read_disclosure(struct wallet *wallet, const char *text, struct disclosure *ret_disclosure)
{
	struct disclosure disclosure = {.text = text};
	json_t *array;
	size_t n;

	if (!base64url_load(wallet, text, &array))
		return wallet_fail(wallet, WALLET_FAILED, "the credential has a bad disclosure");
	n = json_array_size(array);
	if ((n != 2 && n != 3) || !json_is_string(json_array_get(array, 0)))
		return wallet_fail(wallet, WALLET_FAILED, "the credential has a bad disclosure");
	disclosure.value = json_array_get(array, n - 1);
	disclosure.digest = base64url_sha256(wallet, text, strlen(text));
	if (n == 3) {
		disclosure.name = json_string_value(json_array_get(array, 1));
		if (!disclosure.name || strcmp(disclosure.name, "_sd") == 0 ||
		    strcmp(disclosure.name, "...") == 0)
			return wallet_fail(
			    wallet, WALLET_FAILED, "the credential discloses a reserved name");
	}
	*ret_disclosure = disclosure;
	return 0;
}

static int
open_all(struct wallet *wallet, struct sdjwt *credential)
{
	const char *hash =
	    json_string_value(json_object_get(credential->issuer.payload, "_sd_alg"));
	struct opening opening = {.wallet = wallet, .credential = credential};
	json_t *payload;
	int r;

	if (json_object_get(credential->issuer.payload, "_sd_alg") &&
	    (!hash || strcmp(hash, "sha-256") != 0))
		return wallet_fail(
		    wallet, WALLET_FAILED, "the credential's digests are not sha-256");
	payload = wallet_json(wallet, json_copy((json_t *)(uintptr_t)credential->issuer.payload));
	json_object_del(payload, "_sd_alg");
	opening.digests = wallet_json(wallet, json_object());
	r = open_value(&opening, payload, 0, &credential->claims);
	if (r < 0)
		return r;
	for (size_t i = 0; i < credential->n_disclosures; i++)
		if (!credential->disclosures[i].is_referenced)
			return wallet_fail(wallet, WALLET_FAILED,
			    "the credential has a disclosure that no digest stands for");
	return 0;
}

static int
open_value(struct opening *opening, json_t *in, int depth, json_t **ret_out)
{
	json_t *out;
	int r = 0;

	if (depth > MAX_DEPTH)
		return wallet_fail(opening->wallet, WALLET_FAILED, "the credential is too deep");
	if (!json_is_object(in) && !json_is_array(in)) {
		*ret_out = in;
		return 0;
	}
	out = wallet_json(opening->wallet, json_is_object(in) ? json_object() : json_array());
	if (json_is_object(in))
		r = open_object(opening, in, depth, out);
	else
		r = open_array(opening, in, depth, out);
	if (r < 0)
		return r;
	*ret_out = out;
	return 0;
}

static int
open_object(struct opening *opening, json_t *in, int depth, json_t *out)
{
	json_t *value, *opened;
	const char *name;
	int r;

	json_object_foreach(in, name, value) {
		if (strcmp(name, "_sd") == 0)
			continue;
		if (strcmp(name, "...") == 0)
			return wallet_fail(opening->wallet, WALLET_FAILED,
			    "the credential has a digest out of place");
		r = open_value(opening, value, depth + 1, &opened);
		if (r < 0)
			return r;
		json_object_set(out, name, opened);
	}
	value = json_object_get(in, "_sd");
	return value ? open_hidden_claims(opening, value, depth, out) : 0;
}

static int
open_hidden_claims(struct opening *opening, const json_t *digests, int depth, json_t *out)
{
	struct disclosure *disclosure;
	json_t *digest, *opened;
	size_t i;
	int r;

	if (!json_is_array(digests))
		return wallet_fail(
		    opening->wallet, WALLET_FAILED, "the credential has a digest out of place");
	json_array_foreach(digests, i, digest) {
		r = claim_digest(opening, digest, &disclosure);
		if (r < 0)
			return r;
		if (!disclosure)
			continue;
		if (!disclosure->name || json_object_get(out, disclosure->name))
			return wallet_fail(opening->wallet, WALLET_FAILED,
			    "the credential has a claim twice, or without a name");
		r = open_value(opening, disclosure->value, depth + 1, &opened);
		if (r < 0)
			return r;
		json_object_set(out, disclosure->name, opened);
	}
	return 0;
}

static int
open_array(struct opening *opening, const json_t *in, int depth, json_t *out)
{
	json_t *element;
	size_t i;
	int r;

	json_array_foreach(in, i, element) {
		r = open_element(opening, element, depth, out);
		if (r < 0)
			return r;
	}
	return 0;
}

static int
open_element(struct opening *opening, json_t *element, int depth, json_t *out)
{
	struct disclosure *disclosure;
	json_t *opened;
	int r;

	if (sdjwt_element_digest(element)) {
		r = claim_digest(opening, json_object_get(element, "..."), &disclosure);
		if (r < 0 || !disclosure)
			return r;
		if (disclosure->name)
			return wallet_fail(opening->wallet, WALLET_FAILED,
			    "the credential has a named element in an array");
		element = disclosure->value;
	}
	r = open_value(opening, element, depth + 1, &opened);
	if (r < 0)
		return r;
	json_array_append(out, opened);
	return 0;
}

/* A digest may stand in one place only, and so may its disclosure. */
static int
claim_digest(struct opening *opening, const json_t *digest, struct disclosure **ret_disclosure)
{
	const char *text = json_string_value(digest);
	struct disclosure *disclosure;

	if (!text || json_object_get(opening->digests, text))
		return wallet_fail(
		    opening->wallet, WALLET_FAILED, "the credential has a digest twice, or none");
	json_object_set_new(opening->digests, text, json_true());
	disclosure = sdjwt_find(opening->credential, text);
	if (disclosure)
		disclosure->is_referenced = true;
	*ret_disclosure = disclosure;
	return 0;
}

/* SD-JWT VC: these may not be selectively disclosed. */
static int
check_open_claims(struct wallet *wallet, const struct sdjwt *credential)
{
	static const char *const names[] = {
	    "iss", "nbf", "exp", "cnf", "vct", "vct#integrity", "status", "_sd_alg"};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (json_object_get(credential->claims, names[i]) &&
		    !json_object_get(credential->issuer.payload, names[i]))
			return wallet_fail(
			    wallet, WALLET_FAILED, "the credential hides its claim %s", names[i]);
	return 0;
}

struct disclosure *
sdjwt_find(const struct sdjwt *credential, const char *digest)
{
	for (size_t i = 0; i < credential->n_disclosures; i++)
		if (strcmp(credential->disclosures[i].digest, digest) == 0)
			return &credential->disclosures[i];
	return NULL;
}

const char *
sdjwt_element_digest(const json_t *element)
{
	if (json_object_size(element) != 1)
		return NULL;
	return json_string_value(json_object_get(element, "..."));
}

const char *
sdjwt_present(struct wallet *wallet, const struct sdjwt *credential, const bool *is_shown)
{
	const char *text = wallet_printf(wallet, "%s~", credential->issuer_text);

	for (size_t i = 0; i < credential->n_disclosures; i++)
		if (is_shown[i])
			text =
			    wallet_printf(wallet, "%s%s~", text, credential->disclosures[i].text);
	return text;
}
