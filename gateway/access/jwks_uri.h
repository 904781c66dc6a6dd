/* SPDX-License-Identifier: Apache-2.0
 *
 * The set of public keys at an address (jwks_uri), as it is now: fetched under the guards of
 * http/fetch.h, kept by jwks_cache.h.  For client_jwks.c, and for keys of other providers.
 */
#ifndef ACCESS_JWKS_URI_H
#define ACCESS_JWKS_URI_H

#include "jose/jwk.h"

struct task;

/* kid: of the key that is wanted; NULL where nothing names it.  The set lives as long as the task;
 * a kid that is not in it is nowhere now.  May wait for the host (3 s at most), but not with
 * commands to Redis under way.  Fails BUSY where that host does not answer; INVALID_REQUEST where
 * what it answers is no set of public keys (jwk.h: one that is too weak is left out). */
int jwks_uri_find(
    struct task *task, const char *uri, const char *kid, const struct jwks **ret_jwks);

#endif
