/* SPDX-License-Identifier: Apache-2.0
 *
 * What an upstream proved, in our words: never more than its mapping gives.
 */
#include "login/upstream/provider.h"

#include "core/buf.h"
#include "core/task.h"

#define AMR_MAX              8
#define ACR_VALUES_MAX_BYTES 1024

const char *
upstream_acr(const struct upstream *upstream, const json_t *claims)
{
	const char *value = json_get_text(claims, "acr"), *level = NULL;

	if (value != NULL)
		level = json_get_text(upstream->acr, value);
	return level != NULL ? level : upstream->acr_default;
}

const char *
upstream_acr_highest(const struct task *task, const struct upstream *upstream)
{
	const char *highest = upstream->acr_default, *name;
	json_t *level;

	json_object_foreach((json_t *)(uintptr_t)upstream->acr, name, level)
		if (!highest || login_acr_satisfies(task, json_string_value(level), highest))
			highest = json_string_value(level);
	return highest;
}

const char *
upstream_acr_values(struct task *task, const struct upstream *upstream, const char *acr_values)
{
	const char *name;
	struct buf words;
	json_t *level;

	if (str_is_empty(acr_values))
		return NULL;
	buf_open(&words, task, ACR_VALUES_MAX_BYTES);
	json_object_foreach((json_t *)(uintptr_t)upstream->acr, name, level) {
		if (!login_acr_satisfies(task, json_string_value(level), acr_values))
			continue;
		if (words.len > 0)
			buf_char_add(&words, ' ');
		buf_text_add(&words, name);
	}
	return words.len > 0 ? buf_text(&words) : NULL;
}

/* RFC 8176 section 2, but for what only we can say of a key that we saw (pop, hwk, swk). */
static bool
is_known(const char *word)
{
	return str_has_word("face fpt geo iris kba mca mfa otp pin pwd rba retina sc sms tel user"
			    " vbm wia",
	    word);
}

const char *const *
upstream_amr(struct task *task, const json_t *claims)
{
	const char **words = task_new_n(task, const char *, AMR_MAX + 2);
	const json_t *amr = json_object_get(claims, "amr"), *word;
	size_t i, n = 0;

	words[n++] = "fed";
	json_array_foreach((json_t *)(uintptr_t)amr, i, word) {
		const char *text = json_string_value(word);
		bool is_new = text != NULL && is_known(text);

		for (size_t j = 0; j < n && is_new; j++)
			is_new = !str_equal(words[j], text);
		if (is_new && n <= AMR_MAX)
			words[n++] = text;
	}
	return words;
}
