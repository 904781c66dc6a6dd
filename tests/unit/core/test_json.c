/* SPDX-License-Identifier: Apache-2.0
 *
 * JSON: what is refused, and the JSONTestSuite of DVARA_VECTORS.
 */
#include "unit/unit.h"

#include "core/json.h"
#include "core/json_plain.h"
#include "core/str.h"

#include <dirent.h>
#include <pthread.h>

static int
parse(const char *text, size_t len)
{
	json_auto_t *json = NULL;
	struct task task;
	int r;

	task_open(&task, NULL, NULL, 0);
	r = json_parse(&task, text, len, &json);
	assert_int_equal(r, task.fault.code);
	assert_true((r == 0) == (json != NULL));
	task_close(&task);
	return r;
}

static int
parse_text(const char *text)
{
	return parse(text, strlen(text));
}

static void
what_is_refused(void **state)
{
	static const char *const bad[] = {"", " ", "{\"a\":1,\"a\":2}", "{\"a\":{\"b\":1,\"b\":1}}",
	    "\"\\u0000\"", "{\"\\u0000\":1}", "\"\xC0\x80\"", "\"\xED\xA0\x80\"", "\"\\ud800\"",
	    "{} {}", "[1,]", "{\"a\":1,}", "01", "+1", ".5", "NaN", "Infinity", "'a'", "{a:1}",
	    "\"a\nb\"", "99999999999999999999", "1e999", "\xEF\xBB\xBF{}", "]", "}", "/**/1"};

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		if (parse_text(bad[i]) != INVALID_REQUEST)
			fail_msg("accepted: %s", bad[i]);
	}
	assert_int_equal(parse("1\0", 2), INVALID_REQUEST);
	assert_int_equal(parse("\"a\0b\"", 5), INVALID_REQUEST);
}

/* n times open, one 1, n times close. */
static char *
nest(struct task *task, const char *open, const char *close, size_t n)
{
	char *text = task_alloc(task, n * (strlen(open) + strlen(close)) + 2), *at = text;

	for (size_t i = 0; i < n; i++)
		at = stpcpy(at, open);
	at = stpcpy(at, "1");
	for (size_t i = 0; i < n; i++)
		at = stpcpy(at, close);
	return text;
}

static void
depth_is_bounded(void **state)
{
	struct task *task = *state;

	assert_int_equal(parse_text(nest(task, "[", "]", JSON_MAX_DEPTH)), 0);
	assert_int_equal(parse_text(nest(task, "[", "]", JSON_MAX_DEPTH + 1)), INVALID_REQUEST);
	assert_int_equal(parse_text(nest(task, "{\"a\":", "}", JSON_MAX_DEPTH)), 0);
	assert_int_equal(
	    parse_text(nest(task, "{\"a\":", "}", JSON_MAX_DEPTH + 1)), INVALID_REQUEST);
	assert_int_equal(parse_text(nest(task, "[", "", 30000)), INVALID_REQUEST);
	assert_int_equal(parse_text("\"[[[[[[[[[[[[[[[[[[[[[\\\"[[[[[[[[[[[[[[\""), 0);
}

static char *
object_of(struct task *task, unsigned n_names)
{
	char *text = task_alloc(task, n_names * 12 + 3), *at = text;

	*at++ = '{';
	for (unsigned i = 0; i < n_names; i++)
		at += sprintf(at, "%s\"n%u\":1", i > 0 ? "," : "", i);
	*at = '}';
	return text;
}

static void
names_are_bounded(void **state)
{
	struct task *task = *state;
	char *commas = nest(task, "[1,", "]", 1);

	assert_int_equal(parse_text(object_of(task, JSON_MAX_NAMES)), 0);
	assert_int_equal(parse_text(object_of(task, JSON_MAX_NAMES + 1)), INVALID_REQUEST);
	assert_int_equal(parse_text(commas), 0);
	/* elements of an array are bounded by its size only */
	commas = task_alloc(task, 4000);
	memset(commas, ',', 3000);
	for (int i = 0; i < 3001; i += 2)
		commas[i] = '1';
	commas[0] = '[';
	commas[1] = '1';
	commas[2] = ',';
	commas[3] = '1';
	commas[4] = ',';
	for (int i = 5; i < 2999; i++)
		commas[i] = i % 2 == 1 ? '1' : ',';
	commas[2999] = '1';
	commas[3000] = ']';
	commas[3001] = '\0';
	assert_int_equal(parse_text(commas), 0);
}

