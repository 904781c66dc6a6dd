/* SPDX-License-Identifier: Apache-2.0
 *
 * Base64url without padding (RFC 7515 section 2), and the digests written in it.
 */
#ifndef WALLET_BASE64URL_H
#define WALLET_BASE64URL_H

#include "wallet.h"

struct octets {
	const unsigned char *at;
	size_t n;
};

char *base64url_encode(struct wallet *wallet, const void *bytes, size_t n_bytes);

/* False for what an encoder would not have written: padding, other letters, loose last bits. */
bool base64url_decode(struct wallet *wallet, const char *text, struct octets *ret_octets);

/* Decode and parse as one JSON value; false when it is none, or has a name twice. */
bool base64url_load(struct wallet *wallet, const char *text, json_t **ret_value);

/* The compact JSON of a value, encoded. */
char *base64url_dump(struct wallet *wallet, const json_t *value);

/* SHA-256 of bytes, encoded: 43 letters. */
char *base64url_sha256(struct wallet *wallet, const void *bytes, size_t n_bytes);

/* `n_bytes` random bytes, encoded. */
char *base64url_random(struct wallet *wallet, size_t n_bytes);

#endif
