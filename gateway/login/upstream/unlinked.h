/* SPDX-License-Identifier: Apache-2.0
 *
 * The page for somebody whom an upstream knows and we do not yet: private to login/upstream.
 */
#ifndef LOGIN_UPSTREAM_UNLINKED_H
#define LOGIN_UPSTREAM_UNLINKED_H

#include "login/upstream/identity.h"

struct unlinked {
	const struct transaction *transaction;
	const struct identity *identity;
};
/* Keeps the identity for the transaction and asks. */
int unlinked_show(struct task *task, const struct request *request, struct reply *reply,
    const struct unlinked *unlinked);

#endif
