/* SPDX-License-Identifier: Apache-2.0
 *
 * What documents of policy are made of (see policy_text.h).
 */
#include "records/policy_text.h"

#include "core/names.h"
#include "core/task.h"
#include "records/client_metadata.h"

#include <string.h>

/* Of the pages. */
static const char *const languages[] = {"km", "lo", "en", "fr", "ar", NULL};

const char *
policy_stranger(struct task *task, const json_t *object, const char *const *names)
{
	const char *name, *meant;
	json_t *value;

	json_object_foreach((json_t *)(uintptr_t)object, name, value) {
		if (names_have(names, name))
			continue;
		meant = names_nearest(names, name);
		if (meant == NULL)
			return task_printf(task, "%.40s is not known", name);
		return task_printf(task, "%.40s is not known: did you mean %s?", name, meant);
	}
	return NULL;
}

bool
policy_is_name(const char *text, const char *letters)
{
	return text != NULL && *text != '\0' && strlen(text) <= POLICY_NAME_MAX &&
	       strspn(text, letters) == strlen(text);
}

const char *
policy_texts_wrong(struct task *task, const json_t *texts)
{
	for (const char *const *language = languages; *language != NULL; language++)
		if (json_is_object(texts) && json_object_get(texts, *language) == NULL)
			return task_printf(
			    task, "has no %s: it is needed in km, lo, en, fr and ar", *language);
	return policy_some_texts_wrong(task, texts);
}

const char *
policy_some_texts_wrong(struct task *task, const json_t *texts)
{
	const char *language;
	json_t *text;

	if (json_object_size(texts) == 0)
		return "is not {language: text}";
	json_object_foreach((json_t *)(uintptr_t)texts, language, text) {
		if (!names_have(languages, language))
			return task_printf(
			    task, "has %.35s, which is none of km, lo, en, fr, ar", language);
		if (!client_text_is_plain(text, POLICY_TEXT_MAX_BYTES))
			return task_printf(task, "has in %s no plain text of 1 to %d bytes",
			    language, POLICY_TEXT_MAX_BYTES);
	}
	return NULL;
}

bool
policy_is_repeated(const json_t *array, size_t i, const char *member)
{
	const char *text = json_get_text(json_array_get(array, i), member);

	for (size_t k = 0; k < i; k++)
		if (str_equal(json_get_text(json_array_get(array, k), member), text))
			return true;
	return false;
}
