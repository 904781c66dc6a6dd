/* SPDX-License-Identifier: Apache-2.0
 *
 * An OCSP answer as a stranger sends it: nobody signed it for an authority of ours, so it says
 * nothing.
 */
#include "fuzz.h"

#include "core/task.h"
#include "x509/leaf.h"
#include "x509/ocsp.h"

/* The authority's certificate is a part of the input: a short length, then it. */
int
LLVMFuzzerTestOneInput(const uint8_t *at, size_t len)
{
	static const uint8_t serial[] = {0x05};
	static const struct ocsp_terms terms = {.age_s = INT32_MAX, .skew_s = INT32_MAX};
	size_t issuer_len = len >= 2 ? (size_t)at[0] << 8 | at[1] : 0;
	struct ocsp_question question = {.about.serial = {serial, sizeof(serial)}};
	enum standing standing = 0;
	struct task task;

	if (len < 2 || issuer_len > len - 2)
		return 0;
	task_open(&task, NULL, NULL, 0);
	question.about.issuer_der = (struct bytes){at + 2, issuer_len};
	if (ocsp_read(&task, &question, &terms,
		(struct bytes){at + 2 + issuer_len, len - 2 - issuer_len}, &standing) == 0)
		FUZZ_MUST(standing >= STANDING_GOOD && standing <= STANDING_UNKNOWN);
	else
		FUZZ_MUST(standing == 0 && task.fault.code == INVALID_REQUEST);
	task_close(&task);
	return 0;
}
