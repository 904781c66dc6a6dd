/* SPDX-License-Identifier: Apache-2.0
 *
 * Grants (see grant.h).
 *
 * "c:HASH" is a code: 'u' (unused) or 's' (spent), the grant's id, '|', the grant.  Spent, only the
 * id stays, for as long as a token of it may live.
 * "t:HASH" (of the whole token) is an access token: the grant's id '|' the consent's id '|' words:
 * the id of the session it ends with, those of the tokens it was exchanged for '|' token and grant
 * but for those two ids.
 */
#include "records/grant.h"

#include "core/clock.h"
#include "core/random.h"
#include "core/settings.h"
#include "core/task.h"
#include "records/audit.h"
#include "records/fields.h"
#include "records/handle.h"
#include "records/refresh.h"
#include "records/revocation.h"
#include "records/session.h"
#include "store/redis.h"
#include "store/sql.h"

#include <string.h>

#define ID_BYTES        16
#define SECONDS         1000
#define BORN_OF_MAX     16
#define CODE_MAX_LENGTH 128 /* ours have 43; what is longer is not worth a hash */

/* What Redis keeps; names are short since there are many of them. */
struct stored {
	struct grant grant;
	struct grant_token token;
	const char *epoch;
};
#define GRANT(name, type, member) \
	{ \
		name, type, offsetof(struct stored, grant.member) \
	}
static const struct field fields[] = {
    GRANT("g", FIELD_TEXT, id),
    GRANT("c", FIELD_TEXT, client_id),
    GRANT("p", FIELD_TEXT, person_id),
    GRANT("s", FIELD_TEXT, session_id),
    GRANT("ev", FIELD_TEXT, everywhere_id),
    GRANT("dv", FIELD_TEXT, device),
    GRANT("n", FIELD_TEXT, consent_id),
    GRANT("u", FIELD_TEXT, purpose_id),
    GRANT("r", FIELD_TEXT, redirect_uri),
    GRANT("cc", FIELD_TEXT, code_challenge),
    GRANT("o", FIELD_TEXT, nonce),
    GRANT("sc", FIELD_TEXT, scope),
    GRANT("re", FIELD_TEXT, resource),
    GRANT("ra", FIELD_TEXT, resources),
    GRANT("k", FIELD_TEXT, jkt),
    GRANT("xt", FIELD_TEXT, x5t),
    GRANT("a", FIELD_TEXT, acr),
    GRANT("m", FIELD_NAMES, amr),
    GRANT("ac", FIELD_JSON, act),
    GRANT("bo", FIELD_TEXT, born_of),
    GRANT("t", FIELD_NUMBER, auth_time_s),
    GRANT("ic", FIELD_NAMES, id_token_claims),
    GRANT("uc", FIELD_NAMES, userinfo_claims),
    GRANT("cv", FIELD_JSON, claim_values),
    GRANT("ad", FIELD_JSON, authorization_details),
    GRANT("i", FIELD_NUMBER, issued_s),
    {"j", FIELD_TEXT, offsetof(struct stored, token.jti)},
    {"w", FIELD_NUMBER, offsetof(struct stored, token.iat_s)},
    {"x", FIELD_NUMBER, offsetof(struct stored, token.exp_s)},
    {"e", FIELD_TEXT, offsetof(struct stored, epoch)},
    {0},
};

static const char *or_empty(const char *text);
static const char *session_of(const struct grant *grant);
static int code_text(struct task *task, const struct grant *grant, const char **ret_text);
static int code_claim(struct task *task, const char *code, const char **ret_value);
static int code_read(struct task *task, const char *value, struct grant *ret_grant);
static int code_spent(struct task *task, const char *grant_id);
static const char *token_key(struct task *task, const char *token_hash);
static int token_text(struct task *task, const struct grant *grant, const struct grant_token *token,
    const char **ret_text);
static int token_read(struct task *task, const char *value, struct stored **ret_stored);
static const char *part_take(struct task *task, const char *value, const char **ret_part);
static int is_dead(struct task *task, const struct stored *stored, bool *ret_is_dead);
static sql_step revoke_step, token_revoke_step;

