/* SPDX-License-Identifier: Apache-2.0
 *
 * The path of a request, decoded once and in its one form.
 */
#ifndef HTTP_PATH_H
#define HTTP_PATH_H

#include <stddef.h>

struct task;

/* Fails NOT_FOUND for what no route can mean: a "." or ".." segment, "//", an encoded slash, a
 * backslash, a NUL or another control character, plain or encoded; BAD_REQUEST for a bad escape,
 * bad UTF-8, or a path that does not begin with '/'. */
int path_read(struct task *task, const char *at, size_t len, const char **ret_path);

#endif
