/* SPDX-License-Identifier: Apache-2.0
 *
 * Certificates as OpenSSL holds them.  Inside of x509 only.
 */
#ifndef X509_CERTIFICATE_H
#define X509_CERTIFICATE_H

#include "core/str.h"

#include <openssl/x509.h>
#include <openssl/x509v3.h>

struct task;

static inline void
certificate_free_p(X509 **certificate)
{
	X509_free(*certificate);
}
#define auto_certificate __attribute__((cleanup(certificate_free_p))) X509

static inline void
certificates_free_p(STACK_OF(X509) * *certificates)
{
	sk_X509_pop_free(*certificates, X509_free);
}
#define auto_certificates __attribute__((cleanup(certificates_free_p))) STACK_OF(X509)

/* One certificate and nothing after it, or NULL. */
X509 *certificate_of_der(struct bytes der);

/* Every certificate of a PEM file, in order; 1 to max of them.  Blocks.  Fails MISCONFIGURED naming
 * the path; the caller owns *ret_certificates. */
int certificates_read(
    struct task *task, const char *path, int max, STACK_OF(X509) * *ret_certificates);

/* In the task's arena. */
struct bytes certificate_der(struct task *task, X509 *certificate);
struct bytes certificate_spki(struct task *task, X509 *certificate);
const char *certificate_subject(struct task *task, const X509 *certificate); /* RFC 2253, UTF-8 */
const char *certificate_id(struct task *task, X509 *certificate); /* anchor_id of struct chain */

struct bytes certificate_number(struct task *task, const ASN1_INTEGER *number); /* without sign */

/* Seconds since 1970; false where it is no time. */
bool certificate_time(const ASN1_TIME *time, int64_t *ret_s);

/* No SHA-1 and no MD5 below a signature. */
bool certificate_digest_is_strong(const X509_ALGOR *algorithm);

/* Issued by itself, by its names and by its key. */
bool certificate_is_self_signed(X509 *certificate);

#endif
