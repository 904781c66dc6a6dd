/* SPDX-License-Identifier: Apache-2.0
 *
 * Sessions (see session.h).
 *
 * "s:HASH" is a session: ten digits of when it was last seen, ten of when it began, the rest; the
 * digits let one script judge and renew it in one round trip, by the gateway's clock.
 * "sp:PERSON" is the sorted set of a person's sessions by when they end at the latest.
 */
#include "records/session.h"

#include "core/clock.h"
#include "core/random.h"
#include "core/settings.h"
#include "core/task.h"
#include "records/fields.h"
#include "records/handle.h"
#include "records/revocation.h"
#include "store/redis.h"

#include <string.h>

#define ID_BYTES          16
#define SECONDS           1000
#define STAMPS_BYTES      20
#define COOKIE_MAX_LENGTH 128

#define SESSION(name, type, member) \
	{ \
		name, type, offsetof(struct session, member) \
	}
static const struct field fields[] = {
    SESSION("i", FIELD_TEXT, id),
    SESSION("p", FIELD_TEXT, person_id),
    SESSION("w", FIELD_TEXT, way),
    SESSION("d", FIELD_TEXT, device),
    SESSION("a", FIELD_TEXT, acr),
    SESSION("m", FIELD_WORDS, amr),
    SESSION("x", FIELD_BOOL, is_cross),
    SESSION("t", FIELD_NUMBER, auth_time_s),
    SESSION("c", FIELD_NUMBER, created_s),
    {0},
};

static char *person_key(struct task *task, const char *person_id);
static int session_put(struct task *task, const struct session *session);
static int session_by_cookie(
    struct task *task, const char *cookie, bool is_look, const struct session **ret_session);
static int session_value(
    struct task *task, const char *cookie, bool is_look, const char **ret_value);
static int session_read(
    struct task *task, const char *cookie, const char *value, const struct session **ret_session);
static int sessions_of(
    struct task *task, const char *person_id, int64_t *from, struct redis_answer *ret_answer);
static json_t *listed(const struct session *session);
static int key_by_id(
    struct task *task, const char *person_id, const char *session_id, const char **ret_key);
static int key_among(struct task *task, const struct redis_answer *answer, const char *session_id,
    const char **ret_key);

int
session_create(struct task *task, struct session *session)
{
	session->cookie = random_id(task, RANDOM_ID);
	if (session->id == NULL)
		session->id = random_id(task, ID_BYTES);
	session->created_s = clock_now_s();
	if (session->auth_time_s == 0)
		session->auth_time_s = session->created_s;
	return session_put(task, session);
}

static int
session_put(struct task *task, const struct session *session)
{
	static struct redis_script script = {
	    .source = "redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])\n"
		      "redis.call('ZREMRANGEBYSCORE', KEYS[2], '-inf', ARGV[4])\n"
		      "redis.call('ZADD', KEYS[2], ARGV[5], ARGV[3])\n"
		      "redis.call('PEXPIRE', KEYS[2], ARGV[6])\n"
		      "for _, hash in ipairs(redis.call('ZRANGE', KEYS[2], 0, ARGV[7])) do\n"
		      "  redis.call('DEL', KEYS[3] .. hash)\n"
		      "  redis.call('ZREM', KEYS[2], hash)\n"
		      "end\n"
		      "return 1",
	};
	const struct settings *settings = task->rooms->settings;
	const int64_t now_s = session->created_s, absolute_s = settings->session_absolute;
	const char *key = handle_key(task, "s", session->cookie);
	struct redis_answer answer;
	const char *text;
	int r = fields_text(task, fields, session, &text);

	if (r < 0)
		return r;
	const struct redis_call call = {
	    .keys = (const char *const[]){key, person_key(task, session->person_id), "s:", NULL},
	    .args = (const char *const[]){task_printf(task, "%010lld%010lld%s", (long long)now_s,
					      (long long)now_s, text),
		task_number(task, settings->session_idle * SECONDS), strchr(key, ':') + 1,
		task_number(task, now_s), task_number(task, now_s + absolute_s),
		task_number(task, absolute_s * SECONDS), task_number(task, -1 - SESSIONS_MAX),
		NULL},
	};
	return redis_run(task, &script, &call, &answer);
}

static char *
person_key(struct task *task, const char *person_id)
{
	return task_printf(task, "sp:%s", person_id);
}

