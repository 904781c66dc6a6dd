/* SPDX-License-Identifier: Apache-2.0
 *
 * Countries as people call them.
 */
#ifndef PAGES_COUNTRY_H
#define PAGES_COUNTRY_H

#include "pages/language.h"

struct country_names {
	char code[3]; /* ISO 3166-1 alpha-2; the table is in its order */
	const char *names[LANGUAGE_END_];
};
extern const struct country_names country_names[];
extern const size_t country_n_names;

/* In the task's language; a code that is no country's as it is.  NULL: NULL. */
const char *country_name(const struct task *task, const char *code);

#endif
