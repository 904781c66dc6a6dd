/* SPDX-License-Identifier: Apache-2.0
 *
 * Every page in every language, from the sample views.
 */
#include "unit/unit.h"

#include "sample.h"

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

	json_object_foreach (views, name, sample) {
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

static void
frame_check(const char *name, const struct language *language, const char *html)
{
	char begin[64];

	(void)name;
	snprintf(begin, sizeof(begin), "<html lang=\"%s\" dir=\"%s\">", language->code,
	    language->direction);
	assert_non_null(html);
	assert_non_null(strstr(html, begin));
	assert_int_equal(count(html, "<h1"), 1);
	assert_int_equal(count(html, "<main"), 1);
	assert_int_equal(count(html, "lang=xx"), 0);
	assert_int_equal(count(html, "hreflang="), LANGUAGE_END_);
	assert_non_null(strstr(html, "</html>"));
}

static void
each_page_has_its_frame(void **state)
{
	(void)state;
	for_each_page(frame_check);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(each_page_has_its_frame),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
