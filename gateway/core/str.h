/* SPDX-License-Identifier: Apache-2.0
 *
 * Text and bytes.
 *
 * Text is const char *, UTF-8, NUL-terminated: the door (http/door.h) and json_parse() refuse a NUL
 * in anything that came from outside, so a length is not needed to be honest.  What is not text
 * (keys, digests, decoded base64url) is struct bytes.  A secret has a type that cannot be printed.
 */
#ifndef CORE_STR_H
#define CORE_STR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct task;

struct bytes {
	const uint8_t *at;
	size_t len;
};

/* Bytes that are never printed; in the arena, so wiped with it. */
struct secret {
	struct bytes hidden;
};

#define BYTES_OF(text) ((struct bytes){(const uint8_t *)(text), strlen(text)})

bool str_equal(const char *a, const char *b); /* NULL equals nothing, not even NULL */
bool str_starts(const char *text, const char *prefix);
bool str_ends(const char *text, const char *suffix);
bool str_is_empty(const char *text); /* NULL or "" */

/* For secrets: takes as long whatever the bytes are; lengths are not secret. */
bool bytes_equal_secretly(struct bytes a, struct bytes b);

/* True where a word stands in a list parted by single spaces (scope, acr_values, prompt). */
bool str_has_word(const char *words, const char *word);

/* The words of a text parted by spaces: a NULL-ended array in the task's arena.  At most max words:
 * NULL where there are more. */
const char **str_words(struct task *task, const char *text, size_t max);

/* Joins a NULL-ended array with separator. */
char *str_join(struct task *task, const char *const *parts, const char *separator);

/* Letters to add, drop or change from one to the other (Levenshtein's); of b the first 63. */
unsigned str_distance(const char *a, const char *b);

/* Whole number in decimal, digits only, min to max; anything else is false. */
bool str_to_i64(const char *text, int64_t min, int64_t max, int64_t *ret_number);

/* A number in decimal, somewhere in digits, up to their end. */
#define STR_NUMBER_BYTES 24
char *str_from_i64(char digits[STR_NUMBER_BYTES], int64_t number);

/* The character that stands first in len bytes of UTF-8: its length; 0 where none is well-formed.
 */
size_t str_char(const char *at, size_t len, uint32_t *ret_code);
bool str_is_control(uint32_t code);           /* C0, DEL, C1, U+2028, U+2029 */
bool str_is_utf8(const char *at, size_t len); /* well-formed, no overlong form, no surrogate */
bool str_has_control(const char *text);
bool str_is_printable_ascii(const char *text); /* %x20-7E only */

/* Whether all that stands in well-formed UTF-8 can be seen, where it stands: nothing turns the
 * writing, breaks the line or takes no room.  What parts and joins words (U+200B to U+200D) may
 * stand between two letters of a script that is written so: Khmer, Lao, Arabic and others. */
bool str_is_visible(const char *text);

/* In place: control characters and broken bytes become '?', half a character at the end goes. */
void str_clean(char *text);

/* base64url without padding (RFC 4648 section 5; RFC 7515 section 2).  Decoding refuses whatever is
 * not the one canonical form: padding, other letters, stray bits.  b64 functions are standard
 * base64 with padding, likewise strict. */
char *b64u_encode(struct task *task, struct bytes bytes);
bool b64u_decode(struct task *task, const char *text, size_t len, struct bytes *ret_bytes);
char *b64_encode(struct task *task, struct bytes bytes);
bool b64_decode(struct task *task, const char *text, size_t len, struct bytes *ret_bytes);
char *hex_encode(struct task *task, struct bytes bytes);

#endif
