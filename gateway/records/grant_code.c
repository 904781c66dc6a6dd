/* SPDX-License-Identifier: Apache-2.0
 *
 * Codes of grants (see grant.h).
 *
 * "c:HASH" is a code: 'u' (unused) or 's' (spent), the grant's id, '|', the grant.  Spent, only the
 * id stays, for as long as a token of it may live.
 */
#include "records/grant_inside.h"

#include "core/clock.h"
#include "core/random.h"
#include "core/settings.h"
#include "core/task.h"
#include "records/handle.h"
#include "records/session.h"
#include "store/redis.h"

#include <string.h>

#define ID_BYTES        16
#define SECONDS         1000
#define CODE_MAX_LENGTH 128 /* ours have 43; what is longer is not worth a hash */

static int code_text(struct task *task, const struct grant *grant, const char **ret_text);
static int code_claim(struct task *task, const char *code, const char **ret_value);
static int code_read(struct task *task, const char *value, struct grant *ret_grant);
static int code_spent(struct task *task, const char *grant_id);

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
	struct grant_stored stored = {.grant = *grant};
	const char *text = NULL;
	int r;

	r = handle_epoch(task, &stored.epoch);
	if (r == 0)
		r = fields_text(task, grant_fields, &stored, &text);
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
	    .args = (const char *const[]){task_number(task, spent_s * SECONDS), NULL},
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
	struct grant_stored stored = {0};
	bool is_ended, is_now = false;
	int r;

	r = fields_read(task, grant_fields, strchr(value, '|') + 1, &stored);
	if (r == 0)
		r = handle_is_now(task, stored.epoch, &is_now);
	if (r < 0)
		return r;
	if (!is_now)
		return fail(task, INVALID_GRANT, "the code is from before the epoch");
	if (clock_now_s() - stored.grant.issued_s > task->rooms->settings->tokens_code)
		return fail(task, INVALID_GRANT, "the code has expired");
	r = session_is_ended(task, grant_session(&stored.grant), &is_ended);
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
		task_number(task, left_s * SECONDS), NULL},
	};
	return redis_run(task, &script, &call, &answer);
}
