/* SPDX-License-Identifier: Apache-2.0
 *
 * The members of a manifest that have parts.  Called by manifest.c.
 */
#include "core/task.h"
#include "manifest/manifest.h"

#include <string.h>

#define ATTRIBUTES_MAX 32
#define EVENTS_MAX     16
#define TYPE_MAX       64

static int attribute_check(struct task *task, const struct manifest *manifest, size_t i);
static int event_check(struct task *task, const struct manifest *manifest, size_t i);
static bool lacks(const json_t *texts, const char *language);

/* English at least: what nobody translated is shown in it. */
int
manifest_texts_check(
    struct task *task, const struct manifest *manifest, const char *member, const json_t *texts)
{
	json_t *value;
	const char *language;

	if (!json_get_text(texts, "en"))
		return fail(task, MISCONFIGURED, "%s: %s has no en", manifest->path, member);
	json_object_foreach((json_t *)(uintptr_t)texts, language, value)
		if (!str_has_word(MANIFEST_LANGUAGES, language) || !json_is_string(value))
			return fail(task, MISCONFIGURED,
			    "%s: %s.%s is no text in one of " MANIFEST_LANGUAGES, manifest->path,
			    member, language);
	return 0;
}

int
manifest_attributes_check(struct task *task, const struct manifest *manifest)
{
	size_t n = json_array_size(manifest->attributes);

	if (!json_is_array(manifest->attributes) || n > ATTRIBUTES_MAX)
		return fail(task, MISCONFIGURED, "%s: attributes is no array of up to %d",
		    manifest->path, ATTRIBUTES_MAX);
	for (size_t i = 0; i < n; i++) {
		int r = attribute_check(task, manifest, i);

		if (r < 0)
			return r;
	}
	return 0;
}

static int
attribute_check(struct task *task, const struct manifest *manifest, size_t i)
{
	json_t *attribute = json_array_get(manifest->attributes, i), *value;
	const json_t *essential = json_object_get(attribute, "essential");
	const char *member;

	if (str_is_empty(json_get_text(attribute, "name")))
		return fail(
		    task, MISCONFIGURED, "%s: attributes[%zu] has no name", manifest->path, i);
	if (essential && !json_is_boolean(essential))
		return fail(task, MISCONFIGURED, "%s: attributes[%zu]: essential is no boolean",
		    manifest->path, i);
	json_object_foreach(attribute, member, value)
		if (!str_has_word("name essential why", member))
			return fail(task, MISCONFIGURED,
			    "%s: attributes[%zu]: %s is no member of an attribute", manifest->path,
			    i, member);
	return manifest_texts_check(task, manifest, task_printf(task, "attributes[%zu].why", i),
	    json_object_get(attribute, "why"));
}

int
manifest_events_check(struct task *task, const struct manifest *manifest)
{
	size_t n = json_array_size(manifest->events);

	if (manifest->events && (!json_is_array(manifest->events) || n > EVENTS_MAX))
		return fail(task, MISCONFIGURED, "%s: events is no array of up to %d",
		    manifest->path, EVENTS_MAX);
	for (size_t i = 0; i < n; i++) {
		int r = event_check(task, manifest, i);

		if (r < 0)
			return r;
	}
	return 0;
}

static int
event_check(struct task *task, const struct manifest *manifest, size_t i)
{
	json_t *event = json_array_get(manifest->events, i), *value;
	const char *member, *type = json_get_text(event, "type");

	if (!manifest_type_is_good(type))
		return fail(task, MISCONFIGURED,
		    "%s: events[%zu]: type is not like application.changed", manifest->path, i);
	for (size_t before = 0; before < i; before++)
		if (str_equal(
			json_get_text(json_array_get(manifest->events, before), "type"), type))
			return fail(task, MISCONFIGURED, "%s: events[%zu]: %s is there twice",
			    manifest->path, i, type);
	json_object_foreach(event, member, value)
		if (!str_has_word("type label", member))
			return fail(task, MISCONFIGURED,
			    "%s: events[%zu]: %s is no member of an event", manifest->path, i,
			    member);
	return manifest_texts_check(task, manifest, task_printf(task, "events[%zu].label", i),
	    json_object_get(event, "label"));
}

bool
manifest_type_is_good(const char *type)
{
	static const char all[] = "abcdefghijklmnopqrstuvwxyz._0123456789";
	char before = '.';

	if (str_is_empty(type) || strlen(type) > TYPE_MAX)
		return false;
	for (; *type; before = *type++)
		if (!strchr(all, *type) || (before == '.' && (*type < 'a' || *type > 'z')))
			return false;
	return before != '.';
}

bool
manifest_tells(const struct manifest *manifest, const char *type)
{
	const json_t *event;
	size_t i;

	json_array_foreach(manifest->events, i, event)
		if (str_equal(json_get_text(event, "type"), type))
			return true;
	return false;
}

/* Left out: people's tokens alone. */
int
manifest_callers_check(struct task *task, const struct manifest *manifest)
{
	const json_t *callers = json_object_get(manifest->whole, "callers");
	json_t *caller;
	size_t i;

	if (callers && !json_is_array(callers))
		return fail(task, MISCONFIGURED, "%s: callers is no array", manifest->path);
	json_array_foreach(callers, i, caller)
		if (!json_is_string(caller) ||
		    !str_has_word("person client", json_string_value(caller)))
			return fail(task, MISCONFIGURED,
			    "%s: callers[%zu] is neither person nor client", manifest->path, i);
	return 0;
}

/* "gateway": its own address, which it need not know. */
static bool
is_place(const json_t *place)
{
	const char *text = json_string_value(place);

	return text && (str_equal(text, "gateway") || manifest_port(text) > 0);
}

int
manifest_network_check(struct task *task, const struct manifest *manifest)
{
	json_t *place;
	size_t i;

	if (manifest->network && !json_is_array(manifest->network))
		return fail(task, MISCONFIGURED, "%s: network is no array", manifest->path);
	json_array_foreach(manifest->network, i, place)
		if (!is_place(place))
			return fail(task, MISCONFIGURED,
			    "%s: network[%zu] is no host:port, nor \"gateway\"", manifest->path, i);
	return 0;
}

const char *
manifest_untranslated(struct task *task, const struct manifest *manifest)
{
	const char **languages = str_words(task, MANIFEST_LANGUAGES, 8), **missing = languages;
	size_t n = 0, i;

	for (; *languages; languages++) {
		bool is_missing = lacks(manifest->name, *languages) ||
				  lacks(manifest->summary, *languages) ||
				  (manifest->law && lacks(manifest->law, *languages));
		const json_t *attribute, *event;

		json_array_foreach(manifest->attributes, i, attribute)
			is_missing =
			    is_missing || lacks(json_object_get(attribute, "why"), *languages);
		json_array_foreach(manifest->events, i, event)
			is_missing =
			    is_missing || lacks(json_object_get(event, "label"), *languages);
		if (is_missing)
			missing[n++] = *languages;
	}
	missing[n] = NULL;
	return str_join(task, missing, " ");
}

static bool
lacks(const json_t *texts, const char *language)
{
	return str_is_empty(json_get_text(texts, language));
}
