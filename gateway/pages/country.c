/* SPDX-License-Identifier: Apache-2.0
 *
 * A country's name by its code.
 */
#include "pages/country.h"

#include <stdlib.h>
#include <string.h>

static int
code_compare(const void *code, const void *row)
{
	return strcmp(code, ((const struct country_names *)row)->code);
}

const char *
country_name(const struct task *task, const char *code)
{
	const struct country_names *found;

	if (code == NULL)
		return NULL;
	found =
	    bsearch(code, country_names, country_n_names, sizeof(country_names[0]), code_compare);
	return found == NULL ? code : found->names[language_of(task)];
}
