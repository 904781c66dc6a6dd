/* SPDX-License-Identifier: Apache-2.0
 *
 * What a certificate may be used for, and where its standing can be asked (see leaf.h).  Called for
 * identity cards and for clients.
 */
#include "x509/leaf.h"

#include "core/task.h"
#include "x509/certificate.h"

#include <openssl/err.h>
#include <string.h>

#define URL_MAX_BYTES 512

static bool is_among(const ASN1_OBJECT *policy, const char *const *oids);
static const char *web_address(struct task *task, const GENERAL_NAME *name);
static const char *point_address(struct task *task, const DIST_POINT *point);

bool
leaf_is_certificate(struct bytes der)
{
	auto_certificate *leaf = certificate_of_der(der);

	return leaf != NULL;
}

bool
leaf_may_authenticate(struct bytes der)
{
	auto_certificate *leaf = certificate_of_der(der);
	uint32_t flags = leaf != NULL ? X509_get_extension_flags(leaf) : EXFLAG_INVALID;

	if ((flags & EXFLAG_INVALID) != 0 || (flags & EXFLAG_KUSAGE) == 0)
		return false;
	if ((X509_get_key_usage(leaf) & KU_DIGITAL_SIGNATURE) == 0)
		return false;
	return (flags & EXFLAG_XKUSAGE) == 0 ||
	       (X509_get_extended_key_usage(leaf) & XKU_SSL_CLIENT) != 0;
}

bool
leaf_is_for_clients(struct bytes der)
{
	auto_certificate *leaf = certificate_of_der(der);
	uint32_t flags = leaf != NULL ? X509_get_extension_flags(leaf) : EXFLAG_INVALID;

	if ((flags & EXFLAG_INVALID) != 0)
		return false;
	return (flags & EXFLAG_XKUSAGE) == 0 ||
	       (X509_get_extended_key_usage(leaf) & (XKU_SSL_CLIENT | XKU_ANYEKU)) != 0;
}

bool
leaf_has_policy(struct bytes der, const char *const *oids)
{
	auto_certificate *leaf = certificate_of_der(der);
	CERTIFICATEPOLICIES *policies;
	bool found = false;

	if (leaf == NULL)
		return false;
	policies = X509_get_ext_d2i(leaf, NID_certificate_policies, NULL, NULL);
	for (int i = 0; !found && i < sk_POLICYINFO_num(policies); i++)
		found = is_among(sk_POLICYINFO_value(policies, i)->policyid, oids);
	CERTIFICATEPOLICIES_free(policies);
	ERR_clear_error();
	return found;
}

static bool
is_among(const ASN1_OBJECT *policy, const char *const *oids)
{
	char dotted[128];
	int len = OBJ_obj2txt(dotted, sizeof(dotted), policy, 1);

	if (len <= 0 || (size_t)len >= sizeof(dotted))
		return false;
	for (; *oids != NULL; oids++)
		if (str_equal(*oids, dotted))
			return true;
	return false;
}

struct bytes
leaf_serial(struct task *task, struct bytes der)
{
	auto_certificate *leaf = certificate_of_der(der);
	const ASN1_INTEGER *serial = leaf != NULL ? X509_get0_serialNumber(leaf) : NULL;

	if (serial == NULL)
		return (struct bytes){0};
	return certificate_number(task, serial);
}

const char *
leaf_ocsp_url(struct task *task, struct bytes der)
{
	auto_certificate *leaf = certificate_of_der(der);
	AUTHORITY_INFO_ACCESS *places;
	const char *url = NULL;

	if (leaf == NULL)
		return NULL;
	places = X509_get_ext_d2i(leaf, NID_info_access, NULL, NULL);
	for (int i = 0; url == NULL && i < sk_ACCESS_DESCRIPTION_num(places); i++) {
		const ACCESS_DESCRIPTION *place = sk_ACCESS_DESCRIPTION_value(places, i);

		if (OBJ_obj2nid(place->method) == NID_ad_OCSP)
			url = web_address(task, place->location);
	}
	AUTHORITY_INFO_ACCESS_free(places);
	ERR_clear_error();
	return url;
}

const char *
leaf_crl_url(struct task *task, struct bytes der)
{
	auto_certificate *leaf = certificate_of_der(der);
	CRL_DIST_POINTS *points;
	const char *url = NULL;

	if (leaf == NULL)
		return NULL;
	points = X509_get_ext_d2i(leaf, NID_crl_distribution_points, NULL, NULL);
	for (int i = 0; url == NULL && i < sk_DIST_POINT_num(points); i++)
		url = point_address(task, sk_DIST_POINT_value(points, i));
	CRL_DIST_POINTS_free(points);
	ERR_clear_error();
	return url;
}

/* RFC 5280 section 4.2.1.13: a point of another issuer, or for some reasons only, says less than we
 * ask. */
static const char *
point_address(struct task *task, const DIST_POINT *point)
{
	const char *url = NULL;

	if (point->distpoint == NULL || point->distpoint->type != 0 || point->reasons != NULL ||
	    point->CRLissuer != NULL)
		return NULL;
	for (int i = 0; url == NULL && i < sk_GENERAL_NAME_num(point->distpoint->name.fullname);
	     i++)
		url = web_address(task, sk_GENERAL_NAME_value(point->distpoint->name.fullname, i));
	return url;
}

static const char *
web_address(struct task *task, const GENERAL_NAME *name)
{
	const ASN1_STRING *uri = name->type == GEN_URI ? name->d.uniformResourceIdentifier : NULL;
	int len = uri != NULL ? ASN1_STRING_length(uri) : 0;
	const char *text;

	if (len <= 0 || len > URL_MAX_BYTES)
		return NULL;
	text = task_dup_n(task, (const char *)ASN1_STRING_get0_data(uri), (size_t)len);
	if (strlen(text) != (size_t)len || !str_is_printable_ascii(text) || strchr(text, ' '))
		return NULL;
	return str_starts(text, "http://") || str_starts(text, "https://") ? text : NULL;
}
