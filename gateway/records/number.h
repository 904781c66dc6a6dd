/* SPDX-License-Identifier: Apache-2.0
 *
 * Numbers and addresses that people are known by, however they are written.  Called where they are
 * compared (sources/claim.c) and where tries are counted (probe.c).
 */
#ifndef RECORDS_NUMBER_H
#define RECORDS_NUMBER_H

#include <stddef.h>

#define NUMBER_MAX_BYTES 256

/* As it is compared: a number without spaces, dots, dashes and slashes and in capitals, an email in
 * small letters.  The length; 0: nothing that could be compared.  text NULL is legal. */
size_t number_plain(const char *attribute, const char *text, char plain[NUMBER_MAX_BYTES]);

#endif
