/* SPDX-License-Identifier: Apache-2.0
 *
 * Revocation lists (see crl.h).  Kept is 21 bytes for each entry, a tenth of what OpenSSL's own
 * form takes.
 */
#include "x509/crl.h"

#include "core/clock.h"
#include "x509/certificate.h"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define AHEAD_S 900 /* what the authority's clock may be before ours */

struct entry {
	uint8_t serial[CRL_MAX_SERIAL]; /* zeros before it */
	uint8_t standing;
};

struct crl {
	int64_t this_update_s, next_update_s;
	size_t n;
	struct entry entries[];
};

static X509_CRL *list_parse(struct bytes list);
static const char *fault_of(X509_CRL *list, struct bytes issuer_der, const char *url);
static const char *signature_fault(X509_CRL *list, struct bytes issuer_der);
static const char *extensions_fault(const X509_CRL *list);
static const char *scope_fault(const X509_CRL *list, const char *url);
static bool is_of_point(const DIST_POINT_NAME *point, const char *url);
static bool has_critical(const X509_REVOKED *revoked);
static struct crl *entries_take(X509_CRL *list, const char **ret_fault);
static bool entry_set(struct entry *entry, const X509_REVOKED *revoked);
static bool serial_set(uint8_t ret_serial[CRL_MAX_SERIAL], struct bytes serial);
static int compare(const void *a, const void *b);

struct crl *
crl_read(struct bytes list_der, struct bytes issuer_der, const char *url, char ret_why[128])
{
	X509_CRL *list = list_parse(list_der);
	struct crl *crl = NULL;
	const char *fault;

	fault = list != NULL ? fault_of(list, issuer_der, url) : "it is no revocation list";
	if (fault == NULL)
		crl = entries_take(list, &fault);
	X509_CRL_free(list);
	ERR_clear_error();
	if (crl == NULL)
		snprintf(ret_why, 128, "revocation list: %s", fault);
	return crl;
}

static X509_CRL *
list_parse(struct bytes list)
{
	static const char pem[] = "-----BEGIN";
	const uint8_t *at = list.at;
	X509_CRL *parsed;
	BIO *bio;

	if (list.len > CRL_MAX_BYTES || list.len < sizeof(pem))
		return NULL;
	if (memcmp(list.at, pem, sizeof(pem) - 1) == 0) {
		bio = BIO_new_mem_buf(list.at, (int)list.len);
		parsed = PEM_read_bio_X509_CRL(bio, NULL, NULL, NULL);
		BIO_free(bio);
		return parsed;
	}
	parsed = d2i_X509_CRL(NULL, &at, (long)list.len);
	if (parsed != NULL && at != list.at + list.len) {
		X509_CRL_free(parsed);
		return NULL;
	}
	return parsed;
}

static const char *
fault_of(X509_CRL *list, struct bytes issuer_der, const char *url)
{
	const char *fault;
	int64_t this_s;

	fault = signature_fault(list, issuer_der);
	if (fault == NULL)
		fault = extensions_fault(list);
	if (fault == NULL)
		fault = scope_fault(list, url);
	if (fault != NULL)
		return fault;
	if (!certificate_time(X509_CRL_get0_lastUpdate(list), &this_s) ||
	    this_s > clock_now_s() + AHEAD_S)
		return "thisUpdate lies ahead";
	/* RFC 5280 section 5.1.2.5: a list of this profile says when the next one comes. */
	if (X509_CRL_get0_nextUpdate(list) == NULL)
		return "it has no nextUpdate";
	return NULL;
}

static const char *
signature_fault(X509_CRL *list, struct bytes issuer_der)
{
	auto_certificate *issuer = certificate_of_der(issuer_der);
	const X509_ALGOR *algorithm;

	if (issuer == NULL ||
	    X509_NAME_cmp(X509_CRL_get_issuer(list), X509_get_subject_name(issuer)) != 0)
		return "it is another authority's";
	if ((X509_get_key_usage(issuer) & KU_CRL_SIGN) == 0)
		return "the authority may not sign lists";
	X509_CRL_get0_signature(list, NULL, &algorithm);
	if (!certificate_digest_is_strong(algorithm))
		return "the signature is too weak";
	if (X509_CRL_verify(list, X509_get0_pubkey(issuer)) != 1)
		return "the signature does not hold";
	return NULL;
}

static const char *
extensions_fault(const X509_CRL *list)
{
	for (int i = 0; i < X509_CRL_get_ext_count(list); i++) {
		X509_EXTENSION *extension = X509_CRL_get_ext(list, i);
		int kind = OBJ_obj2nid(X509_EXTENSION_get_object(extension));

		if (kind == NID_delta_crl)
			return "it is a delta";
		if (X509_EXTENSION_get_critical(extension) &&
		    kind != NID_issuing_distribution_point)
			return "it has a critical extension that is not known";
	}
	return NULL;
}

