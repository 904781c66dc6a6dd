/* SPDX-License-Identifier: Apache-2.0
 *
 * Pictures by their first bytes (see picture.h): PNG (RFC 2083 section 11.2.2), JPEG (ITU-T T.81
 * annex B), WebP (RFC 9649 section 2).
 */
#include "access/picture.h"

#include <string.h>

struct size {
	uint32_t width, height;
};

static bool png_size(struct bytes bytes, struct size *ret_size);
static bool jpeg_size(struct bytes bytes, struct size *ret_size);
static bool webp_size(struct bytes bytes, struct size *ret_size);
static uint32_t big_endian(const uint8_t *at, size_t n);
static uint32_t little_endian(const uint8_t *at, size_t n);

const char *
picture_type(struct bytes bytes)
{
	static const struct {
		const char *type;
		bool (*size)(struct bytes bytes, struct size *ret_size);
	} kinds[] = {{"image/png", png_size}, {"image/jpeg", jpeg_size}, {"image/webp", webp_size}};

	if (bytes.len > PICTURE_MAX_BYTES)
		return NULL;
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		struct size size;

		if (kinds[i].size(bytes, &size))
			return size.width > 0 && size.height > 0 &&
				       size.width <= PICTURE_MAX_PIXELS &&
				       size.height <= PICTURE_MAX_PIXELS
				   ? kinds[i].type
				   : NULL;
	}
	return NULL;
}

static bool
png_size(struct bytes bytes, struct size *ret_size)
{
	static const char begin[] = "\x89PNG\r\n\x1a\n\0\0\0\rIHDR";

	if (bytes.len < 33 || memcmp(bytes.at, begin, sizeof(begin) - 1) != 0)
		return false;
	*ret_size = (struct size){big_endian(bytes.at + 16, 4), big_endian(bytes.at + 20, 4)};
	return true;
}

/* Segment by segment to the first start of frame: FF, a marker, and a length that counts itself. */
static bool
jpeg_size(struct bytes bytes, struct size *ret_size)
{
	size_t at = 2;

	if (bytes.len < 4 || memcmp(bytes.at, "\xff\xd8\xff", 3) != 0)
		return false;
	while (at + 9 <= bytes.len && bytes.at[at] == 0xff) {
		uint8_t marker = bytes.at[at + 1];
		uint32_t length = big_endian(bytes.at + at + 2, 2);

		if (marker >= 0xc0 && marker <= 0xcf && marker != 0xc4 && marker != 0xc8 &&
		    marker != 0xcc) {
			*ret_size = (struct size){
			    big_endian(bytes.at + at + 7, 2), big_endian(bytes.at + at + 5, 2)};
			return true;
		}
		if (length < 2)
			return false;
		at += 2 + length;
	}
	return false;
}

static bool
webp_size(struct bytes bytes, struct size *ret_size)
{
	const uint8_t *chunk, *payload;
	uint32_t bits;

	if (bytes.len < 30 || memcmp(bytes.at, "RIFF", 4) != 0 ||
	    memcmp(bytes.at + 8, "WEBP", 4) != 0)
		return false;
	chunk = bytes.at + 12;
	payload = bytes.at + 20;
	if (memcmp(chunk, "VP8X", 4) == 0) {
		*ret_size = (struct size){
		    little_endian(payload + 4, 3) + 1, little_endian(payload + 7, 3) + 1};
		return true;
	}
	if (memcmp(chunk, "VP8L", 4) == 0 && payload[0] == 0x2f) {
		bits = little_endian(payload + 1, 4);
		*ret_size = (struct size){(bits & 0x3fff) + 1, (bits >> 14 & 0x3fff) + 1};
		return true;
	}
	if (memcmp(chunk, "VP8 ", 4) == 0 && memcmp(payload + 3, "\x9d\x01\x2a", 3) == 0) {
		*ret_size = (struct size){
		    little_endian(payload + 6, 2) & 0x3fff, little_endian(payload + 8, 2) & 0x3fff};
		return true;
	}
	return false;
}

static uint32_t
big_endian(const uint8_t *at, size_t n)
{
	uint32_t number = 0;

	for (size_t i = 0; i < n; i++)
		number = number << 8 | at[i];
	return number;
}

static uint32_t
little_endian(const uint8_t *at, size_t n)
{
	uint32_t number = 0;

	for (size_t i = n; i > 0; i--)
		number = number << 8 | at[i - 1];
	return number;
}
