/* SPDX-License-Identifier: Apache-2.0
 *
 * manifest.json: what is taken, and what is refused with which words.
 */
#include "folder.h"

#include "manifest/manifest.h"

#define HEAD       "{\"id\":\"a-b\",\"version\":\"1\",\"summary\":{\"en\":\"S\"},\"plugin\":\"a.so\","
#define NAMED      HEAD "\"name\":{\"en\":\"N\"},"
#define WHOLE      NAMED "\"attributes\":[]"
#define WITH(more) WHOLE "," more "}"

static void
test_whole(void **state)
{
	struct task *task = *state;
	struct manifest manifest;
	const char *path = file_write(task, "manifest.json",
	    NAMED "\"attributes\":[{\"name\":\"name\",\"essential\":true,\"why\":{\"en\":\"W\"}}],"
		  "\"callers\":[\"person\",\"client\"],\"basis\":\"legal_duty\","
		  "\"law\":{\"en\":\"Act 1\"},\"data_life\":\"P90D\",\"timeout_ms\":500,"
		  "\"network\":[\"a:443\"]}");

	assert_int_equal(manifest_read(task, path, &manifest), 0);
	assert_string_equal(manifest.id, "a-b");
	assert_true(manifest.takes_clients);
	assert_string_equal(manifest.basis, "legal_duty");
	assert_int_equal(manifest.data_life_s, 90 * 86400);
	assert_int_equal(manifest.timeout_ms, 500);
	assert_string_equal(manifest.plugin, task_printf(task, "%s/a.so", folder));
	assert_null(manifest.program);
	assert_string_equal(manifest_untranslated(task, &manifest), "km lo fr ar");
}

static void
test_least(void **state)
{
	struct task *task = *state;
	struct manifest manifest;
	const char *path = file_write(task, "manifest.json", WHOLE "}");

	assert_int_equal(manifest_read(task, path, &manifest), 0);
	assert_false(manifest.takes_clients);
	assert_string_equal(manifest.basis, "consent");
	assert_int_equal(manifest.data_life_s, 0);
}

static const struct {
	const char *text, *why;
} refused[] = {
    {"", "JSON"},
    {"[]", "JSON"},
    {WHOLE, "JSON"},
    {HEAD "\"attributes\":[]}", "name has no en"},
    {HEAD "\"name\":{\"km\":\"N\"},\"attributes\":[]}", "name has no en"},
    {HEAD "\"name\":{\"en\":\"N\",\"de\":\"N\"},\"attributes\":[]}", "name.de"},
    {NAMED "\"attributes\":{}}", "attributes is no array"},
    {NAMED "\"attributes\":[{}]}", "attributes[0] has no name"},
    {NAMED "\"attributes\":[{\"name\":\"a\"}]}", "attributes[0].why has no en"},
    {NAMED "\"attributes\":[{\"name\":\"a\",\"why\":{\"en\":\"W\"},\"more\":1}]}", "more"},
    {NAMED "\"attributes\":[{\"name\":\"a\",\"why\":{\"en\":\"W\"},\"essential\":1}]}",
	"essential is no boolean"},
    {WITH("\"events\":{}"), "events is no array"},
    {WITH("\"events\":[{\"label\":{\"en\":\"L\"}}]"), "type is not like"},
    {WITH("\"events\":[{\"type\":\"a b\",\"label\":{\"en\":\"L\"}}]"), "type is not like"},
    {WITH("\"events\":[{\"type\":\"a\"}]"), "events[0].label has no en"},
    {WITH("\"events\":[{\"type\":\"a\",\"label\":{\"en\":\"L\"},\"to\":1}]"), "to is no member"},
    {WITH("\"events\":[{\"type\":\"a\",\"label\":{\"en\":\"L\"}},"
	  "{\"type\":\"a\",\"label\":{\"en\":\"L\"}}]"),
	"events[1]: a is there twice"},
    {WITH("\"surprise\":1"), "surprise is no member"},
    {WITH("\"id\":\"c-d\""), "JSON"},
    {WITH("\"program\":\"b\""), "one of plugin and program"},
    {WITH("\"callers\":[\"all\"]"), "neither person nor client"},
    {WITH("\"callers\":\"client\""), "callers is no array"},
    {WITH("\"basis\":\"need\""), "basis is none of"},
    {WITH("\"basis\":\"legal_duty\""), "law goes with a duty"},
    {WITH("\"law\":{\"en\":\"L\"}"), "law goes with a duty"},
    {WITH("\"basis\":\"public_task\",\"law\":{}"), "law has no en"},
    {WITH("\"data_life\":\"90d\""), "data_life is no period"},
    {WITH("\"network\":[1]"), "network[0] is no host:port"},
    {WITH("\"timeout_ms\":0"), "timeout_ms is not"},
    {WITH("\"timeout_ms\":60001"), "timeout_ms is not"},
};

