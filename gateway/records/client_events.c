/* SPDX-License-Identifier: Apache-2.0
 *
 * What a service may tell of people (dvara_events, records/news.h): [{"type", "label": {lang:
 * text}}].  Of services of ours it is what their manifest says (services/client.c).
 */
#include "core/str.h"
#include "core/task.h"
#include "records/client.h"
#include "records/client_metadata.h"

#include <string.h>

#define EVENTS_MAX        16
#define TYPE_MAX          64
#define LABEL_MAX         1000
#define LANGUAGES         "km lo en fr ar"
#define REFUSE(task, ...) fail((task), INVALID_CLIENT_METADATA, __VA_ARGS__)

static bool is_type(const char *type);
static bool is_label(const json_t *label);

int
client_events_check(struct task *task, const json_t *events)
{
	const json_t *event;
	size_t i;

	if (!json_is_array(events) || json_array_size(events) > EVENTS_MAX)
		return REFUSE(task, "dvara_events is no array of up to %d", EVENTS_MAX);
	json_array_foreach(events, i, event) {
		if (!is_type(json_get_text(event, "type")))
			return REFUSE(task, "dvara_events[%zu]: type is no word", i);
		if (json_object_size(event) != 2 || !is_label(json_object_get(event, "label")))
			return REFUSE(task,
			    "dvara_events[%zu]: beside type there is label, {language: text}, with "
			    "en",
			    i);
	}
	return 0;
}

/* The manifest's rule (manifest/manifest.h) says more of its form. */
static bool
is_type(const char *type)
{
	return !str_is_empty(type) && strlen(type) <= TYPE_MAX &&
	       type[strspn(type, "abcdefghijklmnopqrstuvwxyz0123456789_.")] == '\0';
}

static bool
is_label(const json_t *label)
{
	const char *language;
	json_t *text;

	if (str_is_empty(json_get_text(label, "en")))
		return false;
	json_object_foreach((json_t *)(uintptr_t)label, language, text)
		if (!str_has_word(LANGUAGES, language) || !json_is_string(text) ||
		    json_string_length(text) > LABEL_MAX)
			return false;
	return true;
}

const json_t *
client_event_label(const struct client *client, const char *type)
{
	const json_t *event;
	size_t i;

	json_array_foreach(json_object_get(client->metadata, "dvara_events"), i, event)
		if (str_equal(json_get_text(event, "type"), type))
			return json_object_get(event, "label");
	return NULL;
}
