/* SPDX-License-Identifier: Apache-2.0
 *
 * GET /jwks: the public keys that sign our tokens, those to come and those just retired included
 * (RFC 7517 section 5).
 */
#include "oidc/oidc.h"

#include "core/task.h"
#include "jose/keys.h"
#include "oidc/documents.h"

/* A key is staged for longer than this before it signs (jose/keys.h). */
#define FRESH "public, max-age=300"

int
oidc_jwks(struct task *task, const struct request *request, struct reply *reply)
{
	(void)request;
	reply_header(reply, "Cache-Control", FRESH);
	return reply_text(reply, 200, "application/json", task->rooms->documents->jwks);
}

const char *
documents_jwks(struct task *task)
{
	json_auto_t *jwks = keys_jwks(task->rooms->keys);

	return json_text(task, jwks);
}
