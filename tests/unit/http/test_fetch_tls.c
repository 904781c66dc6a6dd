/* SPDX-License-Identifier: Apache-2.0
 *
 * Outbound calls over TLS: which authorities are believed.
 */
#include "../ca.h"

#include "served.h"

#include "core/fiber.h"
#include "core/loop.h"
#include "http/fetch.h"

static struct served served;
static char certificate[4096], key[4096], folder[] = "/tmp/dvara-fetch-XXXXXX";

static int
answer(struct task *task, const struct request *request, struct reply *reply)
{
	(void)task;
	(void)request;
	return reply_text(reply, 200, "text/plain", "here");
}

static const struct route routes[] = {
    {"GET", "/here", answer, reply_oauth_fault, 0, "here", 0, NULL},
};

static const char *
in_folder(const char *name)
{
	static char path[64];

	snprintf(path, sizeof path, "%s/%s", folder, name);
	return path;
}

static void
read_whole(const char *path, char *text, size_t size)
{
	FILE *file = fopen(path, "r");

	assert_non_null(file);
	text[fread(text, 1, size - 1, file)] = 0;
	fclose(file);
	unlink(path);
}

/* An authority in ca.pem, another one in other.pem, and the server's certificate by the first. */
static void
certificates_make(void)
{
	EVP_PKEY *root_key = ca_key(), *leaf_key = ca_key(), *other_key = ca_key();
	X509 *root = ca_root("root", root_key), *other = ca_root("other", other_key), *leaf;
	struct ca_wish wish = {.subject = "server",
	    .issuer = root,
	    .issuer_key = root_key,
	    .key = leaf_key,
	    .extensions = CA_LEAF_EXTENSIONS};
	char name[64];

	snprintf(name, sizeof name, "IP:%.*s", (int)strcspn(served.address, ":"), served.address);
	wish.extensions[2][0] = "subjectAltName";
	wish.extensions[2][1] = name;
	leaf = ca_issue(&wish);
	ca_write(in_folder("ca.pem"), (X509 *[]){root, NULL});
	ca_write(in_folder("other.pem"), (X509 *[]){other, NULL});
	ca_write(in_folder("leaf.pem"), (X509 *[]){leaf, NULL});
	read_whole(in_folder("leaf.pem"), certificate, sizeof certificate);
	ca_key_write(in_folder("leaf.key"), leaf_key);
	read_whole(in_folder("leaf.key"), key, sizeof key);
	X509_free(root);
	X509_free(other);
	X509_free(leaf);
	EVP_PKEY_free(root_key);
	EVP_PKEY_free(leaf_key);
	EVP_PKEY_free(other_key);
}

static int
begin(void **state)
{
	(void)state;
	assert_non_null(mkdtemp(folder));
	served_default(&served);
	certificates_make();
	served.listen.routes = routes;
	served.listen.n_routes = 1;
	served.listen.certificate_pem = certificate;
	served.listen.key_pem = key;
	served_open(&served);
	return 0;
}

static int
end(void **state)
{
	(void)state;
	served_close(&served);
	unlink(in_folder("ca.pem"));
	unlink(in_folder("other.pem"));
	return rmdir(folder);
}

struct run {
	struct loop *loop;
	struct rooms rooms;
	struct settings settings;
	int result;
};

static void
fiber(void *arg)
{
	struct run *run = arg;
	struct fetched fetched;
	struct fetch fetch = {0};
	struct task task;

	task_open(&task, run->loop, &run->rooms, 60000);
	fetch.url = task_printf(&task, "https://%s/here", served.address);
	run->result = http_fetch(&task, &fetch, &fetched);
	task_close(&task);
	loop_stop(run->loop);
}

static int
fetched_believing(const char *ca_file)
{
	static const char *const loopback[] = {"127.0.0.0/8", NULL};
	struct run run = {.settings = {.outbound_allow = loopback, .outbound_ca_file = ca_file}};

	run.loop = loop_new();
	run.rooms.settings = &run.settings;
	run.rooms.fetcher = fetcher_new(run.loop, &run.settings);
	fiber_start(run.loop, fiber, &run);
	loop_run(run.loop);
	fetcher_free(run.rooms.fetcher);
	loop_free(run.loop);
	return run.result;
}

static void
test_authority_of_the_settings(void **state)
{
	(void)state;
	assert_int_equal(fetched_believing(in_folder("ca.pem")), 0);
}

static void
test_another_authority(void **state)
{
	(void)state;
	assert_int_equal(fetched_believing(in_folder("other.pem")), UPSTREAM_BROKEN);
}

static void
test_authorities_of_the_system(void **state)
{
	(void)state;
	assert_int_equal(fetched_believing(NULL), UPSTREAM_BROKEN);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_authority_of_the_settings),
	    cmocka_unit_test(test_another_authority),
	    cmocka_unit_test(test_authorities_of_the_system),
	};

	return cmocka_run_group_tests(tests, begin, end);
}
