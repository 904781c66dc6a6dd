/* SPDX-License-Identifier: Apache-2.0
 *
 * The JSON that is read and written most, fast: texts without \u, whole numbers, and the arrays and
 * objects of them, as records hold them and nearly all requests bring them.
 */
#ifndef CORE_JSON_PLAIN_H
#define CORE_JSON_PLAIN_H

#include <jansson.h>
#include <stddef.h>

/* What jansson would make of it within the bounds of json.h; new reference.  NULL: anything else,
 * broken or not; jansson then says what it is. */
json_t *json_plain(const char *at, size_t len);

/* What jansson would write of it, compact, with a NUL, in max_bytes at most; returns its length.
 * 0: it holds anything else (an escape, a fraction) or has no room; jansson then writes it. */
size_t json_plain_write(const json_t *json, char *ret_text, size_t max_bytes);

#endif
