/* SPDX-License-Identifier: Apache-2.0
 *
 * Hashes for every room: SHA-256, HMAC-SHA-256, scrypt.  The one place that knows OpenSSL's
 * digests.
 */
#ifndef JOSE_DIGEST_H
#define JOSE_DIGEST_H

#include "core/str.h"

struct task;

#define DIGEST_BYTES 32

void digest_sha256(struct bytes input, uint8_t ret_digest[DIGEST_BYTES]);
void digest_hmac(struct bytes key, struct bytes input, uint8_t ret_mac[DIGEST_BYTES]);

/* base64url(SHA-256(text)): PKCE's S256, thumbprints, sd_hash, keys of what must not be read back.
 */
char *digest_b64u(struct task *task, const char *text);

/* left half of SHA-256, base64url: at_hash (OpenID Connect Core section 3.1.3.6). */
char *digest_half(struct task *task, const char *text);

/* A client secret at rest: "scrypt$N$r$p$salt$hash".  Both run on the offload pool: tens of ms of
 * CPU. */
int digest_secret_store(struct task *task, const char *secret, const char **ret_stored);
int digest_secret_matches(
    struct task *task, const char *secret, const char *stored, bool *ret_matches);

/* For a secret that we made ourselves of 256 random bits, SHA-256 is enough, and 100,000 times
 * cheaper: "sha256$hash".  digest_secret_matches() knows both. */
const char *digest_secret_store_random(struct task *task, const char *secret);

#endif
