/* SPDX-License-Identifier: Apache-2.0
 *
 * What every part of an upstream's file is read with.  Inside of login/upstream only.
 */
#ifndef LOGIN_UPSTREAM_READING_H
#define LOGIN_UPSTREAM_READING_H

#include "login/upstream/provider.h"

/* One file on its way into an upstream; its path stands in every message.  All fail MISCONFIGURED.
 */
struct reading {
	struct task *task;
	const char *path;
	struct upstream *upstream;
};

/* That json, the file or an object in it, has no members but these words. */
int reading_members(struct reading *reading, const json_t *json, const char *members);

/* A member of the file that must be there: a text that is not empty; {language: text}; the path of
 * another file, which is relative to this one's folder. */
int reading_text(struct reading *reading, const char *member, const char **ret_text);
int reading_texts(struct reading *reading, const char *member, const json_t **ret_texts);
int reading_path(struct reading *reading, const char *member, const char **ret_path);

#endif
