/* SPDX-License-Identifier: Apache-2.0
 *
 * How `dvara` is to be called.  For admin.c.
 */
#ifndef ADMIN_USAGE_H
#define ADMIN_USAGE_H

#include "admin/admin.h"

/* The words that were said. */
struct usage {
	const char *noun, *verb; /* or NULL */
	const char *wrong;       /* what is wrong with wrong_option, or NULL */
	const char *wrong_option;
	bool wants_help;
};

/* The lines of the command, or of its noun, or all; before them, unless help was wanted, what is
 * wrong with the words. */
void usage_print(const struct usage *usage, FILE *out);

#endif
