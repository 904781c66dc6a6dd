/* SPDX-License-Identifier: Apache-2.0
 *
 * Whether an address that somebody wrote is one of ours (RFC 3986 section 6.2).
 */
#ifndef HTTP_URL_H
#define HTTP_URL_H

#include <stdbool.h>

struct task;

/* Whether url names base and path, as RFC 9449 section 4.3 compares htu: query and fragment left
 * out, scheme and host without case, the default port spelt out or not, escapes decoded.  base as
 * in the settings (https://host/id); path as http/path.h makes it.  User information, and whatever
 * path_read() refuses, is another address. */
bool url_is(struct task *task, const char *url, const char *base, const char *path);

#endif
