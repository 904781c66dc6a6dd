/* SPDX-License-Identifier: Apache-2.0
 *
 * SHA-256 and HMAC-SHA-256 for every room.  They cannot fail but for want of memory, which stops
 * the gateway like any other allocation.
 */
#include "jose/digest.h"

#include "core/task.h"
#include "jose/alg.h"

#include <assert.h>
#include <limits.h>
#include <openssl/hmac.h>
#include <string.h>

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
	const uint8_t *mac;

	/* NULL would mean to HMAC() the key of the call before. */
	assert(key.len <= INT_MAX);
	mac = HMAC(alg_sha256(), key.len > 0 ? key.at : no_key, (int)key.len, input.at, input.len,
	    ret_mac, NULL);
	assert(mac != NULL);
	(void)mac;
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
