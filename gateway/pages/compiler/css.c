/* SPDX-License-Identifier: Apache-2.0
 *
 * Takes comments and needless white space out of a style sheet of ours: no strings with blanks
 * before punctuation stand in it (tests look at the result in a browser).
 */
#include "template.h"

#include <ctype.h>
#include <string.h>

static bool
is_tight(char c)
{
	return c != '\0' && strchr("{};,>", c) != NULL;
}

char *
css_shrink(char *css)
{
	char *to = css;

	for (const char *c = css; *c;) {
		if (strncmp(c, "/*", 2) == 0) {
			const char *end = strstr(c + 2, "*/");

			c = end ? end + 2 : c + strlen(c);
		} else if (isspace((unsigned char)*c)) {
			c += strspn(c, " \t\r\n");
			if (to > css && !is_tight(to[-1]) && to[-1] != ' ' && !is_tight(*c))
				*to++ = ' ';
		} else {
			if (*c == '}' && to > css && to[-1] == ';')
				to--;
			*to++ = *c++;
			/* After a colon of a declaration a blank says nothing. */
			if (to[-1] == ':' && *c == ' ')
				c++;
		}
	}
	*to = '\0';
	return css;
}
