/* SPDX-License-Identifier: Apache-2.0
 *
 * For what reads signed tokens: input that gets past the signature.
 */
#ifndef FUZZ_SIGNED_H
#define FUZZ_SIGNED_H

#include "core/task.h"
#include "fuzz.h"
#include "jose/sign.h"

#include <string.h>

/* Header, NUL, claims: a token of them, signed.  Without a NUL the input is the token. */
static const char *
fuzz_signed(struct task *task, struct signer *signer, const uint8_t *at, size_t len)
{
	const uint8_t *nul = memchr(at, 0, len);
	struct bytes header = {at, nul == NULL ? 0 : (size_t)(nul - at)}, claims, signature;
	const char *input;

	if (nul == NULL)
		return task_dup_n(task, (const char *)at, len);
	claims = (struct bytes){nul + 1, len - header.len - 1};
	input = task_printf(task, "%s.%s", b64u_encode(task, header), b64u_encode(task, claims));
	FUZZ_MUST(signer_sign(task, signer, BYTES_OF(input), &signature) == 0);
	return task_printf(task, "%s.%s", input, b64u_encode(task, signature));
}

#endif
