/* SPDX-License-Identifier: Apache-2.0
 *
 * The template compiler as the build runs it: what it writes, and that each mistake is an error
 * with file and line.
 */
#include "unit/unit.h"

#include <sys/stat.h>

struct run {
	int status;
	char said[4096]; /* on stderr and stdout */
	char code[16384];
};

static char folder[] = "/tmp/dvara-pages-XXXXXX";

static void
file_write(const char *name, const char *text)
{
	char path[512];
	FILE *file;

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	file = fopen(path, "wb");
	assert_non_null(file);
	fputs(text, file);
	assert_int_equal(fclose(file), 0);
}

static void
stream_read(FILE *stream, char *into, size_t size)
{
	size_t len = fread(into, 1, size - 1, stream);

	into[len] = '\0';
}

/* Compiles one template (and part.html, style.css, km.po as given) and reads what came out. */
static void
compile(const char *verb, const char *html, struct run *run)
{
	char command[2048];
	FILE *pipe, *code;

	file_write("templates/bad.html", html);
	snprintf(command, sizeof(command), "%s %s %s/templates %s/po %s 2>&1", PAGE_COMPILER, verb,
	    folder, folder, strcmp(verb, "build") == 0 ? folder : "");
	pipe = popen(command, "r");
	assert_non_null(pipe);
	stream_read(pipe, run->said, sizeof(run->said));
	run->status = WEXITSTATUS(pclose(pipe));
	snprintf(command, sizeof(command), "%s/templates.c", folder);
	code = fopen(command, "rb");
	run->code[0] = '\0';
	if (code) {
		stream_read(code, run->code, sizeof(run->code));
		fclose(code);
	}
}

static int
setup(void **state)
{
	static const char *const folders[] = {"templates", "templates/parts", "po", NULL};
	static const char *const catalogues[] = {"km", "lo", "fr", "ar", NULL};

	(void)state;
	if (!mkdtemp(folder))
		return -1;
	for (const char *const *name = folders; *name; name++) {
		char path[512];

		snprintf(path, sizeof(path), "%s/%s", folder, *name);
		if (mkdir(path, 0700) != 0)
			return -1;
	}
	for (const char *const *language = catalogues; *language; language++) {
		char name[64];

		snprintf(name, sizeof(name), "po/%s.po", *language);
		file_write(name, "msgid \"\"\nmsgstr \"\"\n");
	}
	file_write("templates/parts/part.html", "<i>{{x}}</i>");
	file_write("templates/parts/loop.html", "{{> loop}}");
	file_write("templates/parts/open.html", "{{#if x}}");
	file_write("templates/style.css",
	    "/* no */ a  >  b { color : red ; }\n@media print { c { d: e } }");
	file_write("templates/evil.css", "</style>");
	return 0;
}

static int
teardown(void **state)
{
	char command[512];

	(void)state;
	snprintf(command, sizeof(command), "rm -r %s", folder);
	return system(command);
}

