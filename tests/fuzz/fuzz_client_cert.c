/* SPDX-License-Identifier: Apache-2.0
 *
 * Client-Cert and Client-Cert-Chain, a NUL between them: what is read is what the text says, in the
 * one form of base64.
 */
#include "fuzz.h"

#include "core/task.h"
#include "http/client_cert.h"

int
LLVMFuzzerTestOneInput(const uint8_t *at, size_t len)
{
	struct bytes certs[CLIENT_CERT_MAX];
	const char *own, *chain;
	struct pair headers[2];
	struct task task;
	size_t n = 99;
	int r;

	task_open(&task, NULL, NULL, 0);
	own = task_dup_n(&task, (const char *)at, len);
	chain = strlen(own) < len ? own + strlen(own) + 1 : NULL;
	headers[0] = (struct pair){"client-cert", own};
	headers[1] = (struct pair){"Client-Cert-Chain", chain};
	r = client_cert_read(&task, &(struct pairs){headers, chain == NULL ? 1 : 2}, certs, &n);
	if (r < 0) {
		FUZZ_MUST(r == BAD_REQUEST && task.fault.code == r && n == 99);
	} else {
		FUZZ_MUST(n >= 1 && n <= CLIENT_CERT_MAX && (chain != NULL || n == 1));
		FUZZ_MUST(own[0] != ':' || strcmp(client_cert_text(&task, certs[0]), own) == 0);
		for (size_t i = 0; i < n; i++)
			FUZZ_MUST(certs[i].len > 0);
	}
	task_close(&task);
	return 0;
}
