/* SPDX-License-Identifier: Apache-2.0
 *
 * Scripts run by their digest, which Redis itself tells on the first use (SCRIPT LOAD), so that no
 * right to EVAL is needed.  A Redis that forgot them (restart, SCRIPT FLUSH) says NOSCRIPT: they
 * are loaded and run once more.
 */
#include "core/task.h"
#include "store/redis_link.h"

#include <pthread.h>
#include <stdio.h>
#include <string.h>

#define SHA1_LEN 40

/* A script is one static struct for all loops: its digest is written under the lock, and the first
 * letter last. */
static pthread_mutex_t digests = PTHREAD_MUTEX_INITIALIZER;

static int call_args(struct task *task, struct redis_args *args, const struct redis_call *call);
static int script_load(struct task *task, struct redis_script *script);
static bool script_is_loaded(const struct redis_script *script);
static void digest_keep(struct redis_script *script, const char *sha1);
static int script_try(struct task *task, const struct redis_script *script, struct redis_args *args,
    struct redis_answer *ret_answer, bool *ret_needs_script);

int
redis_run(struct task *task, struct redis_script *script, const struct redis_call *call,
    struct redis_answer *ret_answer)
{
	struct redis_args args = {0};
	bool needs_script = false;
	int r;

	r = call_args(task, &args, call);
	if (r == 0 && !script_is_loaded(script))
		r = script_load(task, script);
	if (r < 0)
		return r;
	r = script_try(task, script, &args, ret_answer, &needs_script);
	if (r < 0 || !needs_script)
		return r;

	r = script_load(task, script);
	if (r < 0)
		return r;
	r = script_try(task, script, &args, ret_answer, &needs_script);
	if (r < 0 || !needs_script)
		return r;
	return fail(task, STORE_AWAY, "Redis forgets a script as soon as it is loaded");
}

/* Everything but the digest, whose place is args->at[1]. */
static int
call_args(struct task *task, struct redis_args *args, const struct redis_call *call)
{
	size_t n_keys = 0, n_args = 0;

	while (call->keys != NULL && call->keys[n_keys] != NULL)
		n_keys++;
	while (call->args != NULL && call->args[n_args] != NULL)
		n_args++;
	if (n_keys + n_args + 3 > REDIS_MAX_ARGS)
		return fail(
		    task, BROKEN, "a script with %zu keys and %zu arguments", n_keys, n_args);
	redis_args_add(args, "EVALSHA");
	redis_args_add(args, "");
	redis_args_add(args, task_printf(task, "%zu", n_keys));
	for (size_t i = 0; i < n_keys; i++)
		redis_args_add(args, redis_prefixed(task, call->keys[i]));
	for (size_t i = 0; i < n_args; i++)
		redis_args_add(args, call->args[i]);
	return 0;
}

static bool
script_is_loaded(const struct redis_script *script)
{
	return __atomic_load_n(&script->sha1[0], __ATOMIC_ACQUIRE) != '\0';
}

static int
script_load(struct task *task, struct redis_script *script)
{
	struct redis_args args = {0};
	struct redis_answer answer;
	int r;

	redis_args_add(&args, "SCRIPT");
	redis_args_add(&args, "LOAD");
	redis_args_add(&args, script->source);
	r = redis_ask(task, &args, &answer);
	if (r < 0)
		return r;
	if (answer.is != REDIS_TEXT || strlen(answer.text) != SHA1_LEN)
		return redis_confused(task);
	digest_keep(script, answer.text);
	return 0;
}

static void
digest_keep(struct redis_script *script, const char *sha1)
{
	pthread_mutex_lock(&digests);
	if (!script_is_loaded(script)) {
		memcpy(script->sha1 + 1, sha1 + 1, SHA1_LEN);
		__atomic_store_n(&script->sha1[0], sha1[0], __ATOMIC_RELEASE);
	}
	pthread_mutex_unlock(&digests);
}

static int
script_try(struct task *task, const struct redis_script *script, struct redis_args *args,
    struct redis_answer *ret_answer, bool *ret_needs_script)
{
	struct redis_command *command;
	int r;

	args->at[1] = script->sha1;
	args->len[1] = SHA1_LEN;
	r = redis_begin(task, args, &command);
	if (r < 0)
		return r;
	command->needs_script = ret_needs_script;
	*ret_needs_script = false;
	return redis_end(task, command, ret_answer);
}
