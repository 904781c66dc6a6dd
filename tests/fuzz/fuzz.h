/* SPDX-License-Identifier: Apache-2.0
 *
 * What every fuzz target holds.
 */
#ifndef FUZZ_FUZZ_H
#define FUZZ_FUZZ_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* One input.  It is read only, and there is nothing after its last byte: not even a NUL. */
int LLVMFuzzerTestOneInput(const uint8_t *at, size_t len);

/* Stays in every build, unlike assert(). */
#define FUZZ_MUST(condition) \
	do { \
		if (!(condition)) { \
			fprintf(stderr, "%s:%d: must hold: %s\n", __FILE__, __LINE__, #condition); \
			abort(); \
		} \
	} while (0)

#endif