static const struct mistake {
	const char *html;
	int line;
	const char *said;
} mistakes[] = {
    {"<p>\n<a href={{x}}>a</a></p>", 2, "the value of href needs quotes"},
    {"<p class=a>", 1, "the value of class needs quotes"},
    {"<p\n{{x}}>", 2, "a value may stand in text or in a quoted attribute only"},
    {"<p {{x}}=\"a\">", 1, "a value may stand in text or in a quoted attribute only"},
    {"<p a{{x}}=\"a\">", 1, "a value may stand in text or in a quoted attribute only"},
    {"<{{x}}>", 1, "a value may stand in text or in a quoted attribute only"},
    {"<p></{{x}}>", 1, "a value may stand in text or in a quoted attribute only"},
    {"<p a=\"b\"c=\"d\">", 1, "a space is missing after the value of a"},
    {"<script>{{x}}</script>", 1, "no value may stand inside <script>"},
    {"<script>let a;</script>", 1, "script and style come from a file of their own"},
    {"<style>a{}</style>", 1, "script and style come from a file of their own"},
    {"<style>{{x}}</style>", 1, "no value may stand inside <style>"},
    {"<style>{{#if x}}{{/if}}</style>", 1, "the page may not part here"},
    {"<style>{{> evil.css}}</style>", 1, "may not hold </ or {{"},
    {"<p>{{> style.css}}</p>", 1, "belongs inside <style> or <script>"},
    {"\n\n<p onclick=\"{{x}}\">", 3, "attribute onclick has no place in a page"},
    {"<p ONCLICK=\"a()\">", 1, "attribute onclick has no place in a page"},
    {"<p style=\"{{x}}\">", 1, "attribute style has no place in a page"},
    {"<p style>", 1, "attribute style has no place in a page"},
    {"<iframe srcdoc=\"{{x}}\">", 1, "attribute srcdoc has no place in a page"},
    {"<frame src=\"{{x}}\">", 1, "<frame> has no place in a page"},
    {"<base href=\"/\">", 1, "<base> has no place in a page"},
    {"<meta http-equiv=\"refresh\">", 1, "attribute http-equiv has no place in a page"},
    {"<a href=\"javascript:x()\">", 1, "scheme javascript: has no place in href"},
    {"<a href=\"JavaScript:{{x}}\">", 1, "scheme JavaScript: has no place in href"},
    {"<a href=\"data:{{x}}\">", 1, "no value may stand in a data: URL"},
    {"<a href=\"{{x}}:y\">", 1, "scheme : has no place in href"},
    {"<a href=\"{{#if x}}a{{/if}}\">", 1, "the page may not part inside href"},
    {"<a href=\"{{t \"a\"}}\">", 1, "a text is no part of a URL"},
    {"<p>{{#if x}}\n<b>{{/if}}</p>", 2, "the ways of if end in different places"},
    {"<p>{{#if x}}<b>\n{{else}}<i>{{/if}}</p>", 2, "the ways of if end in different places"},
    {"<p>{{#each x}}</p>\n<i>{{/each}}", 2, "the ways of each end in different places"},
    {"<p {{#if x}}a=\"{{/if}}b\">", 1, "the ways of if end in different places"},
    {"<p>{{#if x}}", 1, "{{#if}} has no end in its file"},
    {"<p>{{> open}}{{/if}}</p>", 1, "{{#if}} has no end in its file"},
    {"{{/if}}", 1, "no {{#if}} stands open here"},
    {"{{#each x}}{{/if}}", 1, "no {{#if}} stands open here"},
    {"{{else}}", 1, "no {{#if}} stands open here"},
    {"{{#if x}}{{else}}{{else}}{{/if}}", 1, "a second {{else}}"},
    {"{{> loop}}", 1, "parts nest too deep"},
    {"{{> ../style}}", 1, "a part's name is of letters, digits, - and ."},
    {"{{> /etc/passwd}}", 1, "a part's name is of letters, digits, - and ."},
    {"{{> missing}}", 0, "cannot be read"},
    {"{{{x}}}", 1, "a name of the view was expected"},
    {"{{&x}}", 1, "a name of the view was expected"},
    {"{{}}", 1, "a name of the view was expected"},
    {"{{a..b}}", 1, "a name of the view was expected"},
    {"{{a b}}", 1, "nothing was expected at \"b\""},
    {"{{x", 1, "{{ without }}"},
    {"{{t \"x}}", 1, "{{ without }}"},
    {"{{t x}}", 1, "a \"text\" was expected"},
    {"{{t \"\"}}", 1, "an empty text"},
    {"{{t \"a %{b\"}}", 1, "a %{name} is broken"},
    {"{{t \"a %{b c}\"}}", 1, "nothing was expected at \"c\""},
    {"{{tn n \"a\"}}", 1, "a \"text\" was expected"},
    {"<p>a < b</p>", 1, "write &lt; for a < that opens no tag"},
    {"<p><!-- a --></p>", 1, "write {{! … }} for a comment"},
    {"<b><i></b></i>", 1, "</b> closes an open i"},
    {"</p>", 1, "</p> closes nothing"},
    {"<p>", 0, "the page ends inside <p>"},
    {"<p ", 0, "the page ends inside <p>"},
    {"<p / a>", 1, "a / in a tag stands before its > only"},
};

static void
each_mistake_is_an_error(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(mistakes) / sizeof(*mistakes); i++) {
		char place[64];
		struct run run;

		compile("build", mistakes[i].html, &run);
		snprintf(place, sizeof(place), ".html:%d: ", mistakes[i].line);
		if (run.status != 1 || !strstr(run.said, place) ||
		    !strstr(run.said, mistakes[i].said))
			fail_msg("%s\n  said (%d): %s  not: …%s%s", mistakes[i].html, run.status,
			    run.said, place, mistakes[i].said);
	}
}

