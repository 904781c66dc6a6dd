/* SPDX-License-Identifier: Apache-2.0
 *
 * Registers elsewhere that are asked over HTTP: one JSON file each in the folder of settings
 * sources.folder (conf/schema/source.json).
 *
 * A register is asked for the fields that will leave and for no others, in a signed request over
 * TLS, by the key that its file names.  What it answers lives as long as the task; of its word on
 * whether the person is alive the last is kept in SQL, because that is asked with every token.
 * What a file gives is no longer taken from the built-in register: a copy is not passed off as the
 * office's word.
 */
#ifndef SOURCES_HTTP_SOURCE_H
#define SOURCES_HTTP_SOURCE_H

#include "sources/source.h"

struct http_sources; /* of one loop */

extern const struct source source_http;

/* Read at start and reload: blocks on files.  None configured: *ret_sources is NULL, which is no
 * failure.  Fails MISCONFIGURED, naming file and member. */
int http_source_open(struct task *task, struct http_sources **ret_sources);
void http_source_close(struct http_sources *sources);

/* Whether any of them tells who is alive. */
bool http_source_tells_life(const struct task *task);

/* Whether each of those that do was heard of the person within settings sources.life. */
int http_source_life_is_fresh(struct task *task, const char *register_key, bool *ret_is_fresh);

/* Adds to the object names what those of them give or compare that can be asked about somebody of
 * whom the built-in register knows the entry (NULL: nothing).  Asks nobody. */
void http_source_names(const struct task *task, const struct source_entry *entry, json_t *names);

/* Whether one of them gives that claim, or compares it. */
bool http_source_gives(const struct task *task, const char *name);

#endif
