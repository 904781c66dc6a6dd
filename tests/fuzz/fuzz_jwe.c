/* SPDX-License-Identifier: Apache-2.0
 *
 * A compact JWE: what does not open is refused, and what opens was sealed for this key.
 */
#include "fuzz.h"

#include "core/task.h"
#include "jose/jwe.h"

/* A key of the tests alone. */
#define KEY \
	"{\"kty\":\"EC\",\"crv\":\"P-256\",\"x\":\"-GVi_ycv_u-XZyQKsDMcT-mf1hwWT86cVqjWN9q_Mfs\"," \
	"\"y\":\"4M2qInSCB7dLhpqIqQC7CDb8gMoH1yUcczibfVHQHa0\"," \
	"\"d\":\"6uv8HfxmM5Okjeg3SbbwBeul1iRneGIkzswKEChAmqg\",\"use\":\"enc\",\"alg\":\"ECDH-" \
	"ES\"}"

int
LLVMFuzzerTestOneInput(const uint8_t *at, size_t len)
{
	json_auto_t *key = NULL;
	struct bytes plain;
	struct task task;
	const char *text, *kid;

	task_open(&task, NULL, NULL, 0);
	FUZZ_MUST(json_parse(&task, KEY, strlen(KEY), &key) == 0);
	text = task_dup_n(&task, (const char *)at, len);
	if (jwe_kid(&task, text, &kid) < 0)
		FUZZ_MUST(task.fault.code == INVALID_REQUEST);
	fault_clear(&task);
	if (jwe_open(&task, text, key, &plain) < 0)
		FUZZ_MUST(task.fault.code == INVALID_REQUEST);
	else
		FUZZ_MUST(plain.len == 2 && memcmp(plain.at, "{}", 2) == 0);
	task_close(&task);
	return 0;
}
