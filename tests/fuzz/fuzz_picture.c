/* SPDX-License-Identifier: Apache-2.0
 *
 * The first bytes of a picture: read within their bounds, and nothing that is text is one.
 */
#include "fuzz.h"

#include "access/picture.h"
#include "core/task.h"

int
LLVMFuzzerTestOneInput(const uint8_t *at, size_t len)
{
	uint8_t *exact = malloc(len > 0 ? len : 1);
	const char *type;

	FUZZ_MUST(exact != NULL);
	if (len > 0)
		memcpy(exact, at, len);
	type = picture_type((struct bytes){exact, len});
	FUZZ_MUST(type == NULL || (len >= 9 && len <= PICTURE_MAX_BYTES && exact[0] != '<'));
	free(exact);
	return 0;
}
