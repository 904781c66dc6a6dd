/* SPDX-License-Identifier: Apache-2.0
 *
 * The public keys of a client: those it registered (jwks), or those its jwks_uri has now (OpenID
 * Connect Core section 10, RFC 7591 section 2).  For whoever verifies what a client signed, or
 * encrypts to it.
 */
#ifndef ACCESS_CLIENT_JWKS_H
#define ACCESS_CLIENT_JWKS_H

#include "jose/jwk.h"

struct client;
struct task;

/* kid: of the key that is wanted; NULL where nothing names it.  The set lives as long as the task;
 * a kid that is not in it is nowhere now.  May wait for the client's host (3 s at most), but not
 * with commands to Redis under way.  Fails BUSY where that host does not answer, which is no fault
 * of who asks: the same assertion is right a moment later; INVALID_CLIENT where what it answers is
 * no set of public keys (jwk.h: one that is too weak is left out). */
int client_jwks_find(
    struct task *task, const struct client *client, const char *kid, const struct jwks **ret_jwks);

#endif
