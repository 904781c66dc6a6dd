/* SPDX-License-Identifier: Apache-2.0
 *
 * What sdjwt and status_list share with verify.  Inside of jose only.
 */
#ifndef JOSE_JWS_H
#define JOSE_JWS_H

#include "jose/verify.h"

/* The form alone, whatever the payload is: claims stays NULL. */
int jws_split(struct task *task, const char *compact, size_t max_bytes, struct jws *ret_jws,
    struct bytes *ret_payload);

#endif
