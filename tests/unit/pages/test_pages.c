/* SPDX-License-Identifier: Apache-2.0
 *
 * Every page in every language, from the sample views: its frame, its weight, its words, and what
 * hostile values do to it.
 */
#include "unit/unit.h"

#include "pages/reason.h"
#include "sample.h"

#include <zlib.h>

#define BUDGET_BYTES (10u << 10) /* DESIGN section 6 */

/* How often a text stands in another. */
static int
count(const char *text, const char *what)
{
	int n = 0;

	while ((text = strstr(text, what)) != NULL) {
		n++;
		text += strlen(what);
	}
	return n;
}

static void
for_each_page(void (*check)(const char *name, const struct language *language, const char *html))
{
	json_t *views = sample_views(), *sample;
	const char *name;

	json_object_foreach(views, name, sample) {
		for (int i = 0; i < LANGUAGE_END_; i++) {
			struct task task;

			sample_task(&task, languages[i].code);
			check(name, &languages[i],
			    sample_html(&task, name, sample_view(&task, sample)));
			task_close(&task);
		}
	}
	json_decref(views);
}

/* What has no sample is looked at by no test. */
static void
each_page_has_a_sample(void **state)
{
	bool is_there[PAGE_END_] = {false};
	json_t *views = sample_views(), *sample;
	const char *name;

	(void)state;
	json_object_foreach(views, name, sample)
		is_there[sample_page(name)] = true;
	for (int page = 0; page < PAGE_END_; page++)
		if (!is_there[page])
			fail_msg("views.json has no %s", out_templates[page].name);
	json_decref(views);
}

static void
frame_check(const char *name, const struct language *language, const char *html)
{
	char begin[64];

	snprintf(begin, sizeof(begin), "<html lang=\"%s\" dir=\"%s\">", language->code,
	    language->direction);
	assert_non_null(html);
	assert_non_null(strstr(html, begin));
	assert_int_equal(count(html, "<h1"), 1);
	assert_int_equal(count(html, "<main"), 1);
	assert_int_equal(
	    count(html, "hreflang="), strstr(name, "form-post") == name ? 0 : LANGUAGE_END_);
	assert_non_null(strstr(html, "</html>"));
}

static void
each_page_has_its_frame(void **state)
{
	(void)state;
	for_each_page(frame_check);
}

static size_t
gzip_bytes(const char *text)
{
	z_stream stream = {.next_in = (Bytef *)(uintptr_t)text, .avail_in = (uInt)strlen(text)};
	uLong bound;
	size_t bytes;

	assert_int_equal(
	    deflateInit2(&stream, 6, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY), Z_OK);
	bound = deflateBound(&stream, stream.avail_in);
	stream.next_out = malloc(bound);
	stream.avail_out = (uInt)bound;
	assert_non_null(stream.next_out);
	assert_int_equal(deflate(&stream, Z_FINISH), Z_STREAM_END);
	bytes = stream.total_out;
	free(stream.next_out - bytes);
	deflateEnd(&stream);
	return bytes;
}

static size_t heaviest_bytes;

static void
weight_check(const char *name, const struct language *language, const char *html)
{
	size_t bytes = gzip_bytes(html);

	if (bytes > heaviest_bytes)
		heaviest_bytes = bytes;
	if (bytes > BUDGET_BYTES)
		fail_msg("%s.%s is %zu bytes compressed", name, language->code, bytes);
	if (strstr(html, "<script"))
		assert_in_range(strstr(html, "</script>") - strstr(html, "<script"), 100, 2048);
}

static void
each_page_keeps_to_the_budget(void **state)
{
	(void)state;
	for_each_page(weight_check);
	print_message("heaviest page: %zu bytes compressed\n", heaviest_bytes);
}

/* The text a person sees: without tags, style and script. */
static char *
text_of(const char *html)
{
	char *text = malloc(strlen(html) + 1), *to = text;

	assert_non_null(text);
	while (*html) {
		const char *end = strncmp(html, "<style", 6) == 0    ? strstr(html, "</style>")
				  : strncmp(html, "<script", 7) == 0 ? strstr(html, "</script>")
								     : html;
		if (*html == '<') {
			html = strchr(end, '>') + 1;
			*to++ = '\n';
		} else {
			*to++ = *html++;
		}
	}
	*to = '\0';
	return text;
}

