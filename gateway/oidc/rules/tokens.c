/* SPDX-License-Identifier: Apache-2.0
 *
 * Tokens for a grant.  Called by token.c.
 */
#include "oidc/rules/tokens.h"

#include "core/task.h"
#include "oidc/rules/access_token.h"
#include "oidc/rules/id_token.h"
#include "records/audit.h"

static int audit(struct task *task, const struct grant *grant, const struct access_token *token);

int
tokens_give(struct task *task, const struct client *client, const struct grant *grant,
    const json_t **ret_answer)
{
	struct access_token access;
	const char *id_token;
	json_t *answer;
	int r;

	r = access_token_make(task, client, grant, &access);
	if (r < 0)
		return r;
	r = id_token_make(task, client, grant, access.jwt, &id_token);
	if (r < 0)
		return r;
	r = audit(task, grant, &access);
	if (r < 0)
		return r;
	answer = json_keep(task, json_object());
	json_set_text(answer, "access_token", access.jwt);
	json_set_text(answer, "token_type", "Bearer");
	json_object_set_new(answer, "expires_in", json_integer(access.life_s));
	json_set_text(answer, "scope", grant->scope);
	json_set_text(answer, "id_token", id_token);
	*ret_answer = answer;
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
	json_set_text(detail, "jti", token->jti);
	json_set_text(detail, "resource", grant->resource);
	return audit_write(task, &event);
}
