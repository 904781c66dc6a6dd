/* SPDX-License-Identifier: Apache-2.0
 *
 * OCSP (see ocsp.h): RFC 6960 section 3.2 says what a client checks, Web eID adds one statement,
 * one certificate, and the ages.
 */
#include "x509/ocsp.h"

#include "core/clock.h"
#include "core/random.h"
#include "core/task.h"
#include "x509/anchors.h"

#include <openssl/err.h>
#include <openssl/ocsp.h>

#define NONCE_BYTES    32 /* RFC 8954 section 2.1 */
#define SECURITY_LEVEL 2

static OCSP_CERTID *name_of(const struct certificate_name *about);
static OCSP_REQUEST *request_of(const struct certificate_name *about, struct bytes nonce);
static int basic_open(struct task *task, struct bytes answer, OCSP_BASICRESP **ret_basic);
static int nonce_check(
    struct task *task, const struct ocsp_question *question, OCSP_BASICRESP *basic);
static int signer_check(struct task *task, const struct ocsp_question *question,
    const struct ocsp_terms *terms, OCSP_BASICRESP *basic);
static int designated_check(
    struct task *task, const struct ocsp_terms *terms, OCSP_BASICRESP *basic);
static int issuer_check(
    struct task *task, const struct ocsp_question *question, OCSP_BASICRESP *basic);
static int statement_read(struct task *task, const struct ocsp_question *question,
    const struct ocsp_terms *terms, OCSP_BASICRESP *basic, enum standing *ret_standing);
static int times_check(struct task *task, const struct ocsp_terms *terms,
    const ASN1_GENERALIZEDTIME *this_update, const ASN1_GENERALIZEDTIME *next_update);

static void
basic_free_p(OCSP_BASICRESP **basic)
{
	OCSP_BASICRESP_free(*basic);
}
#define auto_basic __attribute__((cleanup(basic_free_p))) OCSP_BASICRESP

static void
request_free_p(OCSP_REQUEST **request)
{
	OCSP_REQUEST_free(*request);
}
#define auto_request __attribute__((cleanup(request_free_p))) OCSP_REQUEST

static void
name_free_p(OCSP_CERTID **name)
{
	OCSP_CERTID_free(*name);
}
#define auto_name __attribute__((cleanup(name_free_p))) OCSP_CERTID

int
ocsp_ask(struct task *task, const struct certificate_name *about, bool has_nonce,
    struct ocsp_question *ret_question)
{
	struct ocsp_question question = {.about = *about};
	auto_request *request = NULL;
	uint8_t *at;
	int len;

	if (has_nonce) {
		uint8_t *nonce = task_alloc(task, NONCE_BYTES);

		random_bytes(nonce, NONCE_BYTES);
		question.nonce = (struct bytes){nonce, NONCE_BYTES};
	}
	request = request_of(about, question.nonce);
	len = request != NULL ? i2d_OCSP_REQUEST(request, NULL) : -1;
	if (len < 0) {
		ERR_clear_error();
		return fail(task, BROKEN, "OpenSSL cannot make an OCSP request");
	}
	at = task_alloc(task, (size_t)len);
	question.der = (struct bytes){at, (size_t)len};
	i2d_OCSP_REQUEST(request, &at);
	*ret_question = question;
	return 0;
}

/* NULL where the authority's certificate is none.  SHA-1 names, and signs nothing: it is the one
 * hash that every responder knows (RFC 5019 section 2.1.1). */
static OCSP_CERTID *
name_of(const struct certificate_name *about)
{
	auto_certificate *issuer = certificate_of_der(about->issuer_der);
	ASN1_INTEGER *serial = ASN1_INTEGER_new();
	OCSP_CERTID *name = NULL;

	if (issuer != NULL && serial != NULL &&
	    ASN1_STRING_set(serial, about->serial.at, (int)about->serial.len) == 1)
		name = OCSP_cert_id_new(EVP_sha1(), X509_get_subject_name(issuer),
		    X509_get0_pubkey_bitstr(issuer), serial);
	ASN1_INTEGER_free(serial);
	return name;
}