static void
size_is_bounded(void **state)
{
	char *text = task_alloc(*state, JSON_MAX_BYTES + 2);

	memset(text, ' ', JSON_MAX_BYTES + 1);
	text[0] = '1';
	assert_int_equal(parse(text, JSON_MAX_BYTES), 0);
	assert_int_equal(parse(text, JSON_MAX_BYTES + 1), INVALID_REQUEST);
}

static void
a_caller_may_give_its_own_maximum(void **state)
{
	char *text = task_alloc(*state, JSON_MAX_BYTES + 100);
	json_auto_t *json = NULL;
	int r;

	memset(text, ' ', JSON_MAX_BYTES + 99);
	text[0] = '{';
	text[1] = '}';
	r = json_parse_object_sized(*state, text, JSON_MAX_BYTES + 99, JSON_MAX_BYTES + 98, &json);
	assert_int_equal(r, INVALID_REQUEST);
	fault_clear(*state);
	r = json_parse_object_sized(*state, text, JSON_MAX_BYTES + 99, JSON_MAX_BYTES + 99, &json);
	assert_int_equal(r, 0);
	assert_true(json_is_object(json));
}

static void
the_reason_does_not_quote(void **state)
{
	struct task *task = *state;
	json_t *json = NULL;

	json_parse(task, "{\"secret-of-a-person\" 1}", 24, &json);
	assert_null(json);
	assert_null(strstr(task->fault.text, "secret"));
	assert_non_null(strstr(task->fault.text, "byte"));
}

static void
members(void **state)
{
	static const char text[] =
	    "{\"t\":\"x\",\"n\":-7,\"yes\":true,\"no\":false,\"r\":1.5,\"a\":[\"p\",1,\"q\"]}";
	json_auto_t *json = NULL;
	int64_t number = 99;

	assert_int_equal(json_parse_object(*state, text, strlen(text), &json), 0);
	assert_string_equal(json_get_text(json, "t"), "x");
	assert_null(json_get_text(json, "n"));
	assert_null(json_get_text(json, "absent"));
	assert_null(json_get_text(NULL, "t"));
	assert_false(json_get_i64(json, "r", &number));
	assert_false(json_get_i64(json, "t", &number));
	assert_int_equal(number, 99);
	assert_true(json_get_i64(json, "n", &number));
	assert_int_equal(number, -7);
	assert_true(json_get_bool(json, "yes"));
	assert_false(json_get_bool(json, "no"));
	assert_false(json_get_bool(json, "absent"));
	assert_true(json_has_text(json_object_get(json, "a"), "q"));
	assert_false(json_has_text(json_object_get(json, "a"), "1"));
	assert_true(json_has_text(json_object_get(json, "t"), "x"));
	assert_false(json_has_text(json_object_get(json, "t"), "y"));
	assert_false(json_has_text(NULL, "y"));
	json_set_text(json, "new", "v");
	json_set_text(json, "none", NULL);
	assert_string_equal(json_get_text(json, "new"), "v");
	assert_null(json_object_get(json, "none"));
}

static void
only_objects_where_one_is_asked(void **state)
{
	json_t *json = NULL;

	assert_int_equal(json_parse_object(*state, "[]", 2, &json), INVALID_REQUEST);
	assert_null(json);
}

static void
text_comes_out_compact_at_any_length(void **state)
{
	struct task *task = *state;

	for (int n = 490; n < 530; n++) {
		json_auto_t *json = json_pack("{s:s}", "a", task_printf(task, "%0*d", n, 0));
		char *text = json_text(task, json);

		assert_int_equal(strlen(text), n + 8);
		assert_true(str_ends(text, "0\"}"));
	}
	json_auto_t *one = json_integer(1);
	assert_string_equal(json_text(task, one), "1");
}

