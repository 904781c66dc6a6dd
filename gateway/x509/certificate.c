/* SPDX-License-Identifier: Apache-2.0
 *
 * Reading certificates: DER from the outside, PEM from our own files (RFC 5280, RFC 7468).
 */
#include "x509/certificate.h"

#include "core/task.h"

#include <assert.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <string.h>
#include <time.h>

#define SUBJECT_MAX_BYTES 4096

static bool pem_read(BIO *bio, int max, STACK_OF(X509) * certificates);
static bool pem_ended(void);
static int pss_digest(const X509_ALGOR *algorithm);

X509 *
certificate_of_der(struct bytes der)
{
	const uint8_t *at = der.at;
	X509 *certificate = d2i_X509(NULL, &at, (long)der.len);

	ERR_clear_error();
	if (certificate != NULL && at != der.at + der.len) {
		X509_free(certificate);
		return NULL;
	}
	return certificate;
}

int
certificates_read(struct task *task, const char *path, int max, STACK_OF(X509) * *ret_certificates)
{
	auto_certificates *certificates = sk_X509_new_null();
	BIO *bio = BIO_new_file(path, "re");
	bool ok;

	if (bio == NULL) {
		ERR_clear_error();
		return fail(task, MISCONFIGURED, "certificate file %s: cannot be read", path);
	}
	ok = pem_read(bio, max, certificates);
	BIO_free(bio);
	if (!ok)
		return fail(task, MISCONFIGURED, "certificate file %s: broken, or too long", path);
	if (sk_X509_num(certificates) == 0)
		return fail(task, MISCONFIGURED, "certificate file %s: no certificate", path);
	*ret_certificates = certificates;
	certificates = NULL;
	return 0;
}

static bool
pem_read(BIO *bio, int max, STACK_OF(X509) * certificates)
{
	X509 *certificate;

	while ((certificate = PEM_read_bio_X509(bio, NULL, NULL, NULL)) != NULL) {
		if (sk_X509_num(certificates) == max ||
		    sk_X509_push(certificates, certificate) == 0) {
			X509_free(certificate);
			return false;
		}
	}
	return pem_ended();
}

/* The end of a PEM file is an error in OpenSSL: that of no further "-----BEGIN". */
static bool
pem_ended(void)
{
	unsigned long error = ERR_peek_last_error();

	ERR_clear_error();
	return ERR_GET_LIB(error) == ERR_LIB_PEM && ERR_GET_REASON(error) == PEM_R_NO_START_LINE;
}

struct bytes
certificate_der(struct task *task, X509 *certificate)
{
	int len = i2d_X509(certificate, NULL);
	uint8_t *at = task_alloc(task, len < 0 ? 0 : (size_t)len), *end = at;

	len = i2d_X509(certificate, &end);
	return (struct bytes){at, len < 0 ? 0 : (size_t)len};
}

struct bytes
certificate_spki(struct task *task, X509 *certificate)
{
	X509_PUBKEY *spki = X509_get_X509_PUBKEY(certificate);
	int len = i2d_X509_PUBKEY(spki, NULL);
	uint8_t *at = task_alloc(task, len < 0 ? 0 : (size_t)len), *end = at;

	len = i2d_X509_PUBKEY(spki, &end);
	return (struct bytes){at, len < 0 ? 0 : (size_t)len};
}

const char *
certificate_subject(struct task *task, const X509 *certificate)
{
	const X509_NAME *name = X509_get_subject_name(certificate);
	BIO *bio = BIO_new(BIO_s_mem());
	const char *text = "";
	char *at;

	/* UTF-8 as it is; control characters stay escaped, so no line is broken by a name. */
	if (bio != NULL && X509_NAME_print_ex(bio, name, 0,
			       XN_FLAG_RFC2253 & ~(unsigned long)ASN1_STRFLGS_ESC_MSB) >= 0) {
		long len = BIO_get_mem_data(bio, &at);

		if (len > 0 && len <= SUBJECT_MAX_BYTES)
			text = task_dup_n(task, at, (size_t)len);
	}
	BIO_free(bio);
	return text;
}

const char *
certificate_id(struct task *task, X509 *certificate)
{
	struct bytes spki = certificate_spki(task, certificate);
	uint8_t digest[32];
	int ok = EVP_Digest(spki.at, spki.len, digest, NULL, EVP_sha256(), NULL);

	assert(ok == 1);
	(void)ok;
	return b64u_encode(task, (struct bytes){digest, sizeof(digest)});
}

struct bytes
certificate_number(struct task *task, const ASN1_INTEGER *number)
{
	size_t len = (size_t)ASN1_STRING_length(number);
	uint8_t *at = task_alloc(task, len);

	memcpy(at, ASN1_STRING_get0_data(number), len);
	return (struct bytes){at, len};
}

bool
certificate_time(const ASN1_TIME *time, int64_t *ret_s)
{
	struct tm tm;

	if (time == NULL || ASN1_TIME_to_tm(time, &tm) != 1)
		return false;
	*ret_s = (int64_t)timegm(&tm);
	return true;
}

bool
certificate_digest_is_strong(const X509_ALGOR *algorithm)
{
	const ASN1_OBJECT *object;
	int digest = NID_undef, scheme;

	X509_ALGOR_get0(&object, NULL, NULL, algorithm);
	if (OBJ_find_sigid_algs(OBJ_obj2nid(object), &digest, &scheme) != 1)
		return false;
	if (scheme == NID_rsassaPss)
		digest = pss_digest(algorithm);
	return digest == NID_sha256 || digest == NID_sha384 || digest == NID_sha512 ||
	       scheme == NID_ED25519 || scheme == NID_ED448;
}

/* RFC 4055 section 3.1: what is left out is SHA-1. */
static int
pss_digest(const X509_ALGOR *algorithm)
{
	const void *value;
	RSA_PSS_PARAMS *params;
	int digest = NID_sha1, type;

	X509_ALGOR_get0(NULL, &type, &value, algorithm);
	if (type != V_ASN1_SEQUENCE)
		return NID_undef;
	params = ASN1_item_unpack(value, ASN1_ITEM_rptr(RSA_PSS_PARAMS));
	if (params != NULL && params->hashAlgorithm != NULL)
		digest = OBJ_obj2nid(params->hashAlgorithm->algorithm);
	RSA_PSS_PARAMS_free(params);
	ERR_clear_error();
	return digest;
}

bool
certificate_is_self_signed(X509 *certificate)
{
	int is_self_signed = X509_self_signed(certificate, 1);

	ERR_clear_error();
	return is_self_signed == 1;
}
