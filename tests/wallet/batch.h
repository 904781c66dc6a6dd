/* SPDX-License-Identifier: Apache-2.0
 *
 * One credential of an identity, in several copies, each bound to a key of its own (OpenID4VCI 1.0
 * section 3.3.2): who sees two of them cannot tell that they are one person's.
 *
 * A folder credential-XXXXXX with metadata.json and a file for each copy: the SD-JWT on its first
 * line, then the private key in PEM.  N.copy was never shown; used.copy was, and is shown again
 * only when no other is left.  A file "renewal" holds what new copies are had for: a refresh token,
 * and the DPoP key it is bound to.
 */
#ifndef WALLET_BATCH_H
#define WALLET_BATCH_H

#include "sdjwt.h"

#include <openssl/evp.h>

enum {
	BATCH_MAX = 32,     /* copies */
	BATCH_LOW = 2,      /* so many fresh copies, or fewer: time to renew */
	BATCH_PER_ITEM = 8, /* credentials of one identity */
};

struct batch {
	const char *folder;
	json_t *metadata;     /* credential_issuer, credential_configuration_id, issuer_subject,
				 accepted_s */
	size_t n_fresh;       /* copies that nobody has seen */
	bool is_fresh;        /* the copy that is next is one of them */
	const char *copy;     /* its file */
	const char *key_text; /* PEM */
	const char *credential_text;
	struct sdjwt credential;
	bool can_renew;
};

/* What a credential is renewed with. */
struct renewal {
	const char *refresh_token; /* or NULL: nothing */
	EVP_PKEY *dpop_key;
};

struct batch_draft {
	const char *const *credentials; /* credentials[i] is bound to keys[i] */
	EVP_PKEY *const *keys;
	size_t n;
	const json_t *metadata;
	struct renewal renewal;
};

/* A new folder in `parent`, whole or not at all. */
int batch_write(struct wallet *wallet, const char *parent, const struct batch_draft *draft);

int batch_load(struct wallet *wallet, const char *folder, struct batch *ret_batch);

/* The copy that is next counts as shown from now on; what was shown before is removed.  Under
 * identity_lock(). */
int batch_spend(struct wallet *wallet, const struct batch *batch);

/* Of a batch that can_renew; needs the PIN that its keys need.  Each refresh token serves once: the
 * next one is kept before anything is done with what came along. */
int batch_read_renewal(
    struct wallet *wallet, const struct batch *batch, struct renewal *ret_renewal);
int batch_keep_renewal(struct wallet *wallet, const char *folder, const struct renewal *renewal);

bool batch_has_pin(const struct batch *batch);
bool batch_is_of(const struct batch *batch, const json_t *metadata); /* issuer, configuration */

/* {vct, configuration, issuer, issuer_subject, issued_s, expires_s, accepted_s, keys_left,
 * keys_low, renewable}: a new object. */
json_t *batch_summary(struct wallet *wallet, const struct batch *batch);

#endif
