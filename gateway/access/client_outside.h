/* SPDX-License-Identifier: Apache-2.0
 *
 * What a client's metadata names on other hosts, looked at before it is stored: whether we would
 * call there at all, and the sector identifier (OpenID Connect Dynamic Client Registration section
 * 5).  Called by the registration endpoint and by `dvara client apply`.
 */
#ifndef ACCESS_CLIENT_OUTSIDE_H
#define ACCESS_CLIENT_OUTSIDE_H

#include "core/json.h"

struct asset;
struct task;

/* Of what we ourselves fetch or post to (jwks_uri, sector_identifier_uri, logo_uri,
 * backchannel_logout_uri): https, a name of the open Internet, or an address that is of it or
 * that settings outbound.allow names.  Calls nobody.  A name that leads to a private address is
 * refused when it is called (http/fetch.h).  Fails INVALID_CLIENT_METADATA. */
int client_outside_check(struct task *task, const json_t *metadata);

/* sector_identifier_uri, where there is one, is fetched: a JSON array of texts with each of the
 * redirect_uris in it (Core section 8.1).  Else whoever names another's sector would get that
 * one's subjects.  Fails INVALID_CLIENT_METADATA, also where it cannot be read now. */
int client_outside_sector(struct task *task, const json_t *metadata);

/* logo_uri, where there is one and it can be read now, as the picture that it is; else
 * *ret_is_there is false, and the client has no logo.  In the task's arena.  Fails
 * INVALID_CLIENT_METADATA where it is other than PNG, JPEG or WebP of at most 20 KB. */
int client_outside_logo(
    struct task *task, const json_t *metadata, struct asset *ret_logo, bool *ret_is_there);

#endif
