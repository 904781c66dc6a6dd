/* SPDX-License-Identifier: Apache-2.0
 *
 * Requests that wait (see pending.h).
 *
 * "d:HASH" (of a device code) or "b:HASH" (of an auth_req_id) is a hash: s the stage (w g d s), c
 * the client's id, e the epoch, x the second at which it expires, r the record, i the interval in
 * seconds, n the millisecond from which on the client may ask, g the grant once there is one.
 * "du:HASH" (of the user code) is the name of the other; "bp:HASH" (of a person's id) the sorted
 * set of the names of those that wait for the person, by the second at which they expire; "bc:HASH"
 * (of the person's and the client's) of those of one client.
 */
#include "records/pending.h"

#include "core/clock.h"
#include "core/random.h"
#include "core/settings.h"
#include "core/task.h"
#include "records/fields.h"
#include "records/handle.h"
#include "records/spoken.h"
#include "store/redis.h"

#include <string.h>

#define SECONDS           1000
#define SECRET_MAX_LENGTH 128
#define EXPIRED_KEPT_S    600 /* so that the client hears expired_token, not invalid_grant */
#define EARLY_MS          250 /* what a clock of the client's may be off */
#define CREATE_TRIES      5
#define CLIENTS_WAITING   5 /* that may have all theirs wait for one person */

struct stored {
	struct pending pending;
	int64_t kind;
};
static const struct field fields[] = {
    {"k", FIELD_NUMBER, offsetof(struct stored, kind)},
    {"c", FIELD_TEXT, offsetof(struct stored, pending.client_id)},
    {"r", FIELD_JSON, offsetof(struct stored, pending.request)},
    {"u", FIELD_TEXT, offsetof(struct stored, pending.user_code)},
    {"a", FIELD_TEXT, offsetof(struct stored, pending.from_address)},
    {"p", FIELD_TEXT, offsetof(struct stored, pending.person_id)},
    {"m", FIELD_TEXT, offsetof(struct stored, pending.binding_message)},
    {"t", FIELD_TEXT, offsetof(struct stored, pending.notify_token)},
    {"q", FIELD_TEXT, offsetof(struct stored, pending.code)},
    {"b", FIELD_NUMBER, offsetof(struct stored, pending.created_s)},
    {"l", FIELD_NUMBER, offsetof(struct stored, pending.life_s)},
    {"i", FIELD_NUMBER, offsetof(struct stored, pending.interval_s)},
    {0},
};

static int device_put(struct task *task, struct pending *pending);
static int ciba_put(struct task *task, const struct pending *pending);
static int hold(struct task *task, struct redis_script *script, const struct pending *pending,
    bool *ret_is_held);
static const char *user_code_key(struct task *task, const char *user_code);
static const char *index_key(struct task *task, const struct pending *pending);
static const char *client_key(struct task *task, const struct pending *pending);
static int find(
    struct task *task, const char *mark, const char *stages, struct pending **ret_pending);
static int polled(struct task *task, const struct redis_answer *answer, struct grant *ret_grant);
static const char *key_of(struct task *task, enum pending_kind kind, const char *code);
static const char *number(struct task *task, int64_t n);

int
pending_create(struct task *task, struct pending *pending, const char **ret_code)
{
	const char *code = random_id(task, RANDOM_ID);
	int r;

	pending->mark = key_of(task, pending->kind, code);
	pending->created_s = clock_now_s();
	if (pending->notify_token != NULL)
		pending->code = code;
	if (pending->kind == PENDING_DEVICE)
		r = device_put(task, pending);
	else
		r = ciba_put(task, pending);
	if (r < 0)
		return r;
	*ret_code = code;
	return 0;
}

/* What both kinds end with.  The key of an argument gets no prefix, so marks are arguments. */
#define HOLD \
	"redis.call('HSET', KEYS[1], 's', 'w', 'c', ARGV[3], 'e', ARGV[4],\n" \
	"  'x', ARGV[5], 'r', ARGV[6], 'i', ARGV[7], 'n', '0')\n" \
	"redis.call('PEXPIRE', KEYS[1], ARGV[2])\n" \
	"return 1"