/* RFC 5280 section 5.2.5. */
static const char *
scope_fault(const X509_CRL *list, const char *url)
{
	const char *fault = NULL;
	ISSUING_DIST_POINT *scope;
	int place;

	place = X509_CRL_get_ext_by_NID(list, NID_issuing_distribution_point, -1);
	if (place < 0)
		return NULL;
	scope = X509_CRL_get_ext_d2i(list, NID_issuing_distribution_point, NULL, NULL);
	if (scope == NULL)
		return "its scope cannot be read";
	if (scope->onlyCA > 0 || scope->onlyattr > 0 || scope->indirectCRL > 0 ||
	    scope->onlysomereasons != NULL)
		fault = "it is not about all certificates of people";
	else if (scope->distpoint != NULL && !is_of_point(scope->distpoint, url))
		fault = "it is of another distribution point";
	ISSUING_DIST_POINT_free(scope);
	return fault;
}

static bool
is_of_point(const DIST_POINT_NAME *point, const char *url)
{
	if (point->type != 0)
		return false;
	for (int i = 0; i < sk_GENERAL_NAME_num(point->name.fullname); i++) {
		const GENERAL_NAME *name = sk_GENERAL_NAME_value(point->name.fullname, i);
		const ASN1_STRING *uri =
		    name->type == GEN_URI ? name->d.uniformResourceIdentifier : NULL;

		if (uri != NULL && (size_t)ASN1_STRING_length(uri) == strlen(url) &&
		    memcmp(ASN1_STRING_get0_data(uri), url, strlen(url)) == 0)
			return true;
	}
	return false;
}

static struct crl *
entries_take(X509_CRL *list, const char **ret_fault)
{
	STACK_OF(X509_REVOKED) *revoked = X509_CRL_get_REVOKED(list);
	size_t n = revoked != NULL ? (size_t)sk_X509_REVOKED_num(revoked) : 0;
	struct crl *crl = calloc(1, sizeof(*crl) + n * sizeof(crl->entries[0]));

	if (crl == NULL) {
		*ret_fault = "there is no memory for it";
		return NULL;
	}
	for (crl->n = 0; crl->n < n; crl->n++) {
		const X509_REVOKED *one = sk_X509_REVOKED_value(revoked, (int)crl->n);

		if (has_critical(one) || !entry_set(&crl->entries[crl->n], one)) {
			*ret_fault = "an entry of it is not known";
			free(crl);
			return NULL;
		}
	}
	if (!certificate_time(X509_CRL_get0_lastUpdate(list), &crl->this_update_s) ||
	    !certificate_time(X509_CRL_get0_nextUpdate(list), &crl->next_update_s)) {
		*ret_fault = "its times are none";
		free(crl);
		return NULL;
	}
	qsort(crl->entries, n, sizeof(crl->entries[0]), compare);
	return crl;
}

/* certificateIssuer among them: an indirect list names certificates of others. */
static bool
has_critical(const X509_REVOKED *revoked)
{
	for (int i = 0; i < X509_REVOKED_get_ext_count(revoked); i++)
		if (X509_EXTENSION_get_critical(X509_REVOKED_get_ext(revoked, i)))
			return true;
	return false;
}

static bool
entry_set(struct entry *entry, const X509_REVOKED *revoked)
{
	const ASN1_INTEGER *serial = X509_REVOKED_get0_serialNumber(revoked);
	ASN1_ENUMERATED *reason = X509_REVOKED_get_ext_d2i(revoked, NID_crl_reason, NULL, NULL);
	bool is_hold = reason != NULL && ASN1_ENUMERATED_get(reason) == CRL_REASON_CERTIFICATE_HOLD;

	ASN1_ENUMERATED_free(reason);
	entry->standing = is_hold ? STANDING_SUSPENDED : STANDING_REVOKED;
	return serial_set(entry->serial,
	    (struct bytes){ASN1_STRING_get0_data(serial), (size_t)ASN1_STRING_length(serial)});
}

static bool
serial_set(uint8_t ret_serial[CRL_MAX_SERIAL], struct bytes serial)
{
	if (serial.len > CRL_MAX_SERIAL)
		return false;
	memset(ret_serial, 0, CRL_MAX_SERIAL);
	memcpy(ret_serial + CRL_MAX_SERIAL - serial.len, serial.at, serial.len);
	return true;
}

static int
compare(const void *a, const void *b)
{
	return memcmp(
	    ((const struct entry *)a)->serial, ((const struct entry *)b)->serial, CRL_MAX_SERIAL);
}

void
crl_free(struct crl *crl)
{
	free(crl);
}

int64_t
crl_this_update_s(const struct crl *crl)
{
	return crl->this_update_s;
}

int64_t
crl_next_update_s(const struct crl *crl)
{
	return crl->next_update_s;
}

size_t
crl_n_entries(const struct crl *crl)
{
	return crl->n;
}

enum standing
crl_look(const struct crl *crl, struct bytes serial)
{
	const struct entry *found;
	struct entry sought = {0};

	if (!serial_set(sought.serial, serial))
		return STANDING_UNKNOWN;
	found = bsearch(&sought, crl->entries, crl->n, sizeof(sought), compare);
	return found != NULL ? (enum standing)found->standing : STANDING_GOOD;
}
