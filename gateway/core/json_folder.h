/* SPDX-License-Identifier: Apache-2.0
 *
 * Things of which there are several, one JSON file each, in a folder that a setting names: the
 * authorities of cards.
 */
#ifndef CORE_JSON_FOLDER_H
#define CORE_JSON_FOLDER_H

#include "core/json.h"

struct task;

#define JSON_FOLDER_MAX 64 /* files */

/* Of every NAME.json of the folder, in order of their names, {NAME: object}; files whose name
 * begins with a dot are left out.  NAME is [a-z0-9-], 32 letters at most.  Blocks.  The task keeps
 * *ret_objects.  Fails MISCONFIGURED naming the file. */
int json_folder_read(struct task *task, const char *folder, json_t **ret_objects);

/* Whether every member of the object is among these names (NULL-ended); ret_other is one that is
 * not. */
bool json_has_only(const json_t *object, const char *const *names, const char **ret_other);

#endif
