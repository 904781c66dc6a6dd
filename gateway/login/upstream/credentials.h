/* SPDX-License-Identifier: Apache-2.0
 *
 * What we are to an upstream as its client, and what its ID tokens are signed with.  Inside of
 * login/upstream only.
 */
#ifndef LOGIN_UPSTREAM_CREDENTIALS_H
#define LOGIN_UPSTREAM_CREDENTIALS_H

#include "login/upstream/reading.h"

/* The members token_endpoint_auth_method, client_secret_file and keys_file, with the files they
 * name: secret, keys that sign our assertions and open what is encrypted for us. */
int credentials_read(struct reading *reading);

/* The members id_token_signed_response_alg and id_token_encrypted_response_alg; and jwks: keys that
 * are believed whatever its jwks_uri says. */
int credentials_algs(struct reading *reading);
int credentials_pinned(struct reading *reading);

#endif