int
session_find(struct task *task, const char *cookie, const struct session **ret_session)
{
	return session_by_cookie(task, cookie, false, ret_session);
}

int
session_look(struct task *task, const char *cookie, const struct session **ret_session)
{
	return session_by_cookie(task, cookie, true, ret_session);
}

/* An end is in SQL first: Redis may have been away when it was to forget the session. */
static int
session_by_cookie(
    struct task *task, const char *cookie, bool is_look, const struct session **ret_session)
{
	const struct session *session;
	const char *value;
	bool is_ended = false;
	int r;

	r = session_value(task, cookie, is_look, &value);
	if (r < 0)
		return r;
	r = session_read(task, cookie, value, &session);
	if (r < 0)
		return r;
	if (session != NULL)
		r = session_is_ended(task, session->id, &is_ended);
	if (r == 0 && session != NULL && !is_ended)
		r = session_is_ended(task, session->device, &is_ended);
	if (r == 0 && is_ended)
		r = session_end(task, cookie);
	if (r < 0)
		return r;
	*ret_session = is_ended ? NULL : session;
	return 0;
}

int
session_is_ended(struct task *task, const char *session_id, bool *ret_is_ended)
{
	return revocation_has(task, session_id, ret_is_ended);
}

/* What is past its limits is dropped by the same script that reads it. */
static int
session_value(struct task *task, const char *cookie, bool is_look, const char **ret_value)
{
	static struct redis_script script = {
	    .source = "local v = redis.call('GET', KEYS[1])\n"
		      "if not v then return false end\n"
		      "local now = tonumber(ARGV[1])\n"
		      "local seen = tonumber(string.sub(v, 1, 10))\n"
		      "local began = tonumber(string.sub(v, 11, 20))\n"
		      "if now - seen > tonumber(ARGV[2]) or now - began > tonumber(ARGV[3]) then\n"
		      "  redis.call('DEL', KEYS[1])\n"
		      "  return false\n"
		      "end\n"
		      "if ARGV[4] and now ~= seen then\n"
		      "  redis.call('SETRANGE', KEYS[1], 0, ARGV[1])\n"
		      "  redis.call('PEXPIRE', KEYS[1], ARGV[4])\n"
		      "end\n"
		      "return v",
	};
	const struct settings *settings = task->rooms->settings;
	struct redis_answer answer;
	int r;

	if (str_is_empty(cookie) || strlen(cookie) > COOKIE_MAX_LENGTH) {
		*ret_value = NULL;
		return 0;
	}
	const struct redis_call call = {
	    .keys = (const char *const[]){handle_key(task, "s", cookie), NULL},
	    .args = (const char *const[]){task_printf(task, "%010lld", (long long)clock_now_s()),
		task_number(task, settings->session_idle),
		task_number(task, settings->session_absolute),
		is_look ? NULL : task_number(task, settings->session_idle * SECONDS), NULL},
	};
	r = redis_run(task, &script, &call, &answer);
	if (r < 0)
		return r;
	*ret_value = answer.text;
	return 0;
}

static int
session_read(
    struct task *task, const char *cookie, const char *value, const struct session **ret_session)
{
	struct session *session = NULL;
	int r;

	if (value != NULL) {
		session = task_new(task, struct session);
		session->cookie = cookie;
		r = fields_read(task, fields, value + STAMPS_BYTES, session);
		if (r < 0)
			return r;
	}
	*ret_session = session;
	return 0;
}

int
session_end(struct task *task, const char *cookie)
{
	if (str_is_empty(cookie))
		return 0;
	return redis_drop(task, handle_key(task, "s", cookie));
}

int
session_end_person(struct task *task, const char *person_id)
{
	static struct redis_script script = {
	    .source = "for _, hash in ipairs(redis.call('ZRANGE', KEYS[1], 0, -1)) do\n"
		      "  redis.call('DEL', KEYS[2] .. hash)\n"
		      "end\n"
		      "return redis.call('DEL', KEYS[1])",
	};
	const struct redis_call call = {
	    .keys = (const char *const[]){person_key(task, person_id), "s:", NULL},
	    .args = (const char *const[]){NULL},
	};
	struct redis_answer answer;

	return redis_run(task, &script, &call, &answer);
}

