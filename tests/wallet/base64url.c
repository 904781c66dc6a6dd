/* SPDX-License-Identifier: Apache-2.0
 *
 * Base64url without padding (RFC 7515 section 2), used for everything JOSE and SD-JWT.
 */
#include "base64url.h"

#include <openssl/rand.h>
#include <openssl/sha.h>
#include <stdlib.h>
#include <string.h>

static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

char *
base64url_encode(struct wallet *wallet, const void *bytes, size_t n_bytes)
{
	const unsigned char *in = bytes;
	char *text = wallet_alloc(wallet, n_bytes / 3 * 4 + 5);
	uint32_t bits = 0;
	int n_bits = 0;
	char *out = text;

	for (size_t i = 0; i < n_bytes; i++) {
		bits = bits << 8 | in[i];
		for (n_bits += 8; n_bits >= 6; n_bits -= 6)
			*out++ = letters[bits >> (n_bits - 6) & 63];
	}
	if (n_bits > 0)
		*out = letters[bits << (6 - n_bits) & 63];
	return text;
}

bool
base64url_decode(struct wallet *wallet, const char *text, struct octets *ret_octets)
{
	size_t n_letters = strlen(text);
	unsigned char *bytes = wallet_alloc(wallet, n_letters / 4 * 3 + 3);
	uint32_t bits = 0;
	int n_bits = 0;
	size_t n = 0;

	for (size_t i = 0; i < n_letters; i++) {
		const char *letter = strchr(letters, text[i]);

		if (!letter)
			return false;
		bits = bits << 6 | (uint32_t)(letter - letters);
		n_bits += 6;
		if (n_bits >= 8) {
			n_bits -= 8;
			bytes[n++] = (unsigned char)(bits >> n_bits);
		}
	}
	if (n_bits >= 6 || (bits & ((1u << n_bits) - 1)) != 0)
		return false;
	*ret_octets = (struct octets){bytes, n};
	return true;
}

bool
base64url_load(struct wallet *wallet, const char *text, json_t **ret_value)
{
	struct octets octets;
	json_t *value;

	if (!base64url_decode(wallet, text, &octets))
		return false;
	value = json_loadb(
	    (const char *)octets.at, octets.n, JSON_REJECT_DUPLICATES | JSON_DECODE_ANY, NULL);
	if (!value)
		return false;
	*ret_value = wallet_json(wallet, value);
	return true;
}

char *
base64url_dump(struct wallet *wallet, const json_t *value)
{
	char *text = json_dumps(value, JSON_COMPACT | JSON_ENCODE_ANY);
	char *encoded;

	if (!text)
		abort();
	encoded = base64url_encode(wallet, text, strlen(text));
	free(text);
	return encoded;
}

char *
base64url_sha256(struct wallet *wallet, const void *bytes, size_t n_bytes)
{
	unsigned char digest[SHA256_DIGEST_LENGTH];

	SHA256(bytes, n_bytes, digest);
	return base64url_encode(wallet, digest, sizeof(digest));
}

char *
base64url_random(struct wallet *wallet, size_t n_bytes)
{
	unsigned char *bytes = wallet_alloc(wallet, n_bytes);

	if (RAND_bytes(bytes, (int)n_bytes) != 1)
		abort();
	return base64url_encode(wallet, bytes, n_bytes);
}
