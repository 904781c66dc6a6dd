/* SPDX-License-Identifier: Apache-2.0
 *
 * Who somebody that another provider knows is here: linked already, or a verified attribute leads
 * to one person of the register, or (where the upstream's file allows it) somebody of their own,
 * marked as such.  Never a name, never a date of birth.
 */
#ifndef LOGIN_UPSTREAM_IDENTITY_H
#define LOGIN_UPSTREAM_IDENTITY_H

#include "login/upstream/provider.h"

struct identity {
	const struct upstream *upstream;
	const json_t *id_token, *userinfo; /* userinfo may be NULL */
	const char *acr;                   /* as mapped */
};

struct identity_found {
	const char *register_key; /* NULL: nobody's yet */
	const char *acr;          /* at most identity->acr, and what the link was proved at */
	const char *device;       /* of the link (records/link.h); or NULL */
};
int identity_find(
    struct task *task, const struct identity *identity, struct identity_found *ret_found);

/* Whether somebody unknown may be linked by signing in another way. */
bool identity_may_link(const struct upstream *upstream);

/* The member person of an upstream's file.  Fails MISCONFIGURED. */
int identity_check(struct task *task, const char *path, const struct upstream *upstream);

#endif