static int
device_put(struct task *task, struct pending *pending)
{
	static struct redis_script script = {
	    .source = "if not redis.call('SET', KEYS[2], ARGV[8], 'NX', 'PX', ARGV[1]) then\n"
		      "  return 0\n"
		      "end\n" HOLD,
	};
	bool is_held = false;

	for (int i = 0; i < CREATE_TRIES && !is_held; i++) {
		int r;

		pending->user_code = spoken_text(task, spoken_new(task));
		r = hold(task, &script, pending, &is_held);
		if (r < 0)
			return r;
	}
	return is_held ? 0 : fail(task, BUSY, "no user code is free");
}

static int
ciba_put(struct task *task, const struct pending *pending)
{
	static struct redis_script script = {
	    .source = "for i, max in ipairs({ARGV[11], ARGV[10]}) do\n"
		      "  redis.call('ZREMRANGEBYSCORE', KEYS[i + 1], '-inf', ARGV[9])\n"
		      "  if redis.call('ZCARD', KEYS[i + 1]) >= tonumber(max) then return 0 end\n"
		      "end\n"
		      "for i = 2, 3 do\n"
		      "  redis.call('ZADD', KEYS[i], ARGV[5], ARGV[8])\n"
		      "  if redis.call('PTTL', KEYS[i]) < tonumber(ARGV[1]) then\n"
		      "    redis.call('PEXPIRE', KEYS[i], ARGV[1])\n"
		      "  end\n"
		      "end\n" HOLD,
	};
	bool is_held;
	int r;

	r = hold(task, &script, pending, &is_held);
	if (r < 0)
		return r;
	if (!is_held)
		return fail(task, TOO_MANY_REQUESTS, "too many requests wait for the person");
	return 0;
}

static int
hold(struct task *task, struct redis_script *script, const struct pending *pending,
    bool *ret_is_held)
{
	const struct stored stored = {.pending = *pending, .kind = pending->kind};
	const char *text, *epoch;
	const int64_t life_s = pending->life_s, waiting = task->rooms->settings->ciba_waiting;
	struct redis_answer answer;
	int r;

	r = fields_text(task, fields, &stored, &text);
	if (r == 0)
		r = handle_epoch(task, &epoch);
	if (r < 0)
		return r;
	const struct redis_call call = {
	    .keys = (const char *const[]){pending->mark, index_key(task, pending),
		client_key(task, pending), NULL},
	    .args = (const char *const[]){number(task, life_s * SECONDS),
		number(task, (life_s + EXPIRED_KEPT_S) * SECONDS), pending->client_id, epoch,
		number(task, pending->created_s + life_s), text, number(task, pending->interval_s),
		pending->mark, number(task, clock_now_s()), number(task, waiting),
		number(task, waiting * CLIENTS_WAITING), NULL},
	};
	r = redis_run(task, script, &call, &answer);
	if (r < 0)
		return r;
	*ret_is_held = answer.integer == 1;
	return 0;
}

static const char *
index_key(struct task *task, const struct pending *pending)
{
	if (pending->kind == PENDING_DEVICE)
		return user_code_key(task, pending->user_code);
	return handle_key(task, "bp", pending->person_id);
}

/* NULL: of a device. */
static const char *
client_key(struct task *task, const struct pending *pending)
{
	if (pending->kind == PENDING_DEVICE)
		return NULL;
	return handle_key(
	    task, "bc", task_printf(task, "%s %s", pending->person_id, pending->client_id));
}

/* NULL: it cannot be one. */
static const char *
user_code_key(struct task *task, const char *user_code)
{
	const char *letters = spoken_letters(task, user_code);

	return letters == NULL ? NULL : handle_key(task, "du", letters);
}

int
pending_by_user_code(struct task *task, const char *user_code, struct pending **ret_pending)
{
	const char *key = user_code == NULL ? NULL : user_code_key(task, user_code);
	const char *mark = NULL;
	int r;

	if (key != NULL) {
		r = redis_get(task, key, &mark);
		if (r < 0)
			return r;
	}
	if (mark == NULL) {
		*ret_pending = NULL;
		return 0;
	}
	return pending_find(task, mark, ret_pending);
}

