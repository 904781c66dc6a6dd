/* SPDX-License-Identifier: Apache-2.0
 *
 * Access tokens of grants (see grant.h).
 *
 * "t:HASH" (of the whole token) is an access token: the grant's id '|' the consent's id '|' words:
 * the id of the session it ends with, those of the tokens it was exchanged for '|' token and grant
 * but for those two ids.
 */
#include "records/grant_inside.h"

#include "core/clock.h"
#include "core/task.h"
#include "records/audit.h"
#include "records/revocation.h"
#include "store/redis.h"
#include "store/sql.h"

#include <string.h>

#define SECONDS     1000
#define BORN_OF_MAX 16

static const char *token_key(struct task *task, const char *token_hash);
static int token_text(struct task *task, const struct grant *grant, const struct grant_token *token,
    const char **ret_text);
static const char *or_empty(const char *text);
static int token_read(struct task *task, const char *value, struct grant_stored **ret_stored);
static const char *part_take(struct task *task, const char *value, const char **ret_part);
static int is_dead(struct task *task, const struct grant_stored *stored, bool *ret_is_dead);
static sql_step token_revoke_step;

int
grant_token_keep(struct task *task, const struct grant *grant, const struct grant_token *token)
{
	int64_t ttl_s = token->exp_s - clock_now_s();
	const char *text;
	int r = token_text(task, grant, token, &text);

	if (r < 0)
		return r;
	return redis_put(
	    task, token_key(task, token->token_hash), text, ttl_s > 0 ? ttl_s * SECONDS : 1);
}

static const char *
token_key(struct task *task, const char *token_hash)
{
	return task_printf(task, "t:%s", token_hash);
}

/* Of the grant, what belongs to the code alone is left out, and what stands before the members. */
static int
token_text(struct task *task, const struct grant *grant, const struct grant_token *token,
    const char **ret_text)
{
	struct grant_stored stored = {.grant = *grant, .token = *token};
	const char *text = NULL, *more;
	int r;

	stored.grant.redirect_uri = stored.grant.code_challenge = stored.grant.nonce = NULL;
	stored.grant.id_token_claims = NULL;
	stored.grant.issued_s = 0;
	stored.grant.id = stored.grant.consent_id = NULL;
	r = fields_text(task, grant_fields, &stored, &text);
	if (r < 0)
		return r;
	more = str_join(task,
	    (const char *const[]){or_empty(grant_session(grant)), or_empty(grant->device),
		or_empty(grant->born_of), NULL},
	    " ");
	*ret_text = str_join(task,
	    (const char *const[]){grant->id, or_empty(grant->consent_id), more, text, NULL}, "|");
	return 0;
}

static const char *
or_empty(const char *text)
{
	return text == NULL ? "" : text;
}

int
grant_token_find(struct task *task, const char *token_hash, struct grant **ret_grant,
    struct grant_token *ret_token)
{
	static struct redis_script script = {
	    .source = "local v = redis.call('GET', KEYS[1])\n"
		      "if not v then return false end\n"
		      "local g, c, more = string.match(v, '^([^|]*)|([^|]*)|([^|]*)|')\n"
		      "local rv = KEYS[2]\n"
		      "if redis.call('EXISTS', rv .. g, rv .. c) > 0 then return false end\n"
		      "for word in string.gmatch(more, '%S+') do\n"
		      "  if redis.call('EXISTS', rv .. word) > 0 then return false end\n"
		      "end\n"
		      "return v",
	};
	const struct redis_call call = {
	    .keys = (const char *const[]){token_key(task, token_hash), REVOCATION_MARK ":", NULL},
	    .args = (const char *const[]){NULL},
	};
	struct redis_answer answer;
	struct grant_stored *stored = NULL;
	int r;

	r = redis_run(task, &script, &call, &answer);
	if (r < 0)
		return r;
	if (answer.text != NULL) {
		r = token_read(task, answer.text, &stored);
		if (r < 0)
			return r;
	}
	*ret_grant = stored == NULL ? NULL : &stored->grant;
	if (stored != NULL) {
		*ret_token = stored->token;
		ret_token->token_hash = token_hash;
	}
	return 0;
}

/* *ret_stored stays as it is where the token has expired or is revoked. */
static int
token_read(struct task *task, const char *value, struct grant_stored **ret_stored)
{
	struct grant_stored *stored = task_new(task, struct grant_stored);
	bool is_revoked;
	int r;

	value = part_take(task, value, &stored->grant.id);
	value = part_take(task, value, &stored->grant.consent_id);
	r = fields_read(task, grant_fields, strchr(value, '|') + 1, stored);
	if (r < 0)
		return r;
	r = is_dead(task, stored, &is_revoked);
	if (r < 0)
		return r;
	if (!is_revoked && clock_now_s() < stored->token.exp_s)
		*ret_stored = stored;
	return 0;
}

/* NULL: it is empty.  Returns what stands behind it. */
static const char *
part_take(struct task *task, const char *value, const char **ret_part)
{
	size_t len = strcspn(value, "|");

	*ret_part = len == 0 ? NULL : task_dup_n(task, value, len);
	return value + len + 1;
}

/* By itself, with its consent, its session, its device, or a token that it was exchanged for. */
static int
is_dead(struct task *task, const struct grant_stored *stored, bool *ret_is_dead)
{
	const struct grant *grant = &stored->grant;
	const char *const own[] = {
	    grant->id, grant->consent_id, grant_session(grant), grant->device, stored->token.jti};
	const char *const *born_of =
	    (const char *const *)str_words(task, or_empty(grant->born_of), BORN_OF_MAX);
	bool is_dead = false;
	int r = 0;

	for (size_t i = 0; r == 0 && !is_dead && i < sizeof(own) / sizeof(own[0]); i++)
		r = revocation_has(task, own[i], &is_dead);
	for (; r == 0 && !is_dead && *born_of != NULL; born_of++)
		r = revocation_has(task, *born_of, &is_dead);
	if (r < 0)
		return r;
	*ret_is_dead = is_dead;
	return 0;
}

struct token_revoking {
	const struct grant *grant;
	const struct grant_token *token;
	const char *why;
};

int
grant_token_revoke(
    struct task *task, const struct grant *grant, const struct grant_token *token, const char *why)
{
	struct token_revoking revoking = {grant, token, why};
	struct fault before = task->fault;
	int r;

	r = sql_write(task, token_revoke_step, &revoking);
	if (r < 0)
		return r;
	revocation_tell(task, token->jti);
	/* Gone at once for every process; with Redis away, by SQL within a second. */
	if (redis_drop(task, token_key(task, token->token_hash)) < 0)
		task->fault = before;
	return 0;
}

static int
token_revoke_step(struct sql_tx *tx, void *arg)
{
	const struct token_revoking *revoking = arg;
	const struct grant *grant = revoking->grant;
	json_auto_t *detail = json_object();
	bool is_new;
	int r;

	r = revocation_add(tx, revoking->token->jti, revoking->why, &is_new);
	if (r < 0 || !is_new)
		return r;
	json_set_text(detail, "grant", grant->id);
	json_set_text(detail, "jti", revoking->token->jti);
	json_set_text(detail, "why", revoking->why);
	return audit_add(tx, &(struct audit_event){
				 .event = "token.revoked",
				 .actor = "gateway",
				 .person_id = grant->person_id,
				 .client_id = grant->client_id,
				 .detail = detail,
			     });
}
