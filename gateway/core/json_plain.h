/* SPDX-License-Identifier: Apache-2.0
 *
 * The JSON that is read most, read fast: what json_text() made of an array of plain texts (names of
 * claims, services, methods), as records hold them.
 */
#ifndef CORE_JSON_PLAIN_H
#define CORE_JSON_PLAIN_H

#include <jansson.h>
#include <stddef.h>

/* ["a","b"] without a space, an escape or a letter beyond ASCII; new reference.  NULL: anything
 * else, broken or not; jansson then says what it is. */
json_t *json_plain_array(const char *at, size_t len);

#endif
