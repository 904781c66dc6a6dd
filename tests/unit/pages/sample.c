/* SPDX-License-Identifier: Apache-2.0
 *
 * Sample views of every page.
 */
#include "sample.h"

#include "core/settings.h"
#include "core/task.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

json_t *
sample_views(void)
{
	json_error_t error;
	json_t *views = json_load_file(PAGES_VIEWS, JSON_REJECT_DUPLICATES, &error);

	if (!views) {
		fprintf(stderr, "views.json:%d: %s\n", error.line, error.text);
		abort();
	}
	return views;
}

enum page
sample_page(const char *name)
{
	size_t len = strcspn(name, ".");

	for (int page = 0; page < PAGE_END_; page++)
		if (strlen(out_templates[page].name) == len &&
		    strncmp(out_templates[page].name, name, len) == 0)
			return (enum page)page;
	fprintf(stderr, "views.json: no page %s\n", name);
	abort();
}

static json_t *
text_made(struct task *task, const json_t *object)
{
	int64_t at_s;

	if (json_get_text(object, "text"))
		return json_string(page_text(task, json_get_text(object, "text")));
	if (json_get_i64(object, "date", &at_s))
		return json_string(page_date(task, at_s));
	if (json_get_text(object, "en"))
		return json_string(page_pick(task, object));
	return NULL;
}

static json_t *
made(struct task *task, const json_t *sample)
{
	const char *name;
	json_t *member, *copy;
	size_t i;

	if (json_is_array(sample)) {
		copy = json_array();
		json_array_foreach(sample, i, member)
			json_array_append_new(copy, made(task, member));
		return copy;
	}
	if (!json_is_object(sample))
		return json_deep_copy(sample);
	if ((copy = text_made(task, sample)) != NULL)
		return copy;
	copy = json_object();
	json_object_foreach((json_t *)(uintptr_t)sample, name, member) {
		if (strcmp(name, "raw") != 0)
			json_object_set_new(copy, name, made(task, member));
	}
	if ((member = json_object_get(sample, "raw")) != NULL) {
		const char *claim = json_get_text(sample, "name");

		json_set_text(copy, "label", page_claim_label(task, claim));
		json_set_text(
		    copy, "value", page_claim_value(task, claim, json_object_get(member, "value")));
	}
	return copy;
}

json_t *
sample_view(struct task *task, const json_t *sample)
{
	return json_keep(task, made(task, sample));
}

void
sample_task(struct task *task, const char *language)
{
	static const struct settings settings = {.gateway_name = "Dvara",
	    .gateway_help_url = "https://help.example.gov.kh/",
	    .gateway_language = "en"};
	static struct rooms rooms = {.settings = &settings};

	task_open(task, NULL, &rooms, 1000);
	task->language = language;
	snprintf(task->request_id, sizeof(task->request_id), "0123456789abcdef");
}

const char *
sample_html(struct task *task, const char *name, const json_t *view)
{
	const struct request request = {.method = "GET", .path = "/login", .raw_query = "tx=1"};

	return page_html(task, &request,
	    &(struct page_show){.page = sample_page(name), .view = view}, "bm9uY2Utbm9uY2U");
}