/* Whether a whole line of text is what. */
static bool
has_line(const char *text, const char *what)
{
	size_t len = strlen(what);

	for (const char *at = strstr(text, what); at; at = strstr(at + 1, what))
		if ((at == text || at[-1] == '\n') && (at[len] == '\n' || at[len] == '\0'))
			return true;
	return false;
}

static void
words_check(const char *name, const struct language *language, const char *html)
{
	char *text = text_of(html);

	/* Names of claims and reasons have underscores, values of the samples do not. */
	if (strchr(text, '_'))
		fail_msg("%s.%s shows a key: %.60s", name, language->code, strchr(text, '_') - 20);
	assert_null(strstr(text, "%{"));
	assert_null(strstr(text, "person-blocked"));
	assert_null(strstr(html, "class=\"untranslated\""));
	for (size_t i = 0; i < catalogue_n && strcmp(language->code, "en") != 0; i++) {
		const char *const *forms = catalogue[i].forms[language_find(language->code, 2)];

		/* Village is the same word in French. */
		if (strcmp(forms[0], catalogue[i].id) != 0 && has_line(text, catalogue[i].id))
			fail_msg(
			    "%s.%s shows \"%s\" in English", name, language->code, catalogue[i].id);
	}
	free(text);
}

static void
each_page_speaks_its_language(void **state)
{
	(void)state;
	for_each_page(words_check);
}

/* Another value for every text of a view but those that choose what is shown. */
static json_t *
poisoned(const json_t *view, const char *poison)
{
	json_t *copy, *member;
	const char *name;
	size_t i;

	if (json_is_string(view))
		return json_string(poison);
	if (json_is_array(view)) {
		copy = json_array();
		json_array_foreach(view, i, member)
			json_array_append_new(copy, poisoned(member, poison));
		return copy;
	}
	if (!json_is_object(view))
		return json_deep_copy(view);
	copy = json_object();
	json_object_foreach((json_t *)(uintptr_t)view, name, member) {
		if (strcmp(name, "reason") == 0)
			json_object_set(copy, name, member);
		else
			json_object_set_new(copy, name, poisoned(member, poison));
	}
	return copy;
}

static void
same_shape(const char *name, const char *poison, const char *harmless, const char *hostile)
{
	static const char *const marks[] = {"<", ">", "\"", "'", "<script", "</", NULL};

	for (const char *const *mark = marks; *mark; mark++)
		if (count(harmless, *mark) != count(hostile, *mark))
			fail_msg(
			    "%s: %.40s changes how often %s stands there", name, poison, *mark);
}

static const char *const poisons[] = {
    "\"><script>alert(1)</script>",
    "' autofocus onfocus='alert(1)",
    "\" autofocus onfocus=\"alert(1)",
    "</title><script>alert(1)</script>",
    "--><b>",
    "]]><b>",
    "<![CDATA[<b>",
    "</style><b>",
    "javascript:alert(1)",
    "JaVaScRiPt:alert(1)",
    " javascript:alert(1)",
    "data:text/html,<b>",
    "//evil.test/",
    "/\\evil.test/",
    "vbscript:x",
    "{{7*7}}",
    "%n%s%x%{client}",
    "&lt;b&gt;",
    "\xe2\x80\xae"
    "cod.evil",
    "\xe2\x81\xa6"
    "a",
    "a\tb\nc",
};

static void
hostile_check(const char *name, const json_t *view, const char *poison)
{
	struct task task;
	const char *harmless, *hostile;
	char *text;

	sample_task(&task, "en");
	harmless = sample_html(&task, name, json_keep(&task, poisoned(view, "harmless")));
	hostile = sample_html(&task, name, json_keep(&task, poisoned(view, poison)));
	assert_non_null(hostile);
	same_shape(name, poison, harmless, hostile);
	assert_null(strstr(hostile, "href=\"javascript"));
	assert_null(strstr(hostile, "href=\"data:t"));
	assert_null(strstr(hostile, "href=\"//"));
	assert_null(strstr(hostile, "href=\"/\\"));
	assert_null(strstr(hostile, "action=\"J"));
	assert_null(strstr(hostile, "\xe2\x80\xae"));
	/* Our own isolates in the title come in pairs. */
	assert_int_equal(count(hostile, "\xe2\x81\xa8"), count(hostile, "\xe2\x81\xa9"));
	assert_null(strstr(hostile, "\xe2\x81\xa6"));
	text = text_of(hostile);
	assert_null(strstr(text, "49"));
	free(text);
	task_close(&task);
}

