/* SPDX-License-Identifier: Apache-2.0
 *
 * Members of an upstream's file (see reading.h).
 */
#include "login/upstream/reading.h"

#include "core/file.h"
#include "core/task.h"

int
reading_members(struct reading *reading, const json_t *json, const char *members)
{
	json_t *value;
	const char *name;

	json_object_foreach((json_t *)(uintptr_t)json, name, value)
		if (!str_has_word(members, name))
			return fail(reading->task, MISCONFIGURED, "%s: %s is no member here",
			    reading->path, name);
	return 0;
}

int
reading_text(struct reading *reading, const char *member, const char **ret_text)
{
	const char *text = json_get_text(reading->upstream->json, member);

	if (str_is_empty(text))
		return fail(
		    reading->task, MISCONFIGURED, "%s: %s is missing", reading->path, member);
	*ret_text = text;
	return 0;
}

int
reading_texts(struct reading *reading, const char *member, const json_t **ret_texts)
{
	const json_t *texts = json_object_get(reading->upstream->json, member);
	const char *language;
	json_t *text;

	if (json_object_size(texts) == 0)
		return fail(reading->task, MISCONFIGURED, "%s: %s is not {language: text}",
		    reading->path, member);
	json_object_foreach((json_t *)(uintptr_t)texts, language, text)
		if (str_is_empty(json_string_value(text)))
			return fail(reading->task, MISCONFIGURED, "%s: %s in %s is no text",
			    reading->path, member, language);
	*ret_texts = texts;
	return 0;
}

/* Relative to the folder of the file it stands in. */
int
reading_path(struct reading *reading, const char *member, const char **ret_path)
{
	const char *path;
	int r = reading_text(reading, member, &path);

	if (r < 0)
		return r;
	*ret_path = file_beside(reading->task, reading->path, path);
	return 0;
}
