/* SPDX-License-Identifier: Apache-2.0
 *
 * base64url(pad ‖ secret xor pad): other bytes each time, the same secret.
 */
#include "pages/mask.h"

#include "core/random.h"
#include "core/task.h"

#include <string.h>

const char *
mask_text(struct task *task, const char *secret)
{
	size_t len = strlen(secret);
	uint8_t *masked = task_alloc(task, 2 * len + 1);

	random_bytes(masked, len);
	for (size_t i = 0; i < len; i++)
		masked[len + i] = masked[i] ^ (uint8_t)secret[i];
	return b64u_encode(task, (struct bytes){masked, 2 * len});
}

const char *
mask_open(struct task *task, const char *masked)
{
	struct bytes bytes;
	size_t len;
	char *secret;

	if (str_is_empty(masked) || !b64u_decode(task, masked, strlen(masked), &bytes) ||
	    bytes.len == 0 || bytes.len % 2 != 0)
		return NULL;
	len = bytes.len / 2;
	secret = task_alloc(task, len + 1);
	for (size_t i = 0; i < len; i++)
		secret[i] = (char)(bytes.at[i] ^ bytes.at[len + i]);
	secret[len] = '\0';
	return strlen(secret) == len ? secret : NULL;
}