static void
hostile_values_change_no_markup(void **state)
{
	json_t *views = sample_views(), *sample;
	struct task task;
	const char *name;

	(void)state;
	json_object_foreach(views, name, sample) {
		json_t *view;

		sample_task(&task, "en");
		view = sample_view(&task, sample);
		for (size_t i = 0; i < sizeof(poisons) / sizeof(*poisons); i++)
			hostile_check(name, view, poisons[i]);
		task_close(&task);
	}
	json_decref(views);
}

static void
a_long_name_is_cut(void **state)
{
	static char name[10 * 1024 + 1];
	struct task task;
	const char *html;

	(void)state;
	memset(name, 'N', sizeof(name) - 1);
	sample_task(&task, "en");
	html = sample_html(&task, "confirm",
	    json_keep(&task, json_pack("{s:s, s:s}", "client", name, "number", "12")));
	assert_non_null(html);
	assert_non_null(strstr(html, "NNN…</bdi>"));
	assert_in_range(strlen(html), 2000, 9000);
	assert_int_equal(count(html, "NNNNNNNNNN"), 20);
	task_close(&task);
}

/* Everything a page needs to go on is a link or a form. */
static void
no_page_needs_a_script(void **state)
{
	static const char *const needs[][2] = {{"chooser", "<a id=\"login-wallet\" href=\"/"},
	    {"chooser", "<a id=\"login-upstream-campus\" href=\"/"},
	    {"chooser", "<a id=\"login-wallet-other\" href=\"/"},
	    {"chooser", "<a id=\"login-help\" href=\"/"}, {"help", "id=\"login-choose\""},
	    {"chooser.last", "<a id=\"login-forget\" href=\"/"},
	    {"chooser.last", "<div class=\"off\" id=\"login-upstream-laokyc\">"},
	    {"chooser.test", "<form id=\"login-test\" method=\"post\" action=\"/"},
	    {"chooser.test", "name=\"persona\""}, {"chooser.test", "<option value=\"sophea\">"},
	    {"wallet", "id=\"wallet-link\" href=\"openid4vp://"}, {"wallet", "id=\"wallet-qr\""},
	    {"wallet", "data-uri=\"openid4vp://?client_id=x509_hash%3A"},
	    {"wallet", "<button id=\"wallet-continue\">"},
	    {"wallet.same-device", "id=\"wallet-link\" href=\"openid4vp://"},
	    {"wallet.same-device", "id=\"wallet-universal\" href=\"https://wallet.example.gov.kh/"},
	    {"wallet.same-device", "id=\"wallet-same-device\""},
	    {"wallet.number", "<input id=\"wallet-code\" name=\"code\""},
	    {"wallet.number", "You have <bdi>2</bdi> more tries."},
	    {"upstream", "<input id=\"ask-phone\" name=\"phone\" inputmode=\"tel\""},
	    {"link", "<button id=\"link-continue\">"}, {"account", "name=\"link\""},
	    {"upstream", "<button id=\"upstream-continue\">"},
	    {"confirm", "<bdi id=\"confirm-code\" dir=\"ltr\">47</bdi>"},
	    {"consent", "<form id=\"consent\" method=\"post\" action=\"/consent\">"},
	    {"consent", "name=\"claim\" value=\"full_name\" checked disabled>"},
	    {"consent", "name=\"claim\" value=\"email\">"},
	    {"consent", "<button id=\"allow\" name=\"decision\" value=\"allow\">"},
	    {"consent", "<button id=\"deny\" class=\"second\" name=\"decision\" value=\"deny\">"},
	    {"sign-out", "<button id=\"logout\">"},
	    {"error", "<code id=\"error-code\" dir=\"ltr\">0123456789</code>"},
	    {"error", "<div id=\"error-action\">"}};
	json_t *views = sample_views();

	(void)state;
	for (size_t i = 0; i < sizeof(needs) / sizeof(*needs); i++) {
		struct task task;
		const char *html;

		sample_task(&task, "en");
		html = sample_html(
		    &task, needs[i][0], sample_view(&task, json_object_get(views, needs[i][0])));
		if (!strstr(html, needs[i][1]))
			fail_msg("%s lacks %s", needs[i][0], needs[i][1]);
		task_close(&task);
	}
	json_decref(views);
}

