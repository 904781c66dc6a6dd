/* SPDX-License-Identifier: Apache-2.0
 *
 * Text: comparison, words, numbers, and what is well-formed UTF-8 (RFC 3629).
 */
#include "core/str.h"

#include "core/task.h"

#include <string.h>

static unsigned utf8_length(uint8_t first);
static bool utf8_is_legal(unsigned length, uint32_t code);
static size_t ascii_len(const char *at, size_t len);
static bool is_unseen(uint32_t code);
static bool is_joined(uint32_t code);
static size_t words_count(const char *text);
static const char *word_next(const char *text, size_t *ret_len);

bool
str_equal(const char *a, const char *b)
{
	/* Most differ in their first letter, and a call costs more than to look. */
	return a != NULL && b != NULL && *a == *b && strcmp(a, b) == 0;
}

bool
str_starts(const char *text, const char *prefix)
{
	return strncmp(text, prefix, strlen(prefix)) == 0;
}

bool
str_ends(const char *text, const char *suffix)
{
	size_t len = strlen(text), suffix_len = strlen(suffix);

	return len >= suffix_len && memcmp(text + len - suffix_len, suffix, suffix_len) == 0;
}

bool
str_is_empty(const char *text)
{
	return text == NULL || *text == '\0';
}

bool
bytes_equal_secretly(struct bytes a, struct bytes b)
{
	/* volatile: a compiler that saw through the loop could leave it early */
	volatile uint8_t different = 0;

	if (a.len != b.len)
		return false;
	for (size_t i = 0; i < a.len; i++)
		different = (uint8_t)(different | (a.at[i] ^ b.at[i]));
	return different == 0;
}

bool
str_has_word(const char *words, const char *word)
{
	size_t len, word_len = strlen(word);

	if (words == NULL || word_len == 0)
		return false;
	for (const char *at = word_next(words, &len); at != NULL; at = word_next(at + len, &len)) {
		if (len == word_len && memcmp(at, word, len) == 0)
			return true;
	}
	return false;
}

const char **
str_words(struct task *task, const char *text, size_t max)
{
	size_t len, n = words_count(text);
	const char **words;

	if (n > max)
		return NULL;
	words = task_new_n(task, const char *, n + 1);
	for (size_t i = 0; i < n; i++) {
		text = word_next(text, &len);
		words[i] = task_dup_n(task, text, len);
		text += len;
	}
	return words;
}

char *
str_join(struct task *task, const char *const *parts, const char *separator)
{
	size_t len = 0, separator_len = strlen(separator);
	char *text, *at;

	for (size_t i = 0; parts[i] != NULL; i++)
		len += strlen(parts[i]) + separator_len;
	text = at = task_alloc(task, len + 1);
	for (size_t i = 0; parts[i] != NULL; i++) {
		if (i > 0)
			at = mempcpy(at, separator, separator_len);
		at = mempcpy(at, parts[i], strlen(parts[i]));
	}
	return text;
}

unsigned
str_distance(const char *a, const char *b)
{
	unsigned row[64], b_len = (unsigned)strnlen(b, 63);

	for (unsigned i = 0; i <= b_len; i++)
		row[i] = i;
	for (unsigned i = 0; a[i] != '\0'; i++) {
		unsigned corner = row[0];

		row[0] = i + 1;
		for (unsigned n = 1; n <= b_len; n++) {
			unsigned best = corner + (a[i] != b[n - 1]);

			corner = row[n];
			best = row[n] + 1 < best ? row[n] + 1 : best;
			row[n] = row[n - 1] + 1 < best ? row[n - 1] + 1 : best;
		}
	}
	return row[b_len];
}

bool
str_to_i64(const char *text, int64_t min, int64_t max, int64_t *ret_number)
{
	const char *at = text;
	int64_t number = 0;

	if (text == NULL || *text == '\0')
		return false;
	for (; *at >= '0' && *at <= '9'; at++) {
		if (__builtin_mul_overflow(number, 10, &number) ||
		    __builtin_add_overflow(number, *at - '0', &number))
			return false;
	}
	if (*at != '\0' || number < min || number > max)
		return false;
	*ret_number = number;
	return true;
}

char *
str_from_i64(char digits[STR_NUMBER_BYTES], int64_t number)
{
	uint64_t rest = number < 0 ? 0 - (uint64_t)number : (uint64_t)number;
	char *at = digits + STR_NUMBER_BYTES - 1;

	*at = '\0';
	do {
		*--at = (char)('0' + rest % 10);
		rest /= 10;
	} while (rest > 0);
	if (number < 0)
		*--at = '-';
	return at;
}

size_t
str_char(const char *at, size_t len, uint32_t *ret_code)
{
	const uint8_t *byte = (const uint8_t *)at;
	unsigned length;
	uint32_t code;

	if (len == 0)
		return 0;
	length = utf8_length(byte[0]);
	if (length == 0 || length > len)
		return 0;
	code = length == 1 ? byte[0] : byte[0] & (0x7Fu >> length);
	for (unsigned i = 1; i < length; i++) {
		if ((byte[i] & 0xC0) != 0x80)
			return 0;
		code = code << 6 | (byte[i] & 0x3Fu);
	}
	if (!utf8_is_legal(length, code))
		return 0;
	*ret_code = code;
	return length;
}