int
grant_code_issue(struct task *task, struct grant *grant, const char **ret_code)
{
	const char *code = random_id(task, RANDOM_ID), *text;
	int r;

	if (grant->id == NULL)
		grant->id = random_id(task, ID_BYTES);
	grant->issued_s = clock_now_s();
	r = code_text(task, grant, &text);
	if (r < 0)
		return r;
	r = redis_put(
	    task, handle_key(task, "c", code), text, task->rooms->settings->tokens_code * SECONDS);
	if (r < 0)
		return r;
	*ret_code = code;
	return 0;
}

/* A code that nobody has used yet. */
static int
code_text(struct task *task, const struct grant *grant, const char **ret_text)
{
	struct stored stored = {.grant = *grant};
	const char *text = NULL;
	int r;

	r = handle_epoch(task, &stored.epoch);
	if (r == 0)
		r = fields_text(task, fields, &stored, &text);
	if (r < 0)
		return r;
	*ret_text = str_join(
	    task, (const char *const[]){task_printf(task, "u%s", grant->id), text, NULL}, "|");
	return 0;
}

int
grant_code_redeem(struct task *task, const char *code, struct grant *ret_grant)
{
	const char *value;
	int r;

	if (str_is_empty(code) || strlen(code) > CODE_MAX_LENGTH)
		return fail(task, INVALID_GRANT, "the code is none of ours");
	r = code_claim(task, code, &value);
	if (r < 0)
		return r;
	if (value == NULL)
		return fail(task, INVALID_GRANT, "the code is unknown or has expired");
	if (value[0] == 's')
		return code_spent(task, value + 1);
	return code_read(task, value, ret_grant);
}

static int
code_claim(struct task *task, const char *code, const char **ret_value)
{
	static struct redis_script script = {
	    .source = "local v = redis.call('GET', KEYS[1])\n"
		      "if v and string.sub(v, 1, 1) == 'u' then\n"
		      "  redis.call('SET', KEYS[1],\n"
		      "    's' .. string.match(v, '^u([^|]*)'), 'PX', ARGV[1])\n"
		      "end\n"
		      "return v",
	};
	const struct settings *settings = task->rooms->settings;
	const int64_t spent_s = settings->tokens_code + settings->tokens_access;
	const struct redis_call call = {
	    .keys = (const char *const[]){handle_key(task, "c", code), NULL},
	    .args = (const char *const[]){task_printf(task, "%lld", (long long)(spent_s * SECONDS)),
		NULL},
	};
	struct redis_answer answer;
	int r;

	r = redis_run(task, &script, &call, &answer);
	if (r < 0)
		return r;
	*ret_value = answer.text;
	return 0;
}

static int
code_read(struct task *task, const char *value, struct grant *ret_grant)
{
	struct stored stored = {0};
	bool is_ended, is_now = false;
	int r;

	r = fields_read(task, fields, strchr(value, '|') + 1, &stored);
	if (r == 0)
		r = handle_is_now(task, stored.epoch, &is_now);
	if (r < 0)
		return r;
	if (!is_now)
		return fail(task, INVALID_GRANT, "the code is from before the epoch");
	if (clock_now_s() - stored.grant.issued_s > task->rooms->settings->tokens_code)
		return fail(task, INVALID_GRANT, "the code has expired");
	r = session_is_ended(task, session_of(&stored.grant), &is_ended);
	if (r == 0 && !is_ended)
		r = session_is_ended(task, stored.grant.device, &is_ended);
	if (r < 0)
		return r;
	if (is_ended)
		return fail(task, INVALID_GRANT, "the person signed out meanwhile");
	*ret_grant = stored.grant;
	return 0;
}

/* RFC 6749 section 4.1.2: a code used twice takes its tokens with it. */
static int
code_spent(struct task *task, const char *grant_id)
{
	int r;

	r = grant_revoke(task, grant_id, "code used twice");
	if (r < 0)
		return r;
	return fail(task, INVALID_GRANT, "the code was used before; its grant is revoked");
}

