/* SPDX-License-Identifier: Apache-2.0
 *
 * Files of certificates: anchors, and our own chain.
 */
#include "unit/ca.h"

#include "x509/trust.h"

#include <sys/stat.h>

static char path[64];
static EVP_PKEY *keys[3];
static X509 *root, *middle, *leaf, *lonely;

static int
certificates_make(void **state)
{
	(void)state;
	snprintf(path, sizeof(path), "/tmp/dvara-x509-%d.pem", (int)getpid());
	for (size_t i = 0; i < 3; i++)
		keys[i] = ca_key();
	root = ca_root("root", keys[0]);
	middle = ca_issue(&(struct ca_wish){.subject = "middle",
	    .issuer = root,
	    .issuer_key = keys[0],
	    .key = keys[1],
	    .extensions = CA_ROOT_EXTENSIONS});
	leaf = ca_issue(&(struct ca_wish){.subject = "leaf",
	    .issuer = middle,
	    .issuer_key = keys[1],
	    .key = keys[2],
	    .extensions = CA_LEAF_EXTENSIONS});
	lonely = ca_issue(&(struct ca_wish){.subject = "lonely", .key = keys[2]});
	return 0;
}

static int
certificates_free(void **state)
{
	(void)state;
	unlink(path);
	for (size_t i = 0; i < 3; i++)
		EVP_PKEY_free(keys[i]);
	X509_free(root);
	X509_free(middle);
	X509_free(leaf);
	X509_free(lonely);
	return 0;
}

static void
file_write(const char *text)
{
	FILE *file = fopen(path, "a");

	assert_non_null(file);
	fputs(text, file);
	fclose(file);
}

static int
load(struct task *task, struct trust **ret_trust)
{
	int r = trust_load(task, path, ret_trust);

	if (r < 0)
		assert_non_null(strstr(task->fault.text, path));
	fault_clear(task);
	return r;
}

static void
anchors_have_key_ids(void **state)
{
	const ASN1_OCTET_STRING *id = X509_get0_subject_key_id(middle);
	struct trust *trust;
	const char **ids;

	ca_write(path, (X509 *const[]){root, lonely, middle, NULL});
	assert_int_equal(load(*state, &trust), 0);
	ids = trust_key_ids(*state, trust);
	assert_non_null(ids[0]);
	assert_string_equal(ids[1], b64u_encode(*state, (struct bytes){ASN1_STRING_get0_data(id),
							    (size_t)ASN1_STRING_length(id)}));
	assert_null(ids[2]);
	trust_free(trust);
	trust_free(NULL);
}

static void
what_is_no_file_of_anchors(void **state)
{
	struct trust *trust;

	unlink(path);
	assert_int_equal(load(*state, &trust), MISCONFIGURED);
	file_write("");
	assert_int_equal(load(*state, &trust), MISCONFIGURED);
	file_write("no certificate\n");
	assert_int_equal(load(*state, &trust), MISCONFIGURED);
	ca_write(path, (X509 *const[]){root, NULL});
	file_write("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n");
	assert_int_equal(load(*state, &trust), MISCONFIGURED);
	ca_write(path, (X509 *const[]){root, NULL});
	file_write("-----BEGIN CERTIFICATE-----\nAAAA\n");
	assert_int_equal(load(*state, &trust), MISCONFIGURED);
	ca_write(path, (X509 *const[]){root, NULL});
	file_write("words after it\n");
	assert_int_equal(load(*state, &trust), 0);
	trust_free(trust);
}

static int
load_chain(struct task *task, X509 *const *certificates, size_t max, size_t *ret_n)
{
	struct bytes certs[8];
	int r;

	ca_write(path, certificates);
	r = chain_load(task, path, certs, max, ret_n);
	if (r == 0) {
		struct bytes first = ca_der(task, certificates[0]);

		assert_int_equal(certs[0].len, first.len);
		assert_memory_equal(certs[0].at, first.at, first.len);
	}
	fault_clear(task);
	return r;
}

static void
our_chain_leaves_out_the_anchor(void **state)
{
	size_t n;

	assert_int_equal(load_chain(*state, (X509 *const[]){leaf, NULL}, 8, &n), 0);
	assert_int_equal(n, 1);
	assert_int_equal(load_chain(*state, (X509 *const[]){leaf, middle, NULL}, 8, &n), 0);
	assert_int_equal(n, 2);
	assert_int_equal(load_chain(*state, (X509 *const[]){leaf, middle, root, NULL}, 8, &n), 0);
	assert_int_equal(n, 2);
	assert_int_equal(load_chain(*state, (X509 *const[]){leaf, middle, root, NULL}, 2, &n), 0);
	assert_int_equal(
	    load_chain(*state, (X509 *const[]){leaf, middle, NULL}, 1, &n), MISCONFIGURED);
	assert_int_equal(
	    load_chain(*state, (X509 *const[]){leaf, root, NULL}, 8, &n), MISCONFIGURED);
	assert_int_equal(
	    load_chain(*state, (X509 *const[]){middle, leaf, NULL}, 8, &n), MISCONFIGURED);
	assert_int_equal(load_chain(*state, (X509 *const[]){root, NULL}, 8, &n), MISCONFIGURED);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    task_test(anchors_have_key_ids),
	    task_test(what_is_no_file_of_anchors),
	    task_test(our_chain_leaves_out_the_anchor),
	};

	return cmocka_run_group_tests(tests, certificates_make, certificates_free);
}
