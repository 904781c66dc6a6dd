/* SPDX-License-Identifier: Apache-2.0
 *
 * An authority that answers for its certificates: OCSP answers and revocation lists for tests,
 * right ones and wrong ones, made as they are needed.
 */
#ifndef UNIT_X509_REVOCATION_H
#define UNIT_X509_REVOCATION_H

#include "unit/ca.h"

#include <openssl/ocsp.h>

struct answer_wish {
	X509 *issuer, *leaf;
	X509 *signer; /* in the answer, where it is no issuer */
	EVP_PKEY *signer_key;
	struct bytes request; /* of which the nonce is taken; len 0: none */
	int status, reason;
	int64_t this_s, next_s; /* against now; next_s 0: none */
	X509 *second;           /* a second statement, or NULL */
	X509 *second_signer;    /* a second certificate, or NULL */
	const EVP_MD *hash;     /* NULL: SHA-256 */
	bool leaves_out_nonce, leaves_out_signer;
};

static inline void
answer_state(OCSP_BASICRESP *basic, const struct answer_wish *wish, X509 *leaf)
{
	OCSP_CERTID *name = OCSP_cert_to_id(EVP_sha1(), leaf, wish->issuer);
	time_t now_s = (time_t)clock_now_s();
	ASN1_TIME *this = ASN1_TIME_set(NULL, now_s + (time_t)wish->this_s);
	ASN1_TIME *next =
	    wish->next_s != 0 ? ASN1_TIME_set(NULL, now_s + (time_t)wish->next_s) : NULL;
	bool is_revoked = wish->status == V_OCSP_CERTSTATUS_REVOKED;

	assert_non_null(OCSP_basic_add1_status(
	    basic, name, wish->status, wish->reason, is_revoked ? this : NULL, this, next));
	OCSP_CERTID_free(name);
	ASN1_TIME_free(this);
	ASN1_TIME_free(next);
}

static inline struct bytes
answer_make(struct task *task, const struct answer_wish *wish)
{
	const uint8_t *at = wish->request.at;
	OCSP_REQUEST *request =
	    wish->request.len > 0 ? d2i_OCSP_REQUEST(NULL, &at, (long)wish->request.len) : NULL;
	OCSP_BASICRESP *basic = OCSP_BASICRESP_new();
	OCSP_RESPONSE *response;
	uint8_t *der, *end;
	int len;

	answer_state(basic, wish, wish->leaf);
	if (wish->second != NULL)
		answer_state(basic, wish, wish->second);
	if (wish->second_signer != NULL)
		OCSP_basic_add1_cert(basic, wish->second_signer);
	if (request != NULL && !wish->leaves_out_nonce)
		OCSP_copy_nonce(basic, request);
	assert_int_equal(OCSP_basic_sign(basic, wish->signer, wish->signer_key,
			     wish->hash != NULL ? wish->hash : EVP_sha256(), NULL,
			     wish->leaves_out_signer ? OCSP_NOCERTS : 0),
	    1);
	response = OCSP_response_create(OCSP_RESPONSE_STATUS_SUCCESSFUL, basic);
	len = i2d_OCSP_RESPONSE(response, NULL);
	der = end = task_alloc(task, (size_t)len);
	i2d_OCSP_RESPONSE(response, &end);
	OCSP_RESPONSE_free(response);
	OCSP_BASICRESP_free(basic);
	OCSP_REQUEST_free(request);
	return (struct bytes){der, (size_t)len};
}

struct list_wish {
	X509 *issuer;
	EVP_PKEY *key;
	int64_t this_s, next_s; /* against now; next_s 0: none */
	long revoked[4];        /* serials; ends with 0 */
	int reason;             /* of each; -1: not said */
	const char *extensions[4][2];
	const EVP_MD *hash; /* NULL: SHA-256 */
};

static inline void
list_revoke(X509_CRL *list, long number, int reason)
{
	X509_REVOKED *revoked = X509_REVOKED_new();
	ASN1_INTEGER *serial = ASN1_INTEGER_new();
	ASN1_ENUMERATED *why = ASN1_ENUMERATED_new();

	ASN1_INTEGER_set(serial, number);
	X509_REVOKED_set_serialNumber(revoked, serial);
	X509_REVOKED_set_revocationDate(
	    revoked, (ASN1_TIME *)(uintptr_t)X509_CRL_get0_lastUpdate(list));
	if (reason >= 0) {
		ASN1_ENUMERATED_set(why, reason);
		X509_REVOKED_add1_ext_i2d(revoked, NID_crl_reason, why, 0, 0);
	}
	X509_CRL_add0_revoked(list, revoked);
	ASN1_INTEGER_free(serial);
	ASN1_ENUMERATED_free(why);
}

static inline struct bytes
list_make(struct task *task, const struct list_wish *wish)
{
	X509_CRL *list = X509_CRL_new();
	time_t now_s = (time_t)clock_now_s();
	ASN1_TIME *this = ASN1_TIME_set(NULL, now_s + (time_t)wish->this_s);
	ASN1_TIME *next = ASN1_TIME_set(NULL, now_s + (time_t)wish->next_s);
	X509V3_CTX context;
	uint8_t *der, *end;
	int len;

	X509_CRL_set_version(list, X509_CRL_VERSION_2);
	X509_CRL_set_issuer_name(list, X509_get_subject_name(wish->issuer));
	X509_CRL_set1_lastUpdate(list, this);
	if (wish->next_s != 0)
		X509_CRL_set1_nextUpdate(list, next);
	for (size_t i = 0; i < 4 && wish->revoked[i] != 0; i++)
		list_revoke(list, wish->revoked[i], wish->reason);
	X509V3_set_ctx(&context, wish->issuer, NULL, NULL, list, 0);
	for (size_t i = 0; i < 4 && wish->extensions[i][0] != NULL; i++) {
		X509_EXTENSION *made =
		    X509V3_EXT_conf(NULL, &context, wish->extensions[i][0], wish->extensions[i][1]);

		assert_non_null(made);
		X509_CRL_add_ext(list, made, -1);
		X509_EXTENSION_free(made);
	}
	assert_true(
	    X509_CRL_sign(list, wish->key, wish->hash != NULL ? wish->hash : EVP_sha256()) > 0);
	len = i2d_X509_CRL(list, NULL);
	der = end = task_alloc(task, (size_t)len);
	i2d_X509_CRL(list, &end);
	X509_CRL_free(list);
	ASN1_TIME_free(this);
	ASN1_TIME_free(next);
	return (struct bytes){der, (size_t)len};
}

#endif
