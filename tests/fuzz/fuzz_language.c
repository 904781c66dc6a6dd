/* SPDX-License-Identifier: Apache-2.0
 *
 * Accept-Language and ui_locales: one of ours or none, and a tag alone is taken for what it is.
 */
#include "fuzz.h"

#include "pages/language.h"

int
LLVMFuzzerTestOneInput(const uint8_t *at, size_t len)
{
	char *text = malloc(len + 1);
	int found;

	FUZZ_MUST(text);
	memcpy(text, at, len);
	text[len] = '\0';
	found = language_accept(text, ',');
	FUZZ_MUST(found >= -1 && found < LANGUAGE_END_);
	FUZZ_MUST(language_accept(text, ' ') < LANGUAGE_END_);
	found = language_find(text, strlen(text));
	if (!strpbrk(text, ",; \t"))
		FUZZ_MUST(language_accept(text, ',') == found);
	free(text);
	return 0;
}
