/* SPDX-License-Identifier: Apache-2.0
 *
 * A stretch of a list (see span.h).
 */
#include "records/span.h"

#include <stddef.h>

int64_t
span_rows(const struct span *span, int most)
{
	return span->limit < 1 || span->limit > most ? most : span->limit;
}

/* All hex digits are before 'g'. */
const char *
span_id(const struct span *span)
{
	return span->before == NULL ? "g" : span->before;
}
