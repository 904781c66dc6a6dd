/* SPDX-License-Identifier: Apache-2.0
 *
 * One private key of one loop, with its OpenSSL context and the encoded headers that it has used.
 */
#include "jose/signer.h"

#include "core/task.h"
#include "jose/pkey.h"
#include "jose/signature.h"
#include "x509/trust.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#define HEADERS_MAX 16

struct header {
	char *typ;   /* or NULL */
	json_t *x5c; /* a copy, compared by value; or NULL */
	char *text;
};

struct signer {
	struct signature_by by;
	struct jwk *jwk;
	struct header headers[HEADERS_MAX];
	size_t n_headers;
};

static int jwk_of_pkey(struct task *task, const EVP_PKEY *pkey, enum alg alg, struct jwk **ret_jwk);
static int signer_try(struct task *task, struct signer *signer);
static enum alg alg_of_pkey(struct task *task, const EVP_PKEY *pkey);
static struct header *header_find(struct signer *signer, const char *typ, const json_t *x5c);
static const char *header_text(
    struct task *task, const struct signer *signer, const char *typ, const json_t *x5c);

int
signer_load(struct task *task, const char *path, struct signer **ret_signer)
{
	EVP_PKEY *pkey;
	enum alg alg;
	int r;

	r = pkey_read(task, path, &pkey);
	if (r < 0)
		return r;
	alg = alg_of_pkey(task, pkey);
	if (alg == ALG_NONE) {
		EVP_PKEY_free(pkey);
		return fail(
		    task, MISCONFIGURED, "key file %s: not a kind of key we sign with", path);
	}
	return signer_new(task, pkey, alg, ret_signer);
}

int
signer_of_seed(struct task *task, const uint8_t seed[SIGNER_SEED_BYTES], struct signer **ret_signer)
{
	EVP_PKEY *pkey =
	    EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, NULL, seed, SIGNER_SEED_BYTES);

	if (pkey == NULL)
		return fail(task, BROKEN, "a seed makes no Ed25519 key");
	return signer_new(task, pkey, ALG_EDDSA, ret_signer);
}

int
signer_public_bytes(struct task *task, const struct signer *signer, struct bytes *ret_public)
{
	uint8_t *at = task_alloc(task, SIGNER_SEED_BYTES);
	size_t len = SIGNER_SEED_BYTES;

	if (EVP_PKEY_get_raw_public_key(signer->by.pkey, at, &len) != 1)
		return fail(task, BROKEN, "a key has no raw public half");
	*ret_public = (struct bytes){at, len};
	return 0;
}

static enum alg
alg_of_pkey(struct task *task, const EVP_PKEY *pkey)
{
	json_auto_t *json = pkey_json(task, pkey);
	const char *kty = json_get_text(json, "kty");

	if (json == NULL)
		return ALG_NONE;
	if (str_equal(kty, "EC"))
		return str_equal(json_get_text(json, "crv"), "P-256") ? ALG_ES256 : ALG_ES384;
	return str_equal(kty, "RSA") ? ALG_RS256 : ALG_EDDSA;
}

int
signer_new(struct task *task, EVP_PKEY *pkey, enum alg alg, struct signer **ret_signer)
{
	struct signer *signer = calloc(1, sizeof(*signer));
	int r;

	assert(signer != NULL);
	signer->by = (struct signature_by){alg, pkey, NULL};
	r = jwk_of_pkey(task, pkey, alg, &signer->jwk);
	if (r == 0) {
		signer->by.context = signature_context_new(pkey, alg);
		r = signer_try(task, signer);
	}
	if (r < 0) {
		signer_free(signer);
		return r;
	}
	*ret_signer = signer;
	return 0;
}

