/* SPDX-License-Identifier: Apache-2.0
 *
 * One attribute of a certificate's subject as text (see leaf.h; RFC 5280 section 4.1.2.6).  Called
 * for the number by which an identity card names its person.
 */
#include "core/task.h"
#include "x509/certificate.h"
#include "x509/leaf.h"

#include <openssl/err.h>
#include <string.h>

#define VALUE_MAX_BYTES 256

static const ASN1_STRING *only_one(const X509_NAME *subject, const char *attribute);
static const char *value_text(struct task *task, const ASN1_STRING *value);

const char *
leaf_subject(struct task *task, struct bytes der, const char *attribute)
{
	auto_certificate *leaf = certificate_of_der(der);
	const ASN1_STRING *value;
	const char *text = NULL;

	if (leaf == NULL)
		return NULL;
	value = only_one(X509_get_subject_name(leaf), attribute);
	if (value != NULL)
		text = value_text(task, value);
	ERR_clear_error();
	return text;
}

/* Of two that differ either could be meant: then it is none. */
static const ASN1_STRING *
only_one(const X509_NAME *subject, const char *attribute)
{
	ASN1_OBJECT *kind = OBJ_txt2obj(attribute, 0);
	int at = kind != NULL ? X509_NAME_get_index_by_OBJ(subject, kind, -1) : -1;
	bool is_one = at >= 0 && X509_NAME_get_index_by_OBJ(subject, kind, at) < 0;

	ASN1_OBJECT_free(kind);
	return is_one ? X509_NAME_ENTRY_get_data(X509_NAME_get_entry(subject, at)) : NULL;
}

static const char *
value_text(struct task *task, const ASN1_STRING *value)
{
	unsigned char *utf8 = NULL;
	int len = ASN1_STRING_to_UTF8(&utf8, value);
	const char *text = NULL;

	if (len > 0 && len <= VALUE_MAX_BYTES && str_is_utf8((const char *)utf8, (size_t)len) &&
	    memchr(utf8, 0, (size_t)len) == NULL)
		text = task_dup_n(task, (const char *)utf8, (size_t)len);
	OPENSSL_free(utf8);
	return text != NULL && !str_has_control(text) ? text : NULL;
}