static const struct meaning {
	const char *html, *code;
} meanings[] = {
    {"{{x}}", "out_text(out, json_object_get(v0, \"x\"));"},
    {"{{a.b}}", "out_text(out, json_object_get(json_object_get(v0, \"a\"), \"b\"));"},
    {"{{page.lang}}", "out_text(out, json_object_get(out->page, \"lang\"));"},
    {"<p title=\"{{x}}\"></p>", "out_attribute(out, json_object_get(v0, \"x\"));"},
    {"<p title='{{x}}'></p>", "out_attribute(out, json_object_get(v0, \"x\"));"},
    {"<a href=\"{{x}}\"></a>", "out_url(out, json_object_get(v0, \"x\"));"},
    {"<form action=\"{{x}}\"></form>", "out_url(out, json_object_get(v0, \"x\"));"},
    {"<a href=\"/a?b={{x}}\"></a>", "out_url_part(out, json_object_get(v0, \"x\"));"},
    {"<a HREF=\"{{x}}{{y}}\"></a>", "out_url_part(out, json_object_get(v0, \"y\"));"},
    {"<title>{{x}}</title>", "out_text(out, json_object_get(v0, \"x\"));"},
    {"{{#each l}}{{this}}{{/each}}", "out_text(out, v1);"},
    {"{{#each l}}{{root.x}}{{/each}}", "out_text(out, json_object_get(out->root, \"x\"));"},
    {"{{#each l}}{{#each m}}{{x}}{{/each}}{{/each}}",
	"const json_t *v2 = json_array_get(json_object_get(v1, \"m\"), i2);"},
    {"{{#if x}}a{{else}}b{{/if}}", "if (out_is_set(json_object_get(v0, \"x\"))) {"},
    {"<p {{#if x}}hidden{{/if}}></p>", "out_literal(out, \"hidden \", 7);"},
    {"{{t \"Hello\"}}", "out_message(out, OUT_TEXT, 0, NULL, NULL);"},
    {"<title>{{t \"Hello\"}}</title>", "out_message(out, OUT_PLAIN, 0, NULL, NULL);"},
    {"<p title=\"{{t \"Hello\"}}\"></p>", "out_message(out, OUT_PLAIN, 0, NULL, NULL);"},
    {"{{t \"To  %{a.b}\"}}",
	"0, NULL, (const json_t *const[]){json_object_get(json_object_get(v0, \"a\"), \"b\"), });"},
    {"{{tn n \"one\" \"%{n} many\"}}",
	"out_message(out, OUT_TEXT, 0, json_object_get(v0, \"n\"), (const json_t"},
    {"a{{! \"x\" <b> }}b", "out_literal(out, \"ab\", 2);"},
    {"<b>{{> part}}</b>", "out_literal(out, \"<b><i>\", 6);"},
    {"<style>{{> style.css}}</style>", "<style>a>b{color :red}@media print{c{d:e}}</style>"},
    {"a \n\t b", "out_literal(out, \"a b\", 3);"},
    {"<br>", "out_literal(out, \"<br>\", 4);"},
    {"<svg><path d=\"{{x}}\"/></svg>", "out_attribute(out, json_object_get(v0, \"x\"));"},
    {"\"\\?é", "\"\\\"\\\\\\?\\303\\251\", 5);"},
};

static void
each_construct_becomes_code(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(meanings) / sizeof(*meanings); i++) {
		struct run run;

		compile("build", meanings[i].html, &run);
		if (run.status != 0 || !strstr(run.code, meanings[i].code))
			fail_msg("%s\n  said (%d): %s\n  wrote: %s\n  not: %s", meanings[i].html,
			    run.status, run.said, run.code, meanings[i].code);
	}
}

static const struct mistake po_mistakes[] = {
    {"msgid \"a\"\nmsgstr \"b\nc\"\n", 2, "a string that does not end"},
    {"msgid \"a\"\nmsgstr b\n", 2, "a string was expected"},
    {"msgid \"a\"\nmsgstr \"\\x\"\n", 2, "unknown escape"},
    {"\"a\"\n", 1, "a string was expected"},
    {"msgctxt \"a\"\n", 1, "not a line of a catalogue"},
    {"msgid \"a\"\nmsgid_plural \"b\"\nmsgstr[9] \"c\"\n", 3, "n is no form"},
    {"msgid \"a\"\nmsgid_plural \"b\"\nmsgstr[0] \"c\"\nmsgstr[1] \"d\"\n", 5,
	"more forms than the language has"},
    {"msgid \"\"\nmsgstr \"Plural-Forms: nplurals=2; plural=0;\\n\"\n", 3, "km has 1 plural forms"},
    {"msgid \"a %{b}\"\nmsgstr \"c\"\n", 3, "%{b} is missing"},
    {"msgid \"a\"\nmsgstr \"b %{c}\"\n", 3, "%{c} is no value of \"a\""},
    {"msgid \"a\"\nmsgstr \"b\001\"\n", 2, "a control character"},
    {"msgid \"a\"\nmsgstr \"b\"\nmsgid \"a\"\nmsgid_plural \"c\"\nmsgstr[0] \"d\"\n", 6,
	"stands elsewhere with another plural"},
};

