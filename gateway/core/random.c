/* SPDX-License-Identifier: Apache-2.0
 *
 * Random bytes from the kernel.
 */
#include "core/random.h"

#include "core/str.h"
#include "core/task.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

void
random_bytes(void *ret_bytes, size_t len)
{
	uint8_t *at = ret_bytes;

	while (len > 0) {
		ssize_t n = getrandom(at, len, 0);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			abort();
		at += n;
		len -= (size_t)n;
	}
}

char *
random_id(struct task *task, size_t bytes)
{
	uint8_t raw[64];
	char *id;

	assert(bytes <= sizeof(raw));
	random_bytes(raw, bytes);
	id = b64u_encode(task, (struct bytes){raw, bytes});
	explicit_bzero(raw, sizeof(raw));
	return id;
}

uint32_t
random_below(uint32_t limit)
{
	uint32_t number, uneven;

	assert(limit > 0);
	/* the numbers from 0 to uneven - 1 would come up once too often */
	uneven = (0u - limit) % limit;
	do {
		random_bytes(&number, sizeof(number));
	} while (number < uneven);
	return number % limit;
}
