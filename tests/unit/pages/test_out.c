/* SPDX-License-Identifier: Apache-2.0
 *
 * Escaping for each context, and texts with values; over a small catalogue of its own.
 */
#include "unit/unit.h"

#include "pages/out.h"

static const char *const hello_en[] = {"Hello \001 & \002"};
static const char *const hello_km[] = {"\002 សួស្តី \001"};
static const char *const try_en[] = {"one try", "\001 tries"};
static const char *const try_ar[] = {"none", "one", "two", "\001 few", "\001 many", "\001 other"};

const struct catalogue_entry catalogue[] = {
    {"Hello %{a} & %{b}", 2, {[LANGUAGE_EN] = hello_en, [LANGUAGE_KM] = hello_km}},
    {"one try", 1, {[LANGUAGE_EN] = try_en, [LANGUAGE_AR] = try_ar}},
};
const size_t catalogue_n = 2;

static void
out_open(struct out *out, struct task *task, enum language_id language)
{
	*out = (struct out){.task = task, .language = language};
	buf_open(&out->html, task, 1 << 20);
}

static const char *
written(struct task *task, void (*write)(struct out *, const json_t *), const char *text)
{
	struct out out;

	out_open(&out, task, LANGUAGE_EN);
	write(&out, json_keep(task, json_string(text)));
	return buf_text(&out.html);
}

static void
text_is_escaped(void **state)
{
	struct task *task = *state;

	assert_string_equal(written(task, out_text, "<a href=\"x\">'&'</a>"),
	    "&lt;a href=&quot;x&quot;&gt;&#39;&amp;&#39;&lt;/a&gt;");
	assert_string_equal(written(task, out_text, "ក្រសួង\té\n"), "ក្រសួង\té\n");
	assert_string_equal(written(task, out_text,
				"a\xe2\x80\x8b"
				"b"),
	    "a\xe2\x80\x8b"
	    "b");
	assert_string_equal(written(task, out_text,
				"a\001b\x7f"
				"c\xc2\x9b"
				"d\xe2\x80\xae"
				"e\xe2\x81\xa8"
				"f"
				"\xe2\x80\xa8"
				"g\xe2\x80\x8f"
				"h\xef\xbb\xbf"
				"i"),
	    "abcdefghi");
}

static void
only_texts_and_numbers_are_written(void **state)
{
	struct task *task = *state;
	struct out out;

	out_open(&out, task, LANGUAGE_EN);
	out_text(&out, NULL);
	out_text(&out, json_keep(task, json_object()));
	out_text(&out, json_true());
	out_text(&out, json_keep(task, json_integer(-7)));
	out_attribute(&out, json_keep(task, json_integer(8)));
	assert_string_equal(buf_text(&out.html), "-78");
}

static void
long_text_is_cut_between_characters(void **state)
{
	struct task *task = *state;
	char text[2100 * 2 + 1];
	const char *cut;

	for (int i = 0; i < 2100; i++)
		memcpy(text + 2 * i, "é", 3);
	cut = written(task, out_text, text);
	assert_int_equal(strlen(cut), 2000 * 2 + strlen("…"));
	assert_string_equal(cut + 1999 * 2, "é…");
	assert_int_equal(strlen(written(task, out_attribute, text)), sizeof(text) - 1);
}

static void
urls_are_ours_or_known(void **state)
{
	static const char *const good[] = {"/", "/a?b=c", "?x", "https://a.test/", "HTTP://a.test",
	    "openid4vp://?client_id=x", "haip-vp://?a", "openid-credential-offer://?a",
	    "mailto:a@b.test", "tel:+855", NULL};
	static const char *const bad[] = {"", "a", "//evil.test", "/\\evil.test", "\\\\evil.test",
	    "javascript:alert(1)", "JAVASCRIPT:x", " javascript:x", "\tjavascript:x",
	    "data:text/html,x", "vbscript:x", "#", "file:///etc/passwd", "blob:x", ":",
	    "java\nscript:x", NULL};
	struct task *task = *state;

	for (const char *const *url = good; *url; url++)
		assert_string_equal(written(task, out_url, *url), *url);
	for (const char *const *url = bad; *url; url++)
		assert_string_equal(written(task, out_url, *url), "#");
	assert_string_equal(written(task, out_url, "/a?b=\"&c=<"), "/a?b=&quot;&amp;c=&lt;");
	/* What the escape leaves out must not make a path another site's. */
	assert_string_equal(written(task, out_url, "/\001/evil.test"), "#");
	assert_string_equal(written(task, out_url, "/\n/evil.test"), "#");
	assert_string_equal(written(task, out_url_part, "a b&c=/\"é"), "a%20b%26c%3D%2F%22%C3%A9");
}

static void
messages_isolate_their_values(void **state)
{
	struct task *task = *state;
	const json_t *values[] = {json_keep(task, json_string("<A>")), NULL};
	struct out out;

	out_open(&out, task, LANGUAGE_KM);
	out_message(&out, OUT_TEXT, 0, NULL, values);
	assert_string_equal(buf_text(&out.html), "<bdi></bdi> សួស្តី <bdi>&lt;A&gt;</bdi>");
	out_open(&out, task, LANGUAGE_KM);
	out_message(&out, OUT_PLAIN, 0, NULL, values);
	assert_string_equal(buf_text(&out.html), "\u2068\u2069 សួស្តី \u2068&lt;A&gt;\u2069");
}

static void
a_missing_text_is_marked(void **state)
{
	struct task *task = *state;
	const json_t *values[] = {NULL, NULL};
	struct out out;

	out_open(&out, task, LANGUAGE_FR);
	out_message(&out, OUT_TEXT, 0, NULL, values);
	assert_string_equal(buf_text(&out.html),
	    "<span class=\"untranslated\" lang=\"en\" dir=\"ltr\">"
	    "Hello <bdi></bdi> &amp; <bdi></bdi></span>");
}

static void
number_chooses_the_form(void **state)
{
	static const char *const arabic[] = {"none", "one", "two", "<bdi>3</bdi> few"};
	struct task *task = *state;

	for (int n = 0; n < 4; n++) {
		json_t *number = json_keep(task, json_integer(n));
		const json_t *values[] = {number};
		struct out out;

		out_open(&out, task, LANGUAGE_AR);
		out_message(&out, OUT_TEXT, 1, number, values);
		assert_string_equal(buf_text(&out.html), arabic[n]);
		/* Where the translation is missing, English forms follow English rules. */
		out_open(&out, task, LANGUAGE_KM);
		out_message(&out, OUT_PLAIN, 1, number, values);
		assert_int_equal(strcmp(buf_text(&out.html), "one try") == 0, n == 1);
	}
}

static void
what_counts_as_set(void **state)
{
	struct task *task = *state;

	assert_false(out_is_set(NULL));
	assert_false(out_is_set(json_null()));
	assert_false(out_is_set(json_false()));
	assert_false(out_is_set(json_keep(task, json_string(""))));
	assert_false(out_is_set(json_keep(task, json_array())));
	assert_true(out_is_set(json_true()));
	assert_true(out_is_set(json_keep(task, json_string("a"))));
	assert_true(out_is_set(json_keep(task, json_integer(0))));
	assert_true(out_is_set(json_keep(task, json_object())));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    task_test(text_is_escaped),
	    task_test(only_texts_and_numbers_are_written),
	    task_test(long_text_is_cut_between_characters),
	    task_test(urls_are_ours_or_known),
	    task_test(messages_isolate_their_values),
	    task_test(a_missing_text_is_marked),
	    task_test(number_chooses_the_form),
	    task_test(what_counts_as_set),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
