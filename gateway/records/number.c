/* SPDX-License-Identifier: Apache-2.0
 *
 * Numbers, however they are written (see number.h).
 */
#include "records/number.h"

#include "core/str.h"

#include <ctype.h>
#include <string.h>

size_t
number_plain(const char *attribute, const char *text, char plain[NUMBER_MAX_BYTES])
{
	bool is_email = str_equal(attribute, "email");
	size_t n = 0;

	if (text == NULL || strlen(text) > NUMBER_MAX_BYTES)
		return 0;
	for (; *text != '\0'; text++) {
		unsigned char c = (unsigned char)*text;

		if (is_email)
			plain[n++] = (char)tolower(c);
		else if (strchr(" -./", c) == NULL)
			plain[n++] = (char)toupper(c);
	}
	return n;
}