int
session_list(struct task *task, const char *person_id, int64_t *from, json_t **ret_sessions)
{
	json_auto_t *sessions = json_array();
	struct redis_answer answer;
	int r;

	r = sessions_of(task, person_id, from, &answer);
	if (r < 0)
		return r;
	for (size_t i = 2; i < answer.n; i += 2) {
		const struct session *session;

		r = session_read(task, NULL, answer.list[i], &session);
		if (r < 0)
			return r;
		if (session != NULL)
			json_array_append_new(sessions, listed(session));
	}
	*ret_sessions = json_incref(sessions);
	return 0;
}

/* A flat list: "1" where more follow, hash of the cookie, session, …; newest first. */
static int
sessions_of(
    struct task *task, const char *person_id, int64_t *from, struct redis_answer *ret_answer)
{
	static struct redis_script script = {
	    .source = "local now, first, n = tonumber(ARGV[1]), tonumber(ARGV[4]), ARGV[5]\n"
		      "local hashes = redis.call('ZREVRANGE', KEYS[1], first, first + n)\n"
		      "local all = {table.remove(hashes, n + 1) and '1' or '0'}\n"
		      "for _, hash in ipairs(hashes) do\n"
		      "  local v = redis.call('GET', KEYS[2] .. hash)\n"
		      "  if v and now - tonumber(string.sub(v, 1, 10)) <= tonumber(ARGV[2])\n"
		      "     and now - tonumber(string.sub(v, 11, 20)) <= tonumber(ARGV[3]) then\n"
		      "    all[#all + 1] = hash\n"
		      "    all[#all + 1] = v\n"
		      "  end\n"
		      "end\n"
		      "return all",
	};
	const struct settings *settings = task->rooms->settings;
	const struct redis_call call = {
	    .keys = (const char *const[]){person_key(task, person_id), "s:", NULL},
	    .args = (const char *const[]){task_number(task, clock_now_s()),
		task_number(task, settings->session_idle),
		task_number(task, settings->session_absolute), task_number(task, *from),
		task_number(task, SESSION_PAGE), NULL},
	};
	int r;

	r = redis_run(task, &script, &call, ret_answer);
	if (r < 0)
		return r;
	*from = str_equal(ret_answer->list[0], "1") ? *from + SESSION_PAGE : 0;
	return 0;
}

static json_t *
listed(const struct session *session)
{
	json_t *amr = json_array(), *object = json_object();

	for (size_t i = 0; session->amr != NULL && session->amr[i] != NULL; i++)
		json_array_append_new(amr, json_string(session->amr[i]));
	json_set_text(object, "id", session->id);
	json_object_set_new(object, "created", json_integer(session->created_s));
	json_object_set_new(object, "auth_time", json_integer(session->auth_time_s));
	json_set_text(object, "way", session->way);
	json_set_text(object, "device", session->device);
	json_set_text(object, "acr", session->acr);
	json_object_set_new(object, "amr", amr);
	return object;
}

int
session_is_live(struct task *task, const char *person_id, const char *session_id, bool *ret_is_live)
{
	const char *key;
	int r;

	r = key_by_id(task, person_id, session_id, &key);
	if (r < 0)
		return r;
	*ret_is_live = key != NULL;
	return 0;
}

int
session_forget(struct task *task, const char *person_id, const char *session_id)
{
	const char *key;
	int r;

	r = key_by_id(task, person_id, session_id, &key);
	if (r < 0 || key == NULL)
		return r;
	return redis_drop(task, key);
}

/* NULL: the person has no such session. */
static int
key_by_id(struct task *task, const char *person_id, const char *session_id, const char **ret_key)
{
	const char *key = NULL;
	int64_t from = 0;
	int r;

	do {
		struct redis_answer answer;

		r = sessions_of(task, person_id, &from, &answer);
		if (r == 0)
			r = key_among(task, &answer, session_id, &key);
		if (r < 0)
			return r;
	} while (key == NULL && from > 0);
	*ret_key = key;
	return 0;
}

/* *ret_key stays as it is where it is not there. */
static int
key_among(struct task *task, const struct redis_answer *answer, const char *session_id,
    const char **ret_key)
{
	for (size_t i = 2; i < answer->n; i += 2) {
		const struct session *session;
		int r = session_read(task, NULL, answer->list[i], &session);

		if (r < 0)
			return r;
		if (session != NULL && str_equal(session->id, session_id))
			*ret_key = task_printf(task, "s:%s", answer->list[i - 1]);
	}
	return 0;
}
