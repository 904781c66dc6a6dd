/* SPDX-License-Identifier: Apache-2.0
 *
 * One certificate by itself (see leaf.h).  Called for clients' certificates.
 */
#include "x509/leaf.h"

#include "core/clock.h"
#include "x509/certificate.h"

#include <openssl/err.h>
#include <string.h>
#include <strings.h>

static bool has_alternative(const X509 *leaf, enum leaf_name kind, const char *expected);
static bool is_alternative(const GENERAL_NAME *name, enum leaf_name kind, const char *expected);
static bool is_text(const ASN1_STRING *text, const char *expected, bool has_case);
static bool is_address(const ASN1_OCTET_STRING *address, const char *expected);

bool
leaf_is_named(struct task *task, struct bytes der, enum leaf_name kind, const char *expected)
{
	auto_certificate *leaf = certificate_of_der(der);

	if (leaf == NULL || str_is_empty(expected))
		return false;
	if (kind == LEAF_SUBJECT_DN)
		return str_equal(certificate_subject(task, leaf), expected);
	return has_alternative(leaf, kind, expected);
}

static bool
has_alternative(const X509 *leaf, enum leaf_name kind, const char *expected)
{
	GENERAL_NAMES *names = X509_get_ext_d2i(leaf, NID_subject_alt_name, NULL, NULL);
	bool found = false;

	for (int i = 0; !found && i < sk_GENERAL_NAME_num(names); i++)
		found = is_alternative(sk_GENERAL_NAME_value(names, i), kind, expected);
	GENERAL_NAMES_free(names);
	ERR_clear_error();
	return found;
}

static bool
is_alternative(const GENERAL_NAME *name, enum leaf_name kind, const char *expected)
{
	switch (name->type) {
	case GEN_DNS: return kind == LEAF_SAN_DNS && is_text(name->d.dNSName, expected, false);
	case GEN_URI:
		return kind == LEAF_SAN_URI &&
		       is_text(name->d.uniformResourceIdentifier, expected, true);
	case GEN_EMAIL:
		return kind == LEAF_SAN_EMAIL && is_text(name->d.rfc822Name, expected, true);
	case GEN_IPADD: return kind == LEAF_SAN_IP && is_address(name->d.iPAddress, expected);
	default: return false;
	}
}

static bool
is_text(const ASN1_STRING *text, const char *expected, bool has_case)
{
	const char *at = (const char *)ASN1_STRING_get0_data(text);
	size_t len = strlen(expected);

	return (size_t)ASN1_STRING_length(text) == len &&
	       (has_case ? memcmp(at, expected, len) : strncasecmp(at, expected, len)) == 0;
}

static bool
is_address(const ASN1_OCTET_STRING *address, const char *expected)
{
	ASN1_OCTET_STRING *other = a2i_IPADDRESS(expected);
	bool is_same = other != NULL && ASN1_OCTET_STRING_cmp(address, other) == 0;

	ASN1_OCTET_STRING_free(other);
	ERR_clear_error();
	return is_same;
}

bool
leaf_is_valid_now(struct bytes der)
{
	auto_certificate *leaf = certificate_of_der(der);
	time_t now_s = (time_t)clock_now_s();

	return leaf != NULL && X509_cmp_time(X509_get0_notBefore(leaf), &now_s) < 0 &&
	       X509_cmp_time(X509_get0_notAfter(leaf), &now_s) > 0;
}