static int
jwk_of_pkey(struct task *task, const EVP_PKEY *pkey, enum alg alg, struct jwk **ret_jwk)
{
	json_auto_t *json = pkey_json(task, pkey);
	struct jwk *bare;
	int r;

	if (json == NULL)
		return fail(task, MISCONFIGURED, "not a kind of key we sign with");
	r = jwk_parse(task, json, &bare);
	if (r < 0)
		return fault_as(task, MISCONFIGURED);
	if (!jwk_allows(bare, alg)) {
		jwk_drop(bare);
		return fail(task, MISCONFIGURED, "the key is not one for %s", alg_name(alg));
	}
	json_set_text(json, "kid", jwk_thumbprint(task, bare));
	json_set_text(json, "use", "sig");
	json_set_text(json, "alg", alg_name(alg));
	jwk_drop(bare);
	return jwk_parse(task, json, ret_jwk);
}

/* A file whose public half is not that of its private half would sign what nobody can verify. */
static int
signer_try(struct task *task, struct signer *signer)
{
	struct bytes input = BYTES_OF("does it sign"), signature;
	int r;

	r = signer_sign(task, signer, input, &signature);
	if (r < 0)
		return fault_as(task, MISCONFIGURED);
	if (!jwk_verifies(signer->jwk, signer->by.alg, input, signature))
		return fail(task, MISCONFIGURED, "the halves of a key do not belong together");
	return 0;
}

void
signer_free(struct signer *signer)
{
	if (signer == NULL)
		return;
	for (size_t i = 0; i < signer->n_headers; i++) {
		free(signer->headers[i].typ);
		json_decref(signer->headers[i].x5c);
		free(signer->headers[i].text);
	}
	EVP_PKEY_CTX_free(signer->by.context);
	EVP_PKEY_free(signer->by.pkey);
	jwk_drop(signer->jwk);
	free(signer);
}

enum alg
signer_alg(const struct signer *signer)
{
	return signer->by.alg;
}

const char *
signer_kid(const struct signer *signer)
{
	return jwk_kid(signer->jwk);
}

struct jwk *
signer_jwk(const struct signer *signer)
{
	return signer->jwk;
}

bool
signer_is_certified(struct task *task, const struct signer *signer, struct bytes certificate_der)
{
	struct bytes spki;
	auto_jwk *jwk = NULL;

	if (!chain_spki(task, certificate_der, &spki) || jwk_parse_spki(task, spki, &jwk) < 0) {
		fault_clear(task);
		return false;
	}
	return str_equal(jwk_thumbprint(task, jwk), signer_kid(signer));
}

int
signer_sign(
    struct task *task, struct signer *signer, struct bytes input, struct bytes *ret_signature)
{
	return signature_make(task, &signer->by, input, ret_signature);
}

const char *
signer_header(struct task *task, struct signer *signer, const char *typ, const json_t *x5c)
{
	struct header *header = header_find(signer, typ, x5c);
	const char *text;

	if (header != NULL)
		return header->text;
	text = header_text(task, signer, typ, x5c);
	if (signer->n_headers == HEADERS_MAX)
		return text;
	header = &signer->headers[signer->n_headers++];
	header->typ = typ == NULL ? NULL : strdup(typ);
	header->x5c = x5c == NULL ? NULL : json_deep_copy(x5c);
	header->text = strdup(text);
	assert(header->text != NULL && (typ == NULL || header->typ != NULL));
	return header->text;
}

static struct header *
header_find(struct signer *signer, const char *typ, const json_t *x5c)
{
	for (size_t i = 0; i < signer->n_headers; i++) {
		struct header *header = &signer->headers[i];
		bool same_typ = typ == NULL ? header->typ == NULL : str_equal(header->typ, typ);
		bool same_x5c =
		    x5c == NULL ? header->x5c == NULL : json_equal(header->x5c, x5c) != 0;

		if (same_typ && same_x5c)
			return header;
	}
	return NULL;
}

static const char *
header_text(struct task *task, const struct signer *signer, const char *typ, const json_t *x5c)
{
	json_auto_t *json = json_object();
	const char *text;

	json_set_text(json, "alg", alg_name(signer->by.alg));
	if (x5c == NULL)
		json_set_text(json, "kid", signer_kid(signer));
	else
		json_object_set_new(json, "x5c", json_deep_copy(x5c));
	json_set_text(json, "typ", typ);
	text = json_text(task, json);
	return b64u_encode(task, BYTES_OF(text));
}