int
grant_code_return(struct task *task, const char *code, const struct grant *grant)
{
	static struct redis_script script = {
	    .source = "if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end\n"
		      "redis.call('SET', KEYS[1], ARGV[2], 'PX', ARGV[3])\n"
		      "return 1",
	};
	int64_t left_s = grant->issued_s + task->rooms->settings->tokens_code - clock_now_s();
	struct redis_answer answer;
	const char *text;
	int r;

	if (left_s <= 0)
		return 0;
	r = code_text(task, grant, &text);
	if (r < 0)
		return r;
	const struct redis_call call = {
	    .keys = (const char *const[]){handle_key(task, "c", code), NULL},
	    .args = (const char *const[]){task_printf(task, "s%s", grant->id), text,
		task_printf(task, "%lld", (long long)left_s * SECONDS), NULL},
	};
	return redis_run(task, &script, &call, &answer);
}

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
	struct stored stored = {.grant = *grant, .token = *token};
	const char *text = NULL, *more;
	int r;

	stored.grant.redirect_uri = stored.grant.code_challenge = stored.grant.nonce = NULL;
	stored.grant.id_token_claims = NULL;
	stored.grant.issued_s = 0;
	stored.grant.id = stored.grant.consent_id = NULL;
	r = fields_text(task, fields, &stored, &text);
	if (r < 0)
		return r;
	more = str_join(task,
	    (const char *const[]){or_empty(session_of(grant)), or_empty(grant->device),
		or_empty(grant->born_of), NULL},
	    " ");
	*ret_text = str_join(task,
	    (const char *const[]){grant->id, or_empty(grant->consent_id), more, text, NULL}, "|");
	return 0;
}

/* The session whose end is the grant's; NULL: it was given for when the person is away (OpenID
 * Connect Core section 11). */
static const char *
session_of(const struct grant *grant)
{
	if (str_has_word(grant->scope, "offline_access"))
		return NULL;
	return grant->session_id == NULL ? grant->everywhere_id : grant->session_id;
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
	struct stored *stored = NULL;
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
token_read(struct task *task, const char *value, struct stored **ret_stored)
{
	struct stored *stored = task_new(task, struct stored);
	bool is_revoked;
	int r;

	value = part_take(task, value, &stored->grant.id);
	value = part_take(task, value, &stored->grant.consent_id);
	r = fields_read(task, fields, strchr(value, '|') + 1, stored);
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
is_dead(struct task *task, const struct stored *stored, bool *ret_is_dead)
{
	const struct grant *grant = &stored->grant;
	const char *const own[] = {
	    grant->id, grant->consent_id, session_of(grant), grant->device, stored->token.jti};
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

int
grant_pack(struct task *task, const struct grant *grant, const char **ret_text)
{
	const struct stored stored = {.grant = *grant};

	return fields_text(task, fields, &stored, ret_text);
}

int
grant_unpack(struct task *task, const char *text, struct grant *ret_grant)
{
	struct stored stored = {0};
	int r;

	r = fields_read(task, fields, text, &stored);
	if (r < 0)
		return r;
	*ret_grant = stored.grant;
	return 0;
}

struct revoking {
	const char *grant_id, *why;
};

int
grant_revoke(struct task *task, const char *grant_id, const char *why)
{
	struct revoking revoking = {grant_id, why};
	bool is_revoked;
	int r;

	r = revocation_has(task, grant_id, &is_revoked);
	if (r < 0 || is_revoked)
		return r;
	r = sql_write(task, revoke_step, &revoking);
	if (r < 0)
		return r;
	revocation_tell(task, grant_id);
	return 0;
}

static int
revoke_step(struct sql_tx *tx, void *arg)
{
	const struct revoking *revoking = arg;
	json_auto_t *detail = NULL;
	bool is_new;
	int r;

	r = revocation_add(tx, revoking->grant_id, revoking->why, &is_new);
	if (r < 0 || !is_new)
		return r;
	r = refresh_end_grant(tx, revoking->grant_id);
	if (r < 0)
		return r;
	detail = json_object();
	json_set_text(detail, "grant", revoking->grant_id);
	json_set_text(detail, "why", revoking->why);
	return audit_add(tx,
	    &(struct audit_event){.event = "grant.revoked", .actor = "gateway", .detail = detail});
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
