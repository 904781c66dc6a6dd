/* SPDX-License-Identifier: Apache-2.0
 *
 * Certificates for tests, right ones and wrong ones, made as they are needed.  Link with
 * PkgConfig::crypto.
 */
#ifndef UNIT_CA_H
#define UNIT_CA_H

#include "unit/unit.h"

#include "core/clock.h"
#include "core/str.h"

#include <fcntl.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

struct ca_wish {
	const char *subject; /* CN */
	X509 *issuer;        /* NULL: itself */
	EVP_PKEY *issuer_key;
	EVP_PKEY *key;
	int64_t from_s, to_s;         /* against now; both 0: an hour ago to an hour ahead */
	const char *extensions[6][2]; /* name and value as in openssl.cnf; ends with NULL */
	const char *hash;             /* NULL: SHA256 */
	bool v1;
};

static inline EVP_PKEY *
ca_key(void)
{
	EVP_PKEY *key = EVP_EC_gen("P-256");

	assert_non_null(key);
	return key;
}

static inline void
ca_extend(X509 *certificate, X509 *issuer, const char *const extension[2])
{
	X509V3_CTX context;
	X509_EXTENSION *made;

	X509V3_set_ctx(&context, issuer, certificate, NULL, NULL, 0);
	made = X509V3_EXT_conf(NULL, &context, extension[0], extension[1]);
	assert_non_null(made);
	assert_int_equal(X509_add_ext(certificate, made, -1), 1);
	X509_EXTENSION_free(made);
}

static inline X509 *
ca_issue(const struct ca_wish *wish)
{
	X509 *certificate = X509_new(), *issuer = wish->issuer != NULL ? wish->issuer : certificate;
	X509_NAME *name = X509_get_subject_name(certificate);
	int64_t now_s = clock_now_s();
	bool is_usual = wish->from_s == 0 && wish->to_s == 0;
	static long serial;

	X509_set_version(certificate, wish->v1 ? X509_VERSION_1 : X509_VERSION_3);
	ASN1_INTEGER_set(X509_get_serialNumber(certificate), ++serial);
	X509_NAME_add_entry_by_txt(
	    name, "CN", MBSTRING_UTF8, (const unsigned char *)wish->subject, -1, -1, 0);
	X509_set_issuer_name(certificate, X509_get_subject_name(issuer));
	ASN1_TIME_set(X509_getm_notBefore(certificate), now_s + (is_usual ? -3600 : wish->from_s));
	ASN1_TIME_set(X509_getm_notAfter(certificate), now_s + (is_usual ? 3600 : wish->to_s));
	X509_set_pubkey(certificate, wish->key);
	for (size_t i = 0; !wish->v1 && i < 6 && wish->extensions[i][0] != NULL; i++)
		ca_extend(certificate, issuer, wish->extensions[i]);
	assert_true(X509_sign(certificate, wish->issuer_key != NULL ? wish->issuer_key : wish->key,
			EVP_get_digestbyname(wish->hash != NULL ? wish->hash : "SHA256")) > 0);
	return certificate;
}

#define CA_ROOT_EXTENSIONS \
	{ \
		{"basicConstraints", "critical,CA:TRUE"}, \
		    {"keyUsage", "critical,keyCertSign,cRLSign"}, \
		    {"subjectKeyIdentifier", "hash"}, \
	}
#define CA_LEAF_EXTENSIONS \
	{ \
		{"keyUsage", "critical,digitalSignature"}, {"authorityKeyIdentifier", "keyid"}, \
	}

static inline X509 *
ca_root(const char *subject, EVP_PKEY *key)
{
	return ca_issue(
	    &(struct ca_wish){.subject = subject, .key = key, .extensions = CA_ROOT_EXTENSIONS});
}

static inline struct bytes
ca_der(struct task *task, X509 *certificate)
{
	int len = i2d_X509(certificate, NULL);
	uint8_t *at = task_alloc(task, (size_t)len), *end = at;

	i2d_X509(certificate, &end);
	return (struct bytes){at, (size_t)len};
}

/* The certificates as one PEM file; ends with NULL. */
static inline void
ca_write(const char *path, X509 *const *certificates)
{
	FILE *file = fopen(path, "w");

	assert_non_null(file);
	for (; *certificates != NULL; certificates++)
		assert_int_equal(PEM_write_X509(file, *certificates), 1);
	fclose(file);
}

static inline void
ca_key_write(const char *path, EVP_PKEY *key)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
	FILE *file = fdopen(fd, "w");

	assert_non_null(file);
	assert_int_equal(PEM_write_PKCS8PrivateKey(file, key, NULL, NULL, 0, NULL, NULL), 1);
	fclose(file);
}

#endif