int
pending_find(struct task *task, const char *mark, struct pending **ret_pending)
{
	return find(task, mark, "w", ret_pending);
}

int
pending_find_decided(struct task *task, const char *mark, struct pending **ret_pending)
{
	return find(task, mark, "gd", ret_pending);
}

static int
find(struct task *task, const char *mark, const char *stages, struct pending **ret_pending)
{
	static struct redis_script script = {
	    .source = "local v = redis.call('HMGET', KEYS[1], 's', 'e', 'x', 'r')\n"
		      "if not v[1] or v[2] ~= ARGV[1] then return false end\n"
		      "if not string.find(ARGV[3], v[1], 1, true) then return false end\n"
		      "if tonumber(v[3]) <= tonumber(ARGV[2]) then return false end\n"
		      "return v[4]",
	};
	struct stored *stored = NULL;
	struct redis_answer answer;
	const char *epoch;
	int r;

	r = handle_epoch(task, &epoch);
	if (r < 0)
		return r;
	const struct redis_call call = {
	    .keys = (const char *const[]){mark, NULL},
	    .args = (const char *const[]){epoch, number(task, clock_now_s()), stages, NULL},
	};
	r = redis_run(task, &script, &call, &answer);
	if (r < 0)
		return r;
	if (answer.text != NULL) {
		stored = task_new(task, struct stored);
		r = fields_read(task, fields, answer.text, stored);
		if (r < 0)
			return r;
		stored->pending.kind = (enum pending_kind)stored->kind;
		stored->pending.mark = task_dup(task, mark);
	}
	*ret_pending = stored == NULL ? NULL : &stored->pending;
	return 0;
}

int
pending_list(struct task *task, const char *person_id, struct pending ***ret_list)
{
	static struct redis_script script = {
	    .source = "return redis.call('ZRANGEBYSCORE', KEYS[1], '(' .. ARGV[1], '+inf')",
	};
	const struct redis_call call = {
	    .keys = (const char *const[]){handle_key(task, "bp", person_id), NULL},
	    .args = (const char *const[]){number(task, clock_now_s()), NULL},
	};
	struct redis_answer answer;
	struct pending **list;
	size_t n = 0;
	int r;

	r = redis_run(task, &script, &call, &answer);
	if (r < 0)
		return r;
	list = task_new_n(task, struct pending *, answer.n + 1);
	for (size_t i = 0; i < answer.n; i++) {
		r = pending_find(task, answer.list[i], &list[n]);
		if (r < 0)
			return r;
		n += list[n] != NULL;
	}
	list[n] = NULL;
	*ret_list = list;
	return 0;
}

int
pending_decide(struct task *task, const struct pending *pending, struct grant *grant)
{
	static struct redis_script script = {
	    .source = "local v = redis.call('HMGET', KEYS[1], 's', 'x')\n"
		      "if v[1] ~= 'w' or tonumber(v[2]) <= tonumber(ARGV[1]) then return 0 end\n"
		      "redis.call('HSET', KEYS[1], 's', ARGV[2], 'g', ARGV[3])\n"
		      "if KEYS[3] then\n"
		      "  redis.call('ZREM', KEYS[2], ARGV[4])\n"
		      "  redis.call('ZREM', KEYS[3], ARGV[4])\n"
		      "else\n"
		      "  redis.call('DEL', KEYS[2])\n"
		      "end\n"
		      "return 1",
	};
	struct redis_answer answer;
	const char *text = "";
	int r;

	if (grant != NULL) {
		grant->issued_s = clock_now_s();
		r = grant_pack(task, grant, &text);
		if (r < 0)
			return r;
	}
	const struct redis_call call = {
	    .keys = (const char *const[]){pending->mark, index_key(task, pending),
		client_key(task, pending), NULL},
	    .args = (const char *const[]){number(task, clock_now_s()), grant == NULL ? "d" : "g",
		text, pending->mark, NULL},
	};
	r = redis_run(task, &script, &call, &answer);
	if (r < 0)
		return r;
	if (answer.integer != 1)
		return fail(task, CONFLICT, "the request was decided before, or has expired");
	return 0;
}