static OCSP_REQUEST *
request_of(const struct certificate_name *about, struct bytes nonce)
{
	OCSP_REQUEST *request = OCSP_REQUEST_new();
	OCSP_CERTID *name = name_of(about);

	if (request != NULL && name != NULL && OCSP_request_add0_id(request, name) != NULL &&
	    (nonce.len == 0 || OCSP_request_add1_nonce(
				   request, (uint8_t *)(uintptr_t)nonce.at, (int)nonce.len) == 1))
		return request;
	OCSP_REQUEST_free(request);
	return NULL;
}

int
ocsp_read(struct task *task, const struct ocsp_question *question, const struct ocsp_terms *terms,
    struct bytes answer, enum standing *ret_standing)
{
	auto_basic *basic = NULL;
	int r;

	r = basic_open(task, answer, &basic);
	if (r < 0)
		return r;
	r = nonce_check(task, question, basic);
	if (r == 0)
		r = signer_check(task, question, terms, basic);
	if (r == 0)
		r = statement_read(task, question, terms, basic, ret_standing);
	ERR_clear_error();
	return r;
}

static int
basic_open(struct task *task, struct bytes answer, OCSP_BASICRESP **ret_basic)
{
	const uint8_t *at = answer.at;
	OCSP_RESPONSE *response = NULL;
	int status;

	if (answer.len <= OCSP_MAX_BYTES)
		response = d2i_OCSP_RESPONSE(NULL, &at, (long)answer.len);
	if (response == NULL || at != answer.at + answer.len) {
		OCSP_RESPONSE_free(response);
		ERR_clear_error();
		return fail(task, INVALID_REQUEST, "OCSP: the answer is none");
	}
	status = OCSP_response_status(response);
	*ret_basic = OCSP_response_get1_basic(response);
	OCSP_RESPONSE_free(response);
	ERR_clear_error();
	if (status != OCSP_RESPONSE_STATUS_SUCCESSFUL)
		return fail(task, INVALID_REQUEST, "OCSP: the responder says %s",
		    OCSP_response_status_str(status));
	if (*ret_basic == NULL)
		return fail(task, INVALID_REQUEST, "OCSP: the answer is of another kind");
	return 0;
}

/* OpenSSL compares with a request, so there is one again. */
static int
nonce_check(struct task *task, const struct ocsp_question *question, OCSP_BASICRESP *basic)
{
	auto_request *request = NULL;

	if (question->nonce.len == 0)
		return 0;
	request = request_of(&question->about, question->nonce);
	if (request == NULL || OCSP_check_nonce(request, basic) != 1)
		return fail(task, INVALID_REQUEST, "OCSP: the answer is to another nonce, or none");
	return 0;
}

static int
signer_check(struct task *task, const struct ocsp_question *question,
    const struct ocsp_terms *terms, OCSP_BASICRESP *basic)
{
	if (sk_X509_num(OCSP_resp_get0_certs(basic)) > 1)
		return fail(task, INVALID_REQUEST, "OCSP: the answer holds two certificates");
	if (!certificate_digest_is_strong(OCSP_resp_get0_tbs_sigalg(basic)))
		return fail(task, INVALID_REQUEST, "OCSP: the signature is too weak");
	if (terms->responders != NULL)
		return designated_check(task, terms, basic);
	return issuer_check(task, question, basic);
}

/* RFC 6960 section 4.2.2.2, the first of its three: a responder that the configuration names. */
static int
designated_check(struct task *task, const struct ocsp_terms *terms, OCSP_BASICRESP *basic)
{
	time_t now_s = (time_t)clock_now_s();
	X509 *signer = NULL;

	if (OCSP_basic_verify(
		basic, terms->responders->anchors, NULL, OCSP_TRUSTOTHER | OCSP_NOINTERN) != 1 ||
	    OCSP_resp_get0_signer(basic, &signer, terms->responders->anchors) != 1)
		return fail(task, INVALID_REQUEST, "OCSP: not signed by the responder named here");
	if (X509_cmp_time(X509_get0_notBefore(signer), &now_s) >= 0 ||
	    X509_cmp_time(X509_get0_notAfter(signer), &now_s) <= 0)
		return fail(task, INVALID_REQUEST,
		    "OCSP: it is not the time of the responder's certificate");
	return 0;
}

