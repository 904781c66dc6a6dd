/* SPDX-License-Identifier: Apache-2.0
 *
 * gzip of pages (RFC 1952), the only place here that uses zlib.
 */
#ifndef HTTP_GZIP_H
#define HTTP_GZIP_H

#include "core/str.h"

struct task;

#define GZIP_MIN_BYTES 1024

/* Whether an Accept-Encoding (NULL: absent) takes gzip. */
bool gzip_is_accepted(const char *accept_encoding);

/* In the task's arena.  False: it would not be smaller. */
bool gzip_bytes(struct task *task, struct bytes plain, struct bytes *ret_packed);

#endif
