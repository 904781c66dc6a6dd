/* SPDX-License-Identifier: Apache-2.0
 *
 * The compressed bytes of a status list (zlib, RFC 1950).  Inside of jose only.
 */
#ifndef JOSE_STATUS_BITS_H
#define JOSE_STATUS_BITS_H

#include "core/str.h"

struct task;

/* At most STATUS_LIST_MAX_BYTES, outside of the arena, freed when the task closes.  Fails
 * INVALID_REQUEST where it is not one whole zlib stream with nothing after it. */
int status_bits_inflate(struct task *task, struct bytes deflated, struct bytes *ret_bits);

/* As small as zlib can.  Fails BROKEN. */
int status_bits_deflate(struct task *task, struct bytes bits, struct bytes *ret_deflated);

#endif
