/* SPDX-License-Identifier: Apache-2.0
 *
 * The table of signature algorithms: whatever is not in it does not exist for the gateway, "none"
 * and the HMACs above all.
 */
#include "jose/alg.h"

#include <assert.h>
#include <pthread.h>
#include <string.h>

static void hashes_fetch(void);

static pthread_once_t fetched = PTHREAD_ONCE_INIT;
static EVP_MD *sha256, *sha384;

static const struct alg_traits table[] = {
    {ALG_ES256, "ES256", "EC", "P-256", 32, false, alg_sha256},
    {ALG_ES384, "ES384", "EC", "P-384", 48, false, alg_sha384},
    {ALG_RS256, "RS256", "RSA", NULL, 0, false, alg_sha256},
    {ALG_PS256, "PS256", "RSA", NULL, 0, true, alg_sha256},
    {ALG_EDDSA, "EdDSA", "OKP", "Ed25519", 0, false, NULL},
};

const char *
alg_name(enum alg alg)
{
	return alg == ALG_NONE ? "(none)" : alg_traits(alg)->name;
}

enum alg
alg_of(const char *name)
{
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++)
		if (str_equal(table[i].name, name))
			return table[i].alg;
	return ALG_NONE;
}

const struct alg_traits *
alg_traits(enum alg alg)
{
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++)
		if (table[i].alg == alg)
			return &table[i];
	assert(!"an algorithm out of the table");
	return NULL;
}

const EVP_MD *
alg_sha256(void)
{
	pthread_once(&fetched, hashes_fetch);
	return sha256;
}

const EVP_MD *
alg_sha384(void)
{
	pthread_once(&fetched, hashes_fetch);
	return sha384;
}

static void
hashes_fetch(void)
{
	sha256 = EVP_MD_fetch(NULL, "SHA2-256", NULL);
	sha384 = EVP_MD_fetch(NULL, "SHA2-384", NULL);
	assert(sha256 != NULL && sha384 != NULL);
}
