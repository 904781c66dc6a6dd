/* SPDX-License-Identifier: Apache-2.0
 *
 * base64url and base64: bytes have one text, and a text that is accepted is that one.
 */
#include "fuzz.h"

#include "core/str.h"
#include "core/task.h"

int
LLVMFuzzerTestOneInput(const uint8_t *at, size_t len)
{
	const char *text = (const char *)at;
	struct bytes bytes, input = {at, len};
	struct task task;
	char *out;

	if (len > 65536)
		return 0;
	task_open(&task, NULL, NULL, 0);
	if (b64u_decode(&task, text, len, &bytes)) {
		out = b64u_encode(&task, bytes);
		FUZZ_MUST(strlen(out) == len && memcmp(out, text, len) == 0);
	}
	if (b64_decode(&task, text, len, &bytes)) {
		out = b64_encode(&task, bytes);
		FUZZ_MUST(strlen(out) == len && memcmp(out, text, len) == 0);
	}
	out = b64u_encode(&task, input);
	FUZZ_MUST(b64u_decode(&task, out, strlen(out), &bytes));
	FUZZ_MUST(bytes_equal_secretly(bytes, input));
	out = b64_encode(&task, input);
	FUZZ_MUST(b64_decode(&task, out, strlen(out), &bytes));
	FUZZ_MUST(bytes_equal_secretly(bytes, input));
	task_close(&task);
	return 0;
}
