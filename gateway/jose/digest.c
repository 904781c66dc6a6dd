/* SPDX-License-Identifier: Apache-2.0
 *
 * SHA-256 and HMAC-SHA-256 for every room.  They cannot fail but for want of memory, which stops
 * the gateway like any other allocation.
 */
#include "jose/digest.h"

#include "core/task.h"
#include "jose/alg.h"

#include <assert.h>
#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <pthread.h>
#include <string.h>

/* Made once for each thread: to make it costs twice what it does. */
static _Thread_local EVP_MAC_CTX *thread_mac;
static pthread_key_t thread_end;
static pthread_once_t thread_end_once = PTHREAD_ONCE_INIT;

static EVP_MAC_CTX *mac_here(void);
static EVP_MAC_CTX *mac_new(void);
static void thread_end_make(void);
static void mac_free(void *mac);

void
digest_sha256(struct bytes input, uint8_t ret_digest[DIGEST_BYTES])
{
	int ok = EVP_Digest(input.at, input.len, ret_digest, NULL, alg_sha256(), NULL);

	assert(ok == 1);
	(void)ok;
}

void
digest_hmac(struct bytes key, struct bytes input, uint8_t ret_mac[DIGEST_BYTES])
{
	static const uint8_t no_key[1];
	EVP_MAC_CTX *mac = mac_here();
	size_t len;
	/* NULL would mean the key of the call before. */
	bool ok = EVP_MAC_init(mac, key.len > 0 ? key.at : no_key, key.len, NULL) > 0 &&
		  EVP_MAC_update(mac, input.at, input.len) > 0 &&
		  EVP_MAC_final(mac, ret_mac, &len, DIGEST_BYTES) > 0;

	assert(ok);
	(void)ok;
}

static EVP_MAC_CTX *
mac_here(void)
{
	if (thread_mac != NULL)
		return thread_mac;
	thread_mac = mac_new();
	assert(thread_mac != NULL);
	pthread_once(&thread_end_once, thread_end_make);
	pthread_setspecific(thread_end, thread_mac);
	return thread_mac;
}

static EVP_MAC_CTX *
mac_new(void)
{
	char hash[] = "SHA2-256";
	const OSSL_PARAM parameters[] = {
	    OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, hash, 0),
	    OSSL_PARAM_construct_end(),
	};
	EVP_MAC *hmac = EVP_MAC_fetch(NULL, "HMAC", NULL);
	EVP_MAC_CTX *mac = EVP_MAC_CTX_new(hmac);

	EVP_MAC_free(hmac);
	if (mac != NULL && EVP_MAC_CTX_set_params(mac, parameters) > 0)
		return mac;
	EVP_MAC_CTX_free(mac);
	return NULL;
}

static void
thread_end_make(void)
{
	pthread_key_create(&thread_end, mac_free);
}

static void
mac_free(void *mac)
{
	EVP_MAC_CTX_free(mac);
	thread_mac = NULL;
}

char *
digest_b64u(struct task *task, const char *text)
{
	uint8_t digest[DIGEST_BYTES];

	digest_sha256(BYTES_OF(text), digest);
	return b64u_encode(task, (struct bytes){digest, sizeof(digest)});
}

char *
digest_half(struct task *task, const char *text)
{
	uint8_t digest[DIGEST_BYTES];

	digest_sha256(BYTES_OF(text), digest);
	return b64u_encode(task, (struct bytes){digest, sizeof(digest) / 2});
}