/* What is plain is written by us: it must not be seen. */
static void
text_is_what_jansson_writes(void **state)
{
	static const char *const texts[] = {"{}", "[]", "[{}]", "null", "[true,false,null]",
	    "{\"a\":{\"b\":[1,-2,\"c\"]},\"\":\"\"}", "-9223372036854775808",
	    "\"\xE1\x9E\x80 \xF0\x9F\x98\x80\x7F\xC2\x85/\"", "\"a\\\"b\"", "\"a\\\\b\"",
	    "\"a\\nb\"", "[1.5]", "{\"a\\u0001\":1}", "[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]"};

	for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++) {
		json_auto_t *json = json_loads(texts[i], JSON_DECODE_ANY, NULL);
		char by_jansson[64] = "";

		json_dumpb(json, by_jansson, sizeof(by_jansson), JSON_COMPACT | JSON_ENCODE_ANY);
		assert_string_equal(json_text(*state, json), by_jansson);
	}
}

static void
plain_text_ends_where_its_room_does(void **state)
{
	json_auto_t *json = json_pack("{s:[i,s,b,n]}", "a", -12, "b", 1);
	const size_t len = strlen("{\"a\":[-12,\"b\",true,null]}");
	char text[64];

	(void)state;
	for (size_t room = 1; room <= len; room++) {
		memset(text, 'x', sizeof(text));
		assert_int_equal(json_plain_write(json, text, room), 0);
		assert_int_equal(text[room], 'x');
	}
	assert_int_equal(json_plain_write(json, text, len + 1), len);
	assert_string_equal(text, "{\"a\":[-12,\"b\",true,null]}");
}

/* The leak checker is the judge. */
static void
what_a_task_keeps_goes_with_it(void **state)
{
	json_t *json = json_keep(*state, json_pack("{s:s}", "a", "b"));

	assert_string_equal(json_get_text(json, "a"), "b");
	assert_null(json_keep(*state, NULL));
}

static char *
file_read(const char *path, size_t *ret_len)
{
	FILE *file = fopen(path, "rb");
	char *text = malloc(1 << 20);

	assert_non_null(file);
	assert_non_null(text);
	*ret_len = fread(text, 1, 1 << 20, file);
	fclose(file);
	return text;
}

struct tally {
	int n_refused_n, n_accepted_y, n_refused_y, n_either;
};

static void
suite_file(const char *folder, const char *name, struct tally *tally)
{
	char path[4096 + 256 + 1];
	size_t len;
	char *text;
	int r;

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	text = file_read(path, &len);
	r = parse(text, len);
	free(text);
	if (name[0] == 'n' && r == 0)
		fail_msg("accepted: %s", name);
	tally->n_refused_n += name[0] == 'n';
	tally->n_either += name[0] == 'i';
	if (name[0] != 'y')
		return;
	if (r == 0)
		tally->n_accepted_y++;
	else if (strstr(name, "duplicated_key") != NULL || strstr(name, "null") != NULL)
		tally->n_refused_y++; /* duplicate names; NUL in a text */
	else
		fail_msg("refused: %s", name);
}

static void
json_test_suite(void **state)
{
	const char *vectors = getenv("DVARA_VECTORS");
	struct tally tally = {0};
	struct dirent *entry;
	char folder[4096];
	DIR *dir;

	(void)state;
	if (vectors == NULL) {
		puts("skipped: no vectors");
		skip();
	}
	snprintf(folder, sizeof(folder), "%s/json-test-suite", vectors);
	dir = opendir(folder);
	assert_non_null(dir);
	while ((entry = readdir(dir)) != NULL) {
		if (str_ends(entry->d_name, ".json"))
			suite_file(folder, entry->d_name, &tally);
	}
	closedir(dir);
	printf("n_ refused %d, y_ accepted %d, y_ refused by us %d, i_ %d\n", tally.n_refused_n,
	    tally.n_accepted_y, tally.n_refused_y, tally.n_either);
	assert_int_equal(tally.n_refused_n, 188);
	assert_int_equal(tally.n_accepted_y + tally.n_refused_y, 95);
	assert_int_equal(tally.n_either, 35);
}

