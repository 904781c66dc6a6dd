/* SPDX-License-Identifier: Apache-2.0
 *
 * The texts of the pages, compiled from po/ and sorted by msgid (catalogue.c is made by
 * page-compiler).
 */
#ifndef PAGES_CATALOGUE_H
#define PAGES_CATALOGUE_H

#include "pages/language.h"

struct catalogue_entry {
	const char *id; /* msgid, with %{name} as in the .po */
	int n_values;
	/* Forms by plural rule; a byte 1 to 6 stands for a value.  NULL: not translated. */
	const char *const *forms[LANGUAGE_END_];
};
extern const struct catalogue_entry catalogue[];
extern const size_t catalogue_n;

/* NULL: no such text. */
const struct catalogue_entry *catalogue_find(const char *id);

#endif
