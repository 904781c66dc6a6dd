/* SPDX-License-Identifier: Apache-2.0
 *
 * The credential issuer's identity, read from the files of settings [issue].
 */
#include "issue/issuer.h"

#include "core/settings.h"
#include "core/task.h"
#include "issue/issue.h"
#include "x509/trust.h"

#include <stdlib.h>

#define MAX_CHAIN 8

int
issue_open(struct task *task, struct issuer **ret_issuer)
{
	const struct settings *settings = task->rooms->settings;
	struct bytes certs[MAX_CHAIN];
	struct signer *signer;
	struct issuer *issuer;
	size_t n;
	int r;

	if (!settings->issue_certificate_file) {
		*ret_issuer = NULL;
		return 0;
	}
	if (!settings->issue_key_file)
		return fail(task, MISCONFIGURED, "[issue] certificate_file also needs key_file");
	r = chain_load(task, settings->issue_certificate_file, certs, MAX_CHAIN, &n);
	if (r < 0)
		return r;
	r = signer_load(task, settings->issue_key_file, &signer);
	if (r < 0)
		return r;
	issuer = calloc(1, sizeof(*issuer));
	issuer->signer = signer;
	issuer->x5c = json_array();
	for (size_t i = 0; i < n; i++)
		json_array_append_new(issuer->x5c, json_string(b64_encode(task, certs[i])));
	*ret_issuer = issuer;
	return 0;
}

void
issue_close(struct issuer *issuer)
{
	if (!issuer)
		return;
	signer_free(issuer->signer);
	json_decref(issuer->x5c);
	free(issuer->list_jwt);
	free(issuer);
}

int
issuer_of(struct task *task, struct issuer **ret_issuer)
{
	if (!task->rooms->issuer)
		return fail(task, NOT_FOUND, "this gateway issues no credentials");
	*ret_issuer = task->rooms->issuer;
	return 0;
}
