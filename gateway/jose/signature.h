/* SPDX-License-Identifier: Apache-2.0
 *
 * Bare signatures: make and check.  Inside of jose only.
 */
#ifndef JOSE_SIGNATURE_H
#define JOSE_SIGNATURE_H

#include "jose/alg.h"

struct task;

/* A context that signs many digests, or NULL: EdDSA has none, since it signs whole messages. */
EVP_PKEY_CTX *signature_context_new(EVP_PKEY *pkey, enum alg alg);

/* context: of pkey and alg.  In the task's arena.  Fails BROKEN. */
struct signature_by {
	enum alg alg;
	EVP_PKEY *pkey;
	EVP_PKEY_CTX *context;
};
int signature_make(struct task *task, const struct signature_by *by, struct bytes input,
    struct bytes *ret_signature);

bool signature_holds(EVP_PKEY *pkey, enum alg alg, struct bytes input, struct bytes signature);

#endif
