/* SPDX-License-Identifier: Apache-2.0
 *
 * A stretch of a list that has its newest row first: what every page of such a list is asked by.
 */
#ifndef RECORDS_SPAN_H
#define RECORDS_SPAN_H

#include <stdint.h>

/* The rows older than the one named before (NULL: from the newest) and skip others, at most limit
 * (0: as many as the list gives at once). */
struct span {
	const char *before;
	int limit, skip;
};

/* How many rows to read of a list that gives at most that many at once. */
int64_t span_rows(const struct span *span, int most);

/* Where ids are of hex digits and begin with the time: what those of the stretch are all smaller
 * than. */
const char *span_id(const struct span *span);

#endif
