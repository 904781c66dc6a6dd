/* SPDX-License-Identifier: Apache-2.0
 *
 * What documents of policy are made of (see policy_text.h).
 */
#include "records/policy_text.h"

#include "core/str.h"
#include "records/client_metadata.h"

#include <string.h>

const char *
policy_stranger(const json_t *object, const char *const *names)
{
	const char *name;
	json_t *value;

	json_object_foreach((json_t *)(uintptr_t)object, name, value) {
		size_t i = 0;

		while (names[i] != NULL && strcmp(names[i], name) != 0)
			i++;
		if (names[i] == NULL)
			return name;
	}
	return NULL;
}

bool
policy_is_name(const char *text, const char *letters)
{
	return text != NULL && *text != '\0' && strlen(text) <= POLICY_NAME_MAX &&
	       strspn(text, letters) == strlen(text);
}

bool
policy_texts_are_complete(const json_t *texts)
{
	static const char *const languages[] = {"km", "lo", "en", "fr", "ar"};

	for (size_t i = 0; i < sizeof(languages) / sizeof(languages[0]); i++)
		if (json_object_get(texts, languages[i]) == NULL)
			return false;
	return client_texts_are_plain(texts, POLICY_TEXT_MAX_BYTES);
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
