/* SPDX-License-Identifier: Apache-2.0
 *
 * Tokens for the client's eyes alone: encrypted for a key of its own (OpenID Connect Core section
 * 10.2), signed before that.
 */
#ifndef OIDC_RULES_SEALED_H
#define OIDC_RULES_SEALED_H

#include "records/client.h"

struct task;

/* text as it is where seal->alg is NULL.  cty: "JWT" where text is one, else NULL.  Fails
 * INVALID_REQUEST where the client has no key for the algorithm it registered, BUSY where its
 * jwks_uri does not answer. */
struct sealed {
	const struct client *client;
	const struct client_seal *seal;
	const char *text, *cty;
};
int sealed_make(struct task *task, const struct sealed *sealed, const char **ret_text);

#endif
