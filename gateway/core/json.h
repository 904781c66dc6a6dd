/* SPDX-License-Identifier: Apache-2.0
 *
 * JSON the way this house reads it: no duplicate names, no NUL, UTF-8, bounded size and depth.
 * The rest of jansson is used as it is; json_auto_t frees what is not handed on.
 */
#ifndef CORE_JSON_H
#define CORE_JSON_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct task;

#define JSON_MAX_BYTES (64u << 10)
#define JSON_MAX_DEPTH 16
#define JSON_MAX_NAMES 256 /* in one object */

/* jansson's memory is wiped when it is freed; call once, before any JSON. */
void json_setup(void);

/* Fails INVALID_REQUEST (recast it with fault_as).  The caller owns *ret_json. */
int json_parse(struct task *task, const char *at, size_t len, json_t **ret_json);
int json_parse_object(struct task *task, const char *at, size_t len, json_t **ret_json);

/* With a maximum of their own, for the few that are long (a status list, a service's answer). */
int json_parse_sized(
    struct task *task, const char *at, size_t len, size_t max_bytes, json_t **ret_json);
int json_parse_object_sized(
    struct task *task, const char *at, size_t len, size_t max_bytes, json_t **ret_json);

/* Hands a reference to the task, which drops it at its end; returns json, for a member or a local.
 */
json_t *json_keep(struct task *task, json_t *json);

/* Compact text in the task's arena. */
char *json_text(struct task *task, const json_t *json);

/* A member, or NULL / false where it is absent or of another type. */
const char *json_get_text(const json_t *object, const char *name);
bool json_get_i64(const json_t *object, const char *name, int64_t *ret_number);
bool json_get_bool(const json_t *object, const char *name); /* absent: false */

/* Whether an array of strings holds text; a bare string counts as an array of one (RFC 7519 aud).
 */
bool json_has_text(const json_t *array, const char *text);

/* Sets a member to text, or leaves it out where text is NULL. */
void json_set_text(json_t *object, const char *name, const char *text);

#endif
