/* SPDX-License-Identifier: Apache-2.0
 *
 * A certificate as a stranger sends it: what parses has a subject of one line, and no chain.
 */
#include "fuzz.h"

#include "core/task.h"
#include "x509/anchors.h"
#include "x509/leaf.h"

/* What an identity card's certificate is asked. */
static void
card_read(struct task *task, struct bytes der)
{
	static const char *const policies[] = {"1.2.3.4", NULL};
	static const char *const attributes[] = {"serialNumber", "CN", "2.5.4.42", "2.5.4.97"};

	(void)leaf_may_authenticate(der);
	(void)leaf_has_policy(der, policies);
	for (size_t i = 0; i < sizeof(attributes) / sizeof(attributes[0]); i++) {
		const char *text = leaf_subject(task, der, attributes[i]);

		FUZZ_MUST(text == NULL || !str_has_control(text));
	}
	FUZZ_MUST(leaf_serial(task, der).len <= der.len);
	FUZZ_MUST(leaf_ocsp_url(task, der) == NULL || str_starts(leaf_ocsp_url(task, der), "http"));
	FUZZ_MUST(leaf_crl_url(task, der) == NULL || str_starts(leaf_crl_url(task, der), "http"));
}

int
LLVMFuzzerTestOneInput(const uint8_t *at, size_t len)
{
	struct trust no_trust = {X509_STORE_new(), sk_X509_new_null()};
	const struct bytes der = {at, len};
	auto_certificate *certificate = certificate_of_der(der);
	struct chain chain = {.leaf_der = der};
	struct task task;

	task_open(&task, NULL, NULL, 0);
	if (certificate != NULL) {
		const char *subject = certificate_subject(&task, certificate);

		for (const char *c = subject; *c != '\0'; c++)
			FUZZ_MUST((unsigned char)*c >= 0x20 && *c != 0x7F);
		FUZZ_MUST(certificate_der(&task, certificate).len <= 2 * len);
		FUZZ_MUST(certificate_spki(&task, certificate).len <= 2 * len);
		(void)certificate_is_self_signed(certificate);
		(void)chain_names(&task, &chain, "https://issuer.test/a");
	}
	for (enum leaf_name kind = LEAF_SUBJECT_DN; kind <= LEAF_SAN_EMAIL; kind++)
		FUZZ_MUST(!leaf_is_named(&task, der, kind, "a name that nobody has"));
	FUZZ_MUST(!leaf_is_valid_now(der) || certificate != NULL);
	card_read(&task, der);
	FUZZ_MUST(chain_verify(&task, &no_trust, &der, 1, &chain) == INVALID_REQUEST);
	task_close(&task);
	X509_STORE_free(no_trust.store);
	sk_X509_free(no_trust.anchors);
	return 0;
}
