/* SPDX-License-Identifier: Apache-2.0
 *
 * An issuer with a certificate below an anchor, and a holder with a key.  For tests of SD-JWT and
 * status lists.
 */
#ifndef UNIT_JOSE_ISSUER_H
#define UNIT_JOSE_ISSUER_H

#include "unit/ca.h"
#include "unit/jose/forge.h"

#include "jose/sign.h"
#include "x509/trust.h"

static struct signer *issuer, *holder;
static struct trust *issuer_trust, *other_trust;
static json_t *issuer_x5c;

static inline struct trust *
issuer_trust_of(struct task *task, X509 *root)
{
	struct trust *trust;

	ca_write(forge_path(task, "root.pem"), (X509 *const[]){root, NULL});
	assert_int_equal(trust_load(task, forge_path(task, "root.pem"), &trust), 0);
	return trust;
}

static inline void
issuer_certify(struct task *task)
{
	EVP_PKEY *root_key = ca_key(), *leaf_key = ca_key();
	X509 *root = ca_root("root", root_key), *leaf;
	struct bytes certs[1];

	leaf = ca_issue(&(struct ca_wish){.subject = "issuer",
	    .issuer = root,
	    .issuer_key = root_key,
	    .key = leaf_key,
	    .extensions = {
		{"keyUsage", "critical,digitalSignature"}, {"subjectAltName", "DNS:issuer.test"}}});
	ca_key_write(forge_path(task, "issuer.pem"), leaf_key);
	assert_int_equal(signer_load(task, forge_path(task, "issuer.pem"), &issuer), 0);
	certs[0] = ca_der(task, leaf);
	issuer_x5c = jws_x5c(task, certs, 1);
	issuer_trust = issuer_trust_of(task, root);
	X509_free(root);
	X509_free(leaf);
	EVP_PKEY_free(leaf_key);

	root = ca_root("root", leaf_key = ca_key());
	other_trust = issuer_trust_of(task, root);
	X509_free(root);
	EVP_PKEY_free(leaf_key);
	EVP_PKEY_free(root_key);
}

static inline int
issuer_make(void **state)
{
	struct task task;

	if (forge_folder_make(state) < 0)
		return -1;
	task_open(&task, NULL, NULL, 0);
	issuer_certify(&task);
	holder = forge_signer(&task, ALG_ES256);
	task_close(&task);
	return 0;
}

static inline int
issuer_free(void **state)
{
	signer_free(issuer);
	signer_free(holder);
	trust_free(issuer_trust);
	trust_free(other_trust);
	json_decref(issuer_x5c);
	return forge_folder_remove(state);
}

#endif
