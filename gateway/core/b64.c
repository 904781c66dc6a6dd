/* SPDX-License-Identifier: Apache-2.0
 *
 * base64url without padding (RFC 4648 section 5, RFC 7515 section 2), base64 with it (section 4),
 * and hexadecimal.  A text that is not the one canonical form of its bytes is refused, or a token
 * could be written in two ways and slip past a replay mark.
 */
#include "core/str.h"
#include "core/task.h"

#include <string.h>

static const char letters_url[] =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
static const char letters_std[] =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

static char *encode(struct task *task, struct bytes bytes, const char *letters, bool pads);
static bool decode(
    struct task *task, struct bytes text, const char *letters, struct bytes *ret_bytes);
static uint32_t group(const uint8_t *at, size_t left);
static int letter_value(uint8_t letter, const char *letters);

char *
b64u_encode(struct task *task, struct bytes bytes)
{
	return encode(task, bytes, letters_url, false);
}

char *
b64_encode(struct task *task, struct bytes bytes)
{
	return encode(task, bytes, letters_std, true);
}

bool
b64u_decode(struct task *task, const char *text, size_t len, struct bytes *ret_bytes)
{
	return decode(task, (struct bytes){(const uint8_t *)text, len}, letters_url, ret_bytes);
}

bool
b64_decode(struct task *task, const char *text, size_t len, struct bytes *ret_bytes)
{
	if (len % 4 != 0)
		return false;
	for (int n_pads = 0; n_pads < 2 && len > 0 && text[len - 1] == '='; n_pads++)
		len--;
	return decode(task, (struct bytes){(const uint8_t *)text, len}, letters_std, ret_bytes);
}

static char *
encode(struct task *task, struct bytes bytes, const char *letters, bool pads)
{
	char *text = task_alloc(task, (bytes.len + 2) / 3 * 4 + 1);
	const size_t left = bytes.len % 3, whole = bytes.len - left;
	char *at = text;
	uint32_t bits;

	for (size_t i = 0; i < whole; i += 3) {
		bits = group(bytes.at + i, 3);
		*at++ = letters[bits >> 18];
		*at++ = letters[bits >> 12 & 63];
		*at++ = letters[bits >> 6 & 63];
		*at++ = letters[bits & 63];
	}
	if (left == 0)
		return text;
	bits = group(bytes.at + whole, left);
	for (size_t n = 0; n <= left; n++)
		*at++ = letters[bits >> (18 - 6 * n) & 63];
	for (size_t n = left; pads && n < 3; n++)
		*at++ = '=';
	return text;
}

static uint32_t
group(const uint8_t *at, size_t left)
{
	uint32_t bits = (uint32_t)at[0] << 16;

	if (left > 1)
		bits |= (uint32_t)at[1] << 8;
	if (left > 2)
		bits |= at[2];
	return bits;
}

static bool
decode(struct task *task, struct bytes text, const char *letters, struct bytes *ret_bytes)
{
	uint8_t *at, *to;
	uint32_t bits = 0;
	unsigned n_bits = 0;

	if (text.len % 4 == 1)
		return false;
	at = to = task_alloc(task, text.len / 4 * 3 + 3);
	for (size_t i = 0; i < text.len; i++) {
		int value = letter_value(text.at[i], letters);

		if (value < 0)
			return false;
		bits = bits << 6 | (uint32_t)value;
		n_bits += 6;
		if (n_bits >= 8) {
			n_bits -= 8;
			*to++ = (uint8_t)(bits >> n_bits);
		}
	}
	if ((bits & ((1u << n_bits) - 1)) != 0)
		return false;
	*ret_bytes = (struct bytes){at, (size_t)(to - at)};
	return true;
}

static int
letter_value(uint8_t letter, const char *letters)
{
	if (letter >= 'A' && letter <= 'Z')
		return letter - 'A';
	if (letter >= 'a' && letter <= 'z')
		return letter - 'a' + 26;
	if (letter >= '0' && letter <= '9')
		return letter - '0' + 52;
	if (letter == (uint8_t)letters[62])
		return 62;
	return letter == (uint8_t)letters[63] ? 63 : -1;
}

char *
hex_encode(struct task *task, struct bytes bytes)
{
	static const char digits[] = "0123456789abcdef";
	char *text = task_alloc(task, bytes.len * 2 + 1);

	for (size_t i = 0; i < bytes.len; i++) {
		text[2 * i] = digits[bytes.at[i] >> 4];
		text[2 * i + 1] = digits[bytes.at[i] & 15];
	}
	return text;
}
