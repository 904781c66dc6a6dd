/* SPDX-License-Identifier: Apache-2.0
 *
 * What one news may say (see news_word.h).
 */
#include "manifest/news_word.h"

#include "core/str.h"

#include <string.h>

static bool
is_good(const char *text, size_t max)
{
	return *text != '\0' && strlen(text) <= max && str_is_printable_ascii(text);
}

const char *
news_word_wrong(const struct news_word *word)
{
	if (word->subject == NULL || !is_good(word->subject, 255))
		return "the subject is missing, or no name of anybody";
	if (word->reference != NULL && !is_good(word->reference, 64))
		return "reference is empty, longer than 64, or not printable ASCII";
	if (word->clients != NULL && !is_good(word->clients, 1000))
		return "clients is empty, longer than 1000, or not client_ids with spaces between";
	return NULL;
}