static const char *
links_for(struct task *task, const char *method, const char *path, const char *query)
{
	const struct request request = {.method = method, .path = path, .raw_query = query};
	json_t *view = json_keep(task, json_pack("{s:s}", "title", "t"));

	if (str_equal(path, "/self"))
		json_set_text(view, "self", "/s?a=b");
	return page_html(
	    task, &request, &(struct page_show){.page = PAGE_NOTICE, .view = view}, "n");
}

static void
language_links_keep_the_address(void **state)
{
	struct task task;

	(void)state;
	sample_task(&task, "lo");
	assert_non_null(strstr(links_for(&task, "GET", "/login", "tx=1&lang=fr&x=%26"),
	    "href=\"/login?tx=1&amp;x=%26&amp;lang=km\" lang=\"km\""));
	assert_non_null(strstr(
	    links_for(&task, "GET", "/a\"b/é", ""), "href=\"/a%22b/%C3%A9?lang=km\" lang=\"km\""));
	/* The answer to a form cannot be asked for again by a link; its own page can. */
	assert_null(strstr(links_for(&task, "POST", "/login", "tx=1"), "lang=km"));
	assert_non_null(
	    strstr(links_for(&task, "POST", "/self", "tx=1"), "href=\"/s?a=b&amp;lang=km\""));
	/* Or it says itself what of its address is to be handed on. */
	assert_non_null(
	    strstr(links_for(&task, "GET", "/self", "tx=1"), "href=\"/s?a=b&amp;lang=km\""));
	assert_non_null(
	    strstr(links_for(&task, "GET", "/login", ""), "lang=\"lo\" hreflang=\"lo\" dir=\"ltr\" "
							  "aria-current=\"true\" >"));
	task_close(&task);
}

static void
refusals_say_what_to_do(void **state)
{
	(void)state;
	for (size_t i = 0; reason_name(i); i++) {
		for (int language = 0; language < LANGUAGE_END_; language++) {
			struct task task;
			json_t *texts;

			sample_task(&task, languages[language].code);
			texts = reason_texts(&task, reason_name(i));
			assert_true(strlen(json_get_text(texts, "title")) > 5);
			assert_true(strlen(json_get_text(texts, "what")) > 10);
			assert_true(strlen(json_get_text(texts, "shared")) > 10);
			assert_true(strlen(json_get_text(texts, "next")) > 10);
			json_decref(texts);
			task_close(&task);
		}
	}
	assert_true(reason_is_known("transaction-gone"));
	assert_false(reason_is_known("nonsense"));
}

static void
style_knows_no_left_and_right(void **state)
{
	static const char *const physical[] = {"left", "right", "margin-top", "margin-bottom",
	    "padding-top", "padding-bottom", "border-top", "border-bottom", "letter-spacing",
	    "justify;", "italic", "uppercase", NULL};
	char style[32768];
	FILE *file = fopen(PAGES_STYLE, "rb");

	(void)state;
	assert_non_null(file);
	style[fread(style, 1, sizeof(style) - 1, file)] = '\0';
	fclose(file);
	for (const char *const *word = physical; *word; word++)
		if (strstr(style, *word))
			fail_msg("style.css: %s", *word);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(each_page_has_a_sample),
	    cmocka_unit_test(each_page_has_its_frame),
	    cmocka_unit_test(each_page_keeps_to_the_budget),
	    cmocka_unit_test(each_page_speaks_its_language),
	    cmocka_unit_test(hostile_values_change_no_markup),
	    cmocka_unit_test(a_long_name_is_cut),
	    cmocka_unit_test(no_page_needs_a_script),
	    cmocka_unit_test(language_links_keep_the_address),
	    cmocka_unit_test(refusals_say_what_to_do),
	    cmocka_unit_test(style_knows_no_left_and_right),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