static void
as_jansson_does(struct task *task, const char *text, size_t len)
{
	json_auto_t *plain = json_plain(text, len), *ours = NULL;
	json_auto_t *theirs = json_loadb(text, len, JSON_REJECT_DUPLICATES | JSON_DECODE_ANY, NULL);
	int r = json_parse(task, text, len, &ours);

	if (plain != NULL && !json_equal(plain, theirs))
		fail_msg("read otherwise: %.*s", (int)len, text);
	assert_int_equal(r, theirs == NULL ? INVALID_REQUEST : 0);
	assert_true(theirs == NULL || json_equal(ours, theirs));
	fault_clear(task);
}

/* What the fast way takes it reads as jansson does; all that is near to it as well. */
static void
plain_json_is_read_as_jansson_does(void **state)
{
	static const char *const texts[] = {"[]", "[\"\"]", "[\"a\"]", "[\"a\",\"b\"]", "{}",
	    "[\"a\",\"\",\"name#km-KH\"]", "[\"a b\",\"urn:x/y?z\"]", "true", "-12",
	    "{\"a\":[1,-20,999999999999999999],\"b\":{\"\":null,\"c\":[[],{}]},\"d\":false}",
	    " [ true , { \"a\" :\t1 } ]\r\n", "[\"\x7f\xe1\x9e\x91\"]", "0",
	    "{\"\xe1\x9e\x91\":\"\"}", "\"a\\\\\\\"\\/\\b\\f\\n\\r\\t\""};
	static const char letters[] = "[]{}\":,\\ \t\n01-.eE+autn/b\x01\x7f\xc3\xa9\xff";
	struct task *task = *state;

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		size_t len = strlen(texts[i]);
		json_auto_t *plain = json_plain(texts[i], len);
		char *near = task_dup(task, texts[i]);

		assert_non_null(plain);
		for (size_t end = 1; end <= len; end++)
			as_jansson_does(task, texts[i], end);
		for (size_t at = 0; at < len; at++) {
			for (size_t n = 0; n < sizeof(letters) - 1; n++) {
				near[at] = letters[n];
				as_jansson_does(task, near, len);
			}
			near[at] = texts[i][at];
		}
	}
}

static void
what_is_not_plain_is_left_to_jansson(void **state)
{
	static const char *const texts[] = {"", " ", "\"\\u0041\"", "{\"\\n\":1}", "\"\\x\"",
	    "\"\\", "1.0", "1e3", "-0", "01", "1234567890123456789", "{\"a\":1,\"a\":1}", "[1]x",
	    "[1", "\"\xc3\"", "\"a\tb\""};

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		assert_null(json_plain(texts[i], strlen(texts[i])));
	assert_null(json_plain("\"a\0b\"", 5));
}

/* Enough to fill what a thread keeps, of all small sizes and some large. */
static void *
pieces_come_and_go(void *unused)
{
	json_auto_t *array = json_array();
	char text[400];

	memset(text, 'x', sizeof(text));
	for (int turn = 0; turn < 3; turn++) {
		for (size_t i = 0; i < 20000; i++)
			json_array_append_new(array, json_stringn(text, i % sizeof(text)));
		for (size_t i = 0; i < 20000; i++)
			assert_int_equal(
			    json_string_length(json_array_get(array, i)), i % sizeof(text));
		json_array_clear(array);
	}
	return unused;
}

static void
memory_is_kept_by_each_thread(void **state)
{
	pthread_t thread;

	(void)state;
	pieces_come_and_go(NULL);
	assert_int_equal(pthread_create(&thread, NULL, pieces_come_and_go, NULL), 0);
	pieces_come_and_go(NULL);
	assert_int_equal(pthread_join(thread, NULL), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    task_test(what_is_refused),
	    task_test(depth_is_bounded),
	    task_test(names_are_bounded),
	    task_test(size_is_bounded),
	    task_test(a_caller_may_give_its_own_maximum),
	    task_test(the_reason_does_not_quote),
	    task_test(members),
	    task_test(only_objects_where_one_is_asked),
	    task_test(text_comes_out_compact_at_any_length),
	    task_test(text_is_what_jansson_writes),
	    cmocka_unit_test(plain_text_ends_where_its_room_does),
	    task_test(what_a_task_keeps_goes_with_it),
	    task_test(plain_json_is_read_as_jansson_does),
	    cmocka_unit_test(what_is_not_plain_is_left_to_jansson),
	    cmocka_unit_test(memory_is_kept_by_each_thread),
	    task_test(json_test_suite),
	};
	json_setup();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
