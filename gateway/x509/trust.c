/* SPDX-License-Identifier: Apache-2.0
 *
 * Sets of anchors: read at start, held by all loops.
 */
#include "x509/trust.h"

#include "core/task.h"
#include "x509/anchors.h"

#include <assert.h>
#include <openssl/err.h>
#include <stdlib.h>

static X509_STORE *store_new(STACK_OF(X509) * anchors);

int
trust_load(struct task *task, const char *path, struct trust **ret_trust)
{
	STACK_OF(X509) * anchors;
	struct trust *trust;
	int r;

	r = certificates_read(task, path, TRUST_MAX_ANCHORS, &anchors);
	if (r < 0)
		return r;
	trust = calloc(1, sizeof(*trust));
	assert(trust != NULL);
	trust->anchors = anchors;
	trust->store = store_new(anchors);
	*ret_trust = trust;
	return 0;
}

static X509_STORE *
store_new(STACK_OF(X509) * anchors)
{
	X509_STORE *store = X509_STORE_new();
	int ok = store != NULL;

	for (int i = 0; ok && i < sk_X509_num(anchors); i++) {
		/* Its extensions are read once, here, and not by two threads at the same time. */
		X509_check_purpose(sk_X509_value(anchors, i), -1, 0);
		ok = X509_STORE_add_cert(store, sk_X509_value(anchors, i));
	}
	ERR_clear_error();
	assert(ok);
	return store;
}

void
trust_free(struct trust *trust)
{
	if (trust == NULL)
		return;
	X509_STORE_free(trust->store);
	sk_X509_pop_free(trust->anchors, X509_free);
	free(trust);
}

const char **
trust_key_ids(struct task *task, const struct trust *trust)
{
	int n = sk_X509_num(trust->anchors);
	const char **ids = task_new_n(task, const char *, (size_t)n + 1);
	size_t n_ids = 0;

	for (int i = 0; i < n; i++) {
		const ASN1_OCTET_STRING *id =
		    X509_get0_subject_key_id(sk_X509_value(trust->anchors, i));

		if (id != NULL)
			ids[n_ids++] = b64u_encode(task, (struct bytes){ASN1_STRING_get0_data(id),
							     (size_t)ASN1_STRING_length(id)});
	}
	return ids;
}

bool
trust_has(const struct trust *trust, const X509 *certificate)
{
	for (int i = 0; i < sk_X509_num(trust->anchors); i++)
		if (X509_cmp(sk_X509_value(trust->anchors, i), certificate) == 0)
			return true;
	return false;
}

bool
trust_issued(const struct trust *trust, struct bytes certificate_der)
{
	auto_certificate *certificate = certificate_of_der(certificate_der);
	bool issued = false;

	for (int i = 0; certificate != NULL && !issued && i < sk_X509_num(trust->anchors); i++) {
		X509 *anchor = sk_X509_value(trust->anchors, i);

		issued = X509_check_issued(anchor, certificate) == X509_V_OK &&
			 X509_verify(certificate, X509_get0_pubkey(anchor)) == 1;
	}
	ERR_clear_error();
	return issued;
}

bool
trust_anchor(
    struct task *task, const struct trust *trust, const char *anchor_id, struct bytes *ret_der)
{
	for (int i = 0; i < sk_X509_num(trust->anchors); i++) {
		X509 *anchor = sk_X509_value(trust->anchors, i);

		if (str_equal(certificate_id(task, anchor), anchor_id)) {
			*ret_der = certificate_der(task, anchor);
			return true;
		}
	}
	return false;
}
