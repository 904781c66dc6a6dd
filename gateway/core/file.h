/* SPDX-License-Identifier: Apache-2.0
 *
 * Small text files that the configuration names.
 */
#ifndef CORE_FILE_H
#define CORE_FILE_H

#include <stdbool.h>

struct task;

#define FILE_TEXT_MAX_BYTES (64u << 10)

/* The whole of a file, in the task's arena.  is_secret: refused where others may read it.  Blocks.
 * Fails MISCONFIGURED, naming the file. */
int file_text(struct task *task, const char *path, bool is_secret, const char **ret_text);

/* Where a path in a file leads: relative to the folder of that file. */
const char *file_beside(struct task *task, const char *file, const char *path);

#endif