static void
test_refused(void **state)
{
	struct task *task = *state;
	struct manifest manifest = {0};

	for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++) {
		const char *path = file_write(task, "manifest.json", refused[i].text);

		fault_clear(task);
		assert_int_equal(manifest_read(task, path, &manifest), MISCONFIGURED);
		if (strstr(task->fault.text, refused[i].why) == NULL)
			fail_msg("%s: %s", refused[i].text, task->fault.text);
		assert_null(manifest.id);
	}
}

static void
test_ids(void **state)
{
	static const char *const good[] = {"ab", "a-b", "a1", "abcdefghijklmnopqrstuvwxyz-01234"};
	static const char *const bad[] = {"", "a", "A1", "1a", "-a", "a_b", "a/b", "../a", "a b",
	    "abcdefghijklmnopqrstuvwxyz-012345x", NULL};

	(void)state;
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++)
		assert_true(manifest_id_is_good(good[i]));
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_false(manifest_id_is_good(bad[i]));
}

static void
test_types(void **state)
{
	static const char *const good[] = {"a", "application.changed", "a_b.c1.d"};
	static const char *const bad[] = {"", ".a", "a.", "a..b", "1a", "a.1", "A", "a-b", "a b",
	    "abcdefghijklmnopqrstuvwxyz.abcdefghijklmnopqrstuvwxyz.abcdefghijkl", NULL};

	(void)state;
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++)
		assert_true(manifest_type_is_good(good[i]));
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_false(manifest_type_is_good(bad[i]));
}

static void
test_what_it_tells(void **state)
{
	struct task *task = *state;
	struct manifest manifest = {0};
	const char *path = file_write(task, "manifest.json",
	    WITH("\"events\":[{\"type\":\"a.b\",\"label\":{\"en\":\"L\",\"fr\":\"L\"}}]"));

	assert_int_equal(manifest_read(task, path, &manifest), 0);
	assert_true(manifest_tells(&manifest, "a.b"));
	assert_false(manifest_tells(&manifest, "a"));
	assert_false(manifest_tells(&manifest, NULL));
	assert_string_equal(manifest_untranslated(task, &manifest), "km lo fr ar");
	path = file_write(task, "manifest.json", WHOLE "}");
	assert_int_equal(manifest_read(task, path, &manifest), 0);
	assert_false(manifest_tells(&manifest, "a.b"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(test_whole, unit_task_open, unit_task_close),
	    cmocka_unit_test_setup_teardown(test_least, unit_task_open, unit_task_close),
	    cmocka_unit_test_setup_teardown(test_refused, unit_task_open, unit_task_close),
	    cmocka_unit_test_setup_teardown(test_what_it_tells, unit_task_open, unit_task_close),
	    cmocka_unit_test(test_ids),
	    cmocka_unit_test(test_types),
	};

	json_setup();
	return cmocka_run_group_tests(tests, folder_make, folder_remove);
}