/* Bytes that a character takes by its first one; 0: no character begins so. */
static unsigned
utf8_length(uint8_t first)
{
	if (first < 0x80)
		return 1;
	if (first >= 0xC2 && first <= 0xDF)
		return 2;
	if (first >= 0xE0 && first <= 0xEF)
		return 3;
	if (first >= 0xF0 && first <= 0xF4)
		return 4;
	return 0;
}

static bool
utf8_is_legal(unsigned length, uint32_t code)
{
	static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};

	return code >= least[length] && code <= 0x10FFFF && (code < 0xD800 || code > 0xDFFF);
}

bool
str_is_utf8(const char *at, size_t len)
{
	uint32_t code;

	while (len > 0) {
		size_t n = ascii_len(at, len);

		if (n == 0)
			n = str_char(at, len, &code);
		if (n == 0)
			return false;
		at += n;
		len -= n;
	}
	return true;
}

/* How many bytes at its beginning are ASCII: nearly all that ever come. */
static size_t
ascii_len(const char *at, size_t len)
{
	uint64_t eight = 0;
	size_t n = 0;

	for (; len - n >= sizeof(eight); n += sizeof(eight)) {
		memcpy(&eight, at + n, sizeof(eight));
		if (eight & 0x8080808080808080u)
			break;
	}
	while (n < len && (uint8_t)at[n] < 0x80)
		n++;
	return n;
}

bool
str_is_control(uint32_t code)
{
	return code < 0x20 || (code >= 0x7F && code <= 0x9F) || code == 0x2028 || code == 0x2029;
}

bool
str_has_control(const char *text)
{
	size_t len = strlen(text);
	uint32_t code;

	while (len > 0) {
		size_t n = str_char(text, len, &code);

		if (n > 0 && str_is_control(code))
			return true;
		n = n > 0 ? n : 1;
		text += n;
		len -= n;
	}
	return false;
}

bool
str_is_visible(const char *text)
{
	size_t len = strlen(text), n;
	uint32_t before = 0, code = 0;
	bool needs_joined = false;

	for (; len > 0; text += n, len -= n) {
		n = str_char(text, len, &code);
		if (n == 0 || str_is_control(code) || (needs_joined && !is_joined(code)))
			return false;
		needs_joined = code >= 0x200B && code <= 0x200D;
		if (needs_joined ? !is_joined(before) : is_unseen(code))
			return false;
		before = code;
	}
	return !needs_joined;
}

/* Unicode's Default_Ignorable_Code_Point, the marks of its bidirectional algorithm, and what is
 * reserved for no writing. */
static bool
is_unseen(uint32_t code)
{
	static const struct {
		uint32_t first, last;
	} ranges[] = {
	    {0x00AD, 0x00AD},
	    {0x034F, 0x034F},
	    {0x061C, 0x061C},
	    {0x115F, 0x1160},
	    {0x17B4, 0x17B5},
	    {0x180B, 0x180F},
	    {0x200B, 0x200F},
	    {0x2028, 0x202E},
	    {0x2060, 0x206F},
	    {0x3164, 0x3164},
	    {0xFE00, 0xFE0F},
	    {0xFEFF, 0xFEFF},
	    {0xFFA0, 0xFFA0},
	    {0xFFF0, 0xFFFB},
	    {0x1D173, 0x1D17A},
	    {0xE0000, 0x10FFFF},
	};

	for (size_t i = 0; i < sizeof(ranges) / sizeof(ranges[0]); i++)
		if (code >= ranges[i].first && code <= ranges[i].last)
			return true;
	return false;
}

/* Arabic to Burmese, by way of the scripts of India, Lao and Tibetan; Khmer. */
static bool
is_joined(uint32_t code)
{
	return ((code >= 0x0620 && code < 0x10A0) || (code >= 0x1780 && code < 0x1800)) &&
	       !is_unseen(code);
}

bool
str_is_printable_ascii(const char *text)
{
	for (; *text != '\0'; text++) {
		if (*text < 0x20 || *text > 0x7E)
			return false;
	}
	return true;
}

void
str_clean(char *text)
{
	size_t len = strlen(text);
	char *to = text;
	uint32_t code;

	while (len > 0) {
		size_t n = str_char(text, len, &code);

		/* half a character at the very end was cut there, not broken by its sender */
		if (n == 0 && len < 4 && utf8_length((uint8_t)*text) > len)
			break;
		if (n == 0 || str_is_control(code)) {
			*to++ = '?';
		} else {
			memmove(to, text, n);
			to += n;
		}
		n = n > 0 ? n : 1;
		text += n;
		len -= n;
	}
	*to = '\0';
}

static size_t
words_count(const char *text)
{
	size_t len, n = 0;

	for (text = word_next(text, &len); text != NULL; text = word_next(text + len, &len))
		n++;
	return n;
}

/* The next word at or after text, or NULL. */
static const char *
word_next(const char *text, size_t *ret_len)
{
	text += strspn(text, " ");
	*ret_len = strcspn(text, " ");
	return *ret_len > 0 ? text : NULL;
}
