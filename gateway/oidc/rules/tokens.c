/* SPDX-License-Identifier: Apache-2.0
 *
 * Tokens for a grant.  Called by token.c.
 */
#include "oidc/rules/tokens.h"

#include "core/buf.h"
#include "core/task.h"
#include "oidc/rules/access_token.h"
#include "oidc/rules/id_token.h"
#include "oidc/rules/subject.h"
#include "records/audit.h"

#define ANSWER_MAX_BYTES (64u << 10)

static int audit(struct task *task, const struct grant *grant, const struct access_token *token);
static const char *answer_of(struct task *task, const struct grant *grant,
    const struct access_token *access, const char *id_token);

int
tokens_give(struct task *task, const struct client *client, const struct grant *grant,
    const char **ret_answer)
{
	const struct issuing issuing = {
	    .client = client,
	    .grant = grant,
	    .subject = subject_of(task, client, grant->person_id),
	};
	struct access_token access;
	const char *id_token;
	int r;

	r = access_token_make(task, &issuing, &access);
	if (r < 0)
		return r;
	r = id_token_make(task, &issuing, access.jwt, &id_token);
	if (r < 0)
		return r;
	r = grant_token_keep(task, grant, &access.kept);
	if (r < 0)
		return r;
	r = audit(task, grant, &access);
	if (r < 0)
		return r;
	*ret_answer = answer_of(task, grant, &access, id_token);
	return 0;
}

static int
audit(struct task *task, const struct grant *grant, const struct access_token *token)
{
	json_auto_t *detail = json_object();
	const struct audit_event event = {
	    .event = "token",
	    .actor = task_printf(task, "client:%s", grant->client_id),
	    .person_id = grant->person_id,
	    .client_id = grant->client_id,
	    .detail = detail,
	};

	json_set_text(detail, "grant", grant->id);
	json_set_text(detail, "jti", token->kept.jti);
	json_set_text(detail, "resource", grant->resource);
	return audit_write(task, &event);
}

/* Written straight: base64url and dots need no escape. */
static const char *
answer_of(struct task *task, const struct grant *grant, const struct access_token *access,
    const char *id_token)
{
	struct buf buf;

	buf_open(&buf, task, ANSWER_MAX_BYTES);
	buf_text_add(&buf, "{\"access_token\":\"");
	buf_text_add(&buf, access->jwt);
	buf_printf(&buf, "\",\"token_type\":\"Bearer\",\"expires_in\":%lld,\"scope\":",
	    (long long)access->life_s);
	buf_json_add(&buf, grant->scope);
	buf_text_add(&buf, ",\"id_token\":\"");
	buf_text_add(&buf, id_token);
	buf_text_add(&buf, "\"}");
	return buf_text(&buf);
}