static void
each_mistake_of_a_catalogue_is_an_error(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(po_mistakes) / sizeof(*po_mistakes); i++) {
		char place[64];
		struct run run;

		file_write("po/km.po", po_mistakes[i].html);
		compile("build", "a", &run);
		snprintf(place, sizeof(place), "km.po:%d: ", po_mistakes[i].line);
		if (run.status != 1 || !strstr(run.said, place) ||
		    !strstr(run.said, po_mistakes[i].said))
			fail_msg("%s\n  said (%d): %s  not: …%s%s", po_mistakes[i].html, run.status,
			    run.said, place, po_mistakes[i].said);
	}
	file_write("po/km.po", "msgid \"\"\nmsgstr \"\"\n");
}

static void
translations_reach_the_tables(void **state)
{
	struct run run;
	char path[512], tables[8192];
	FILE *file;

	(void)state;
	file_write("po/km.po",
	    "# c\n#: a:1\nmsgid \"Hello \"\n\"%{n}\"\nmsgstr \"%{n} \"\n\"\\\"x\\\"\"\n\n"
	    "#, fuzzy\nmsgid \"Old\"\nmsgstr \"not this\"\n\n#~ msgid \"Gone\"\n#~ msgstr \"x\"\n");
	compile("build", "{{t \"Hello\n\t%{n}\"}}{{t \"Old\"}}", &run);
	assert_int_equal(run.status, 0);
	snprintf(path, sizeof(path), "%s/catalogue.c", folder);
	file = fopen(path, "rb");
	assert_non_null(file);
	stream_read(file, tables, sizeof(tables));
	fclose(file);
	assert_non_null(strstr(tables, "text_0_km[] = {\"\\001 \\\"x\\\"\", };"));
	assert_non_null(strstr(tables, "text_0_en[] = {\"Hello \\001\", };"));
	assert_null(strstr(tables, "not this"));
	assert_null(strstr(tables, "Gone"));
	file_write("po/km.po", "msgid \"\"\nmsgstr \"\"\n");
}

static void
check_says_what_lacks(void **state)
{
	struct run run;

	(void)state;
	file_write(
	    "po/fr.po", "msgid \"Hello\"\nmsgstr \"Bonjour\"\nmsgid \"Gone\"\nmsgstr \"x\"\n");
	compile("check", "{{t \"Hello\"}}", &run);
	assert_int_equal(run.status, 1);
	assert_non_null(strstr(run.said, "km lacks \"Hello\""));
	assert_null(strstr(run.said, "fr lacks \"Hello\""));
	assert_non_null(strstr(run.said, "no longer used: \"Gone\""));
	file_write("po/fr.po", "msgid \"\"\nmsgstr \"\"\n");
}

static void
pot_takes_texts_of_sources(void **state)
{
	char source[512], command[2048], pot[8192];
	FILE *pipe;

	(void)state;
	file_write("a.c",
	    "/* page_text(task, \"comment\") */\nconst char *a = page_text(task, \"One\"\n"
	    "    \" two\");\nb(N_(\"Three\"), \"no\", page_text(task, name));\n"
	    "page_text_with(task, \"Four %{n}\", v);\nmy_page_text(task, \"no\");\n");
	file_write("templates/bad.html", "{{tn n \"a\" \"b\"}}");
	snprintf(source, sizeof(source), "%s/a.c", folder);
	snprintf(command, sizeof(command), "%s pot %s/templates %s/po %s", PAGE_COMPILER, folder,
	    folder, source);
	pipe = popen(command, "r");
	assert_non_null(pipe);
	stream_read(pipe, pot, sizeof(pot));
	assert_int_equal(pclose(pipe), 0);
	assert_non_null(strstr(pot, "a.c:2\nmsgid \"One two\"\nmsgstr \"\"\n"));
	assert_non_null(strstr(pot, "msgid \"Three\"\n"));
	assert_non_null(strstr(pot, "msgid \"Four %{n}\"\n"));
	assert_non_null(strstr(pot, "msgid \"a\"\nmsgid_plural \"b\"\nmsgstr[0] \"\"\n"));
	assert_null(strstr(pot, "\"no\""));
	assert_null(strstr(pot, "comment"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(each_mistake_is_an_error),
	    cmocka_unit_test(each_construct_becomes_code),
	    cmocka_unit_test(each_mistake_of_a_catalogue_is_an_error),
	    cmocka_unit_test(translations_reach_the_tables),
	    cmocka_unit_test(check_says_what_lacks),
	    cmocka_unit_test(pot_takes_texts_of_sources),
	};
	return cmocka_run_group_tests(tests, setup, teardown);
}
