/* SPDX-License-Identifier: Apache-2.0
 *
 * manifest.sig: made, found right, and found wrong after any change of what it signs.
 */
#include "folder.h"

#include "jose/keys.h"
#include "manifest/manifest.h"

#define MANIFEST \
	"{\"id\":\"a-b\",\"version\":\"1\",\"name\":{\"en\":\"N\"},\"summary\":{\"en\":\"S\"}," \
	"\"plugin\":\"a.so\",\"attributes\":[]}"

static const char *path;
static struct jwks trust;

static const char *
key_make(struct task *task)
{
	const char *kid, *place, *wanted = task_printf(task, "%s/key.pem", folder);

	assert_int_equal(key_create(task, folder, ALG_ES256, &kid), 0);
	place = task_printf(task, "%s/%s.pem", folder, kid);
	assert_int_equal(rename(place, wanted), 0);
	return wanted;
}

static int
sign(void **state)
{
	json_auto_t *jwk = NULL, *set = NULL;
	struct task *task;

	if (unit_task_open(state) < 0)
		return -1;
	task = *state;
	path = file_write(task, "manifest.json", MANIFEST);
	file_write(task, "a.so", "the plugin");
	assert_int_equal(manifest_sign(task, path, key_make(task), &jwk), 0);
	set = json_pack("{s:[O]}", "keys", jwk);
	assert_int_equal(jwks_parse(task, set, &trust), 0);
	return 0;
}

static int
unsign(void **state)
{
	jwks_close(&trust);
	return unit_task_close(state);
}

static int
checked(struct task *task, bool *ret_is_signed)
{
	struct manifest manifest;

	assert_int_equal(manifest_read(task, path, &manifest), 0);
	return manifest_seal_check(task, &manifest, &trust, ret_is_signed);
}

static void
test_right(void **state)
{
	struct task *task = *state;
	struct manifest manifest;
	bool is_signed = false;

	assert_int_equal(checked(task, &is_signed), 0);
	assert_true(is_signed);
	assert_int_equal(manifest_read(task, path, &manifest), 0);
	assert_int_equal(strlen(manifest.file_hash), 43);
	assert_int_equal(manifest_file_check(task, &manifest, BYTES_OF("the plugin")), 0);
	assert_int_equal(manifest_file_check(task, &manifest, BYTES_OF("another")), MISCONFIGURED);
	/* Nobody says who signs. */
	assert_int_equal(manifest_seal_check(task, &manifest, NULL, &is_signed), 0);
	assert_false(is_signed);
}

static void
test_signed_again_it_stays(void **state)
{
	struct task *task = *state;
	json_auto_t *jwk = NULL;
	struct manifest before, after;

	assert_int_equal(manifest_read(task, path, &before), 0);
	assert_int_equal(
	    manifest_sign(task, path, task_printf(task, "%s/key.pem", folder), &jwk), 0);
	assert_int_equal(manifest_read(task, path, &after), 0);
	assert_int_equal(before.bytes.len, after.bytes.len);
	assert_memory_equal(before.bytes.at, after.bytes.at, after.bytes.len);
}

static void
test_every_byte_counts(void **state)
{
	struct task *task = *state;
	struct bytes bytes;
	bool is_signed;
	char *text;

	assert_int_equal(manifest_file_read(task, path, 4096, &bytes), 0);
	text = task_dup_n(task, (const char *)bytes.at, bytes.len);
	file_write(task, "manifest.json", task_printf(task, "%s ", text));
	assert_int_equal(checked(task, &is_signed), MISCONFIGURED);
	fault_clear(task);
	*(strstr(text, "\"N\"") + 1) = 'M';
	file_write(task, "manifest.json", text);
	assert_int_equal(checked(task, &is_signed), MISCONFIGURED);
}

static void
test_seals_that_are_none(void **state)
{
	static const char *const seals[] = {"", "x", "..", "e30..", "e30.e30.e30", "a..b..c", NULL};
	struct task *task = *state;
	bool is_signed;

	for (size_t i = 0; seals[i] != NULL; i++) {
		file_write(task, "manifest.sig", seals[i]);
		fault_clear(task);
		assert_int_equal(checked(task, &is_signed), MISCONFIGURED);
		assert_false(is_signed);
	}
	unlink(task_printf(task, "%s/manifest.sig", folder));
	fault_clear(task);
	assert_int_equal(checked(task, &is_signed), 0);
	assert_false(is_signed);
}

#define SIGNED_TEST(name) cmocka_unit_test_setup_teardown(name, sign, unsign)

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    SIGNED_TEST(test_right),
	    SIGNED_TEST(test_signed_again_it_stays),
	    SIGNED_TEST(test_every_byte_counts),
	    SIGNED_TEST(test_seals_that_are_none),
	};

	json_setup();
	return cmocka_run_group_tests(tests, folder_make, folder_remove);
}