/* The other two: the authority itself, or one that it issued a certificate for OCSPSigning to.
 * OpenSSL sees to that, for an anchor that is the authority and nothing else. */
static int
issuer_check(struct task *task, const struct ocsp_question *question, OCSP_BASICRESP *basic)
{
	auto_certificate *issuer = certificate_of_der(question->about.issuer_der);
	STACK_OF(X509) *known = sk_X509_new_null(); /* an authority need not send its own */
	X509_STORE *store = X509_STORE_new();
	X509_VERIFY_PARAM *param;
	bool is_signed = false;

	if (store != NULL && issuer != NULL && X509_STORE_add_cert(store, issuer) == 1 &&
	    sk_X509_push(known, issuer) > 0) {
		param = X509_STORE_get0_param(store);
		X509_VERIFY_PARAM_set_time(param, (time_t)clock_now_s());
		X509_VERIFY_PARAM_set_auth_level(param, SECURITY_LEVEL);
		X509_VERIFY_PARAM_set_flags(param, X509_V_FLAG_PARTIAL_CHAIN);
		is_signed = OCSP_basic_verify(basic, known, store, OCSP_PARTIAL_CHAIN) == 1;
	}
	sk_X509_free(known);
	X509_STORE_free(store);
	if (!is_signed)
		return fail(task, INVALID_REQUEST, "OCSP: not signed by who may: %s",
		    ERR_reason_error_string(ERR_peek_last_error()));
	return 0;
}

static int
statement_read(struct task *task, const struct ocsp_question *question,
    const struct ocsp_terms *terms, OCSP_BASICRESP *basic, enum standing *ret_standing)
{
	ASN1_GENERALIZEDTIME *this_update, *next_update;
	auto_name *name = name_of(&question->about);
	int status, reason, r;

	if (OCSP_resp_count(basic) != 1)
		return fail(task, INVALID_REQUEST, "OCSP: not exactly one statement");
	/* The name of the certificate, not its place in the answer: it finds it, or nothing. */
	if (name == NULL || OCSP_resp_find_status(basic, name, &status, &reason, NULL, &this_update,
				&next_update) != 1)
		return fail(task, INVALID_REQUEST, "OCSP: the answer is about another certificate");
	r = times_check(task, terms, this_update, next_update);
	if (r < 0)
		return r;
	if (status == V_OCSP_CERTSTATUS_GOOD)
		*ret_standing = STANDING_GOOD;
	else if (status != V_OCSP_CERTSTATUS_REVOKED)
		*ret_standing = STANDING_UNKNOWN;
	else
		*ret_standing = reason == OCSP_REVOKED_STATUS_CERTIFICATEHOLD ? STANDING_SUSPENDED
									      : STANDING_REVOKED;
	return 0;
}

static int
times_check(struct task *task, const struct ocsp_terms *terms,
    const ASN1_GENERALIZEDTIME *this_update, const ASN1_GENERALIZEDTIME *next_update)
{
	int64_t now_s = clock_now_s(), this_s, next_s;

	if (!certificate_time(this_update, &this_s))
		return fail(task, INVALID_REQUEST, "OCSP: thisUpdate is no time");
	if (this_s > now_s + terms->skew_s)
		return fail(task, INVALID_REQUEST, "OCSP: thisUpdate lies ahead");
	if (this_s < now_s - terms->age_s)
		return fail(task, INVALID_REQUEST, "OCSP: the answer is %lld s old",
		    (long long)(now_s - this_s));
	if (next_update != NULL &&
	    (!certificate_time(next_update, &next_s) || next_s < now_s - terms->skew_s))
		return fail(task, INVALID_REQUEST, "OCSP: nextUpdate has passed");
	return 0;
}