int
pending_poll(struct task *task, enum pending_kind kind, const char *code, const char *client_id,
    struct grant *ret_grant)
{
	static struct redis_script script = {
	    .source = "local v = redis.call('HMGET', KEYS[1], 's', 'c', 'e', 'x', 'n', 'i', 'g')\n"
		      "if not v[1] or v[3] ~= ARGV[2] then return {'unknown'} end\n"
		      "if v[2] ~= ARGV[1] then return {'other', v[2]} end\n"
		      "if v[1] == 's' then return {'spent'} end\n"
		      "if v[1] == 'd' then return {'denied'} end\n"
		      "local now = tonumber(ARGV[3])\n"
		      "if now >= v[4] * 1000 then return {'expired'} end\n"
		      "if v[1] == 'g' then\n"
		      "  redis.call('HSET', KEYS[1], 's', 's')\n"
		      "  redis.call('HDEL', KEYS[1], 'g')\n"
		      "  return {'granted', v[7]}\n"
		      "end\n"
		      "local interval, word = tonumber(v[6]), 'pending'\n"
		      "if now < tonumber(v[5]) then\n"
		      "  interval, word = interval + ARGV[4], 'slow'\n"
		      "  redis.call('HSET', KEYS[1], 'i', interval)\n"
		      "end\n"
		      "redis.call('HSET', KEYS[1], 'n',\n"
		      "  string.format('%.0f', now + interval * 1000 - ARGV[5]))\n"
		      "return {word}",
	};
	struct redis_answer answer;
	const char *epoch;
	int r;

	if (str_is_empty(code) || strlen(code) > SECRET_MAX_LENGTH)
		return fail(task, INVALID_GRANT, "the code is none of ours");
	r = handle_epoch(task, &epoch);
	if (r < 0)
		return r;
	const struct redis_call call = {
	    .keys = (const char *const[]){key_of(task, kind, code), NULL},
	    .args = (const char *const[]){client_id, epoch, number(task, clock_now_ms()),
		number(task, PENDING_SLOWER_S), number(task, EARLY_MS), NULL},
	};
	r = redis_run(task, &script, &call, &answer);
	if (r < 0)
		return r;
	return polled(task, &answer, ret_grant);
}

static int
polled(struct task *task, const struct redis_answer *answer, struct grant *ret_grant)
{
	const char *word = answer->n == 0 ? NULL : answer->list[0];

	if (str_equal(word, "granted"))
		return grant_unpack(task, answer->list[1], ret_grant);
	if (str_equal(word, "other")) {
		*ret_grant = (struct grant){.client_id = answer->list[1]};
		return 0;
	}
	if (str_equal(word, "pending"))
		return fail(task, AUTHORIZATION_PENDING, "the person has not answered yet");
	if (str_equal(word, "slow"))
		return fail(task, SLOW_DOWN, "the client asks sooner than it was told");
	if (str_equal(word, "denied"))
		return fail(task, DENIED_BY_PERSON, "the person, or a rule, said no");
	if (str_equal(word, "expired"))
		return fail(task, EXPIRED_TOKEN, "nobody answered in time");
	return fail(task, INVALID_GRANT, "the code is unknown or was used before");
}

int
pending_return(
    struct task *task, enum pending_kind kind, const char *code, const struct grant *grant)
{
	static struct redis_script script = {
	    .source = "if redis.call('HGET', KEYS[1], 's') ~= 's' then return 0 end\n"
		      "redis.call('HSET', KEYS[1], 's', 'g', 'g', ARGV[1])\n"
		      "return 1",
	};
	struct redis_answer answer;
	const char *text;
	int r;

	r = grant_pack(task, grant, &text);
	if (r < 0)
		return r;
	const struct redis_call call = {
	    .keys = (const char *const[]){key_of(task, kind, code), NULL},
	    .args = (const char *const[]){text, NULL},
	};
	return redis_run(task, &script, &call, &answer);
}

static const char *
key_of(struct task *task, enum pending_kind kind, const char *code)
{
	return handle_key(task, kind == PENDING_DEVICE ? "d" : "b", code);
}

static const char *
number(struct task *task, int64_t n)
{
	return task_printf(task, "%lld", (long long)n);
}
