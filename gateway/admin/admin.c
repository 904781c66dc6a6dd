/* SPDX-License-Identifier: Apache-2.0
 *
 * `dvara NOUN VERB`: what all commands (commands.c) have in common: words, configuration, a task to
 * run in, the answer on stdout, the exit code.
 */
#include "admin/admin.h"

#include "admin/usage.h"
#include "core/fiber.h"
#include "core/log.h"
#include "core/offload.h"
#include "http/fetch.h"
#include "jose/keys.h"
#include "records/pairwise.h"
#include "store/redis.h"
#include "store/sql.h"

#include <pwd.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define COMMAND_MS 60000
#define MAX_WORDS  16

/* What the words of the command line said. */
struct words {
	const char *noun, *verb;
	const char *args[MAX_WORDS + 1];
	unsigned n_args;
	const char *config, *alg, *operator_key, *sheet;
	const char *wrong, *wrong_option; /* there is no such one, or it lacks its value */
	bool wants_json, wants_help, wants_version, is_forced, by_login;
};

/* One command on its way. */
struct running {
	const struct admin_command *command;
	struct admin_call call;
	struct rooms rooms;
	struct loop *loop;
	const char *operator_key;
	int result;
	struct fault fault;
};

static void words_read(struct words *words, int n, char **given);
static const struct admin_command *command_find(const struct words *words);
static int usage(const struct words *words);
static bool has_verbs(const char *noun);
static int command_run(const struct admin_command *command, const struct words *words);

int
admin_main(int n_words, char **given)
{
	struct words words = {0};
	const struct admin_command *command;

	words_read(&words, n_words, given);
	if (words.wants_version)
		return puts("dvara " DVARA_VERSION) < 0 ? ADMIN_FAILED : ADMIN_OK;
	if (words.noun == NULL || words.wrong != NULL || words.wants_help)
		return usage(&words);
	command = command_find(&words);
	if (!command || words.n_args < command->min_args || words.n_args > command->max_args)
		return usage(&words);
	return command_run(command, &words);
}

const char *
admin_default_config(void)
{
	const char *path = getenv("DVARA_CONFIG");

	return path ? path : "/etc/dvara/dvara.conf";
}

static int
usage(const struct words *words)
{
	usage_print(&(struct usage){.noun = words->noun,
			.verb = words->verb,
			.wrong = words->wrong,
			.wrong_option = words->wrong_option,
			.wants_help = words->wants_help},
	    words->wants_help ? stdout : stderr);
	return words->wants_help ? ADMIN_OK : ADMIN_USAGE;
}

/* NULL: there is no such option that takes a value. */
static const char **
option_find(struct words *words, const char *word)
{
	if (strcmp(word, "--config") == 0)
		return &words->config;
	if (strcmp(word, "--alg") == 0)
		return &words->alg;
	if (strcmp(word, "--sheet") == 0)
		return &words->sheet;
	if (strcmp(word, "--operator-key") == 0)
		return &words->operator_key;
	return NULL;
}

/* True: the next word is its value. */
static bool
option_read(struct words *words, const char *word, const char *value)
{
	const char **option = option_find(words, word);

	if (words->wrong != NULL)
		return false;
	if (strcmp(word, "--json") == 0)
		words->wants_json = true;
	else if (strcmp(word, "--help") == 0 || strcmp(word, "-h") == 0)
		words->wants_help = true;
	else if (strcmp(word, "--version") == 0)
		words->wants_version = true;
	else if (strcmp(word, "--force") == 0)
		words->is_forced = true;
	else if (strcmp(word, "--by-login") == 0)
		words->by_login = true;
	else if (option == NULL)
		words->wrong = "there is no such option";
	else if (value == NULL)
		words->wrong = "its value is missing";
	else
		*option = value;
	if (words->wrong != NULL)
		words->wrong_option = word;
	return option != NULL;
}

/* Behind "--" nothing is an option: an id may begin as one does. */
static void
words_read(struct words *words, int n, char **given)
{
	bool are_over = false;

	words->config = admin_default_config();
	for (int i = 0; i < n; i++) {
		bool is_option =
		    !are_over && (str_starts(given[i], "--") || strcmp(given[i], "-h") == 0);

		if (is_option && strcmp(given[i], "--") == 0)
			are_over = true;
		else if (is_option)
			i += option_read(words, given[i], i + 1 < n ? given[i + 1] : NULL);
		else if (!words->verb && words->n_args == 0 && strcmp(given[i], "help") == 0)
			words->wants_help = true;
		else if (!words->noun)
			words->noun = given[i];
		else if (!words->verb && has_verbs(words->noun))
			words->verb = given[i];
		else if (words->n_args < MAX_WORDS)
			words->args[words->n_args++] = given[i];
	}
}

static bool
has_verbs(const char *noun)
{
	for (size_t i = 0; i < admin_n_commands; i++)
		if (strcmp(admin_commands[i].noun, noun) == 0)
			return admin_commands[i].verb != NULL;
	return true;
}

static const struct admin_command *
command_find(const struct words *words)
{
	for (size_t i = 0; i < admin_n_commands; i++) {
		const struct admin_command *command = &admin_commands[i];

		if (strcmp(command->noun, words->noun) == 0 &&
		    (!command->verb || (words->verb && strcmp(command->verb, words->verb) == 0)))
			return command;
	}
	return NULL;
}

int
admin_done(struct admin_call *call, json_t *answer, const char *format, ...)
{
	va_list words;

	va_start(words, format);
	if (vasprintf(&call->line, format, words) < 0)
		abort();
	va_end(words);
	call->answer = answer;
	return 0;
}

static int
exit_code(const struct running *running)
{
	if (running->call.is_wrong_word)
		return ADMIN_USAGE;
	switch (running->result) {
	case 0: return ADMIN_OK;
	case NOT_FOUND: return ADMIN_NOT_FOUND;
	case CONFLICT: return ADMIN_CONFLICT;
	default: return ADMIN_FAILED;
	}
}

/* The Unix user as the kernel knows it (SUDO_USER is whatever somebody wrote there), or the holder
 * of a key. */
static int
operator_of(struct running *running, struct task *task)
{
	const struct passwd *user = getpwuid(geteuid());
	struct signer *signer;
	int r;

	running->call.operator_name =
	    user ? task_dup(task, user->pw_name) : task_printf(task, "uid:%u", geteuid());
	if (!running->operator_key)
		return 0;
	r = signer_load(task, running->operator_key, &signer);
	if (r < 0)
		return r;
	running->call.operator_name = task_printf(task, "key:%s", signer_kid(signer));
	signer_free(signer);
	return 0;
}

static void
fiber_body(void *arg)
{
	struct running *running = arg;
	struct task task;

	task_open(&task, running->loop, &running->rooms, COMMAND_MS);
	running->call.task = &task;
	running->result = operator_of(running, &task);
	if (running->result == 0)
		running->result = running->command->run(&running->call);
	running->fault = task.fault;
	task_close(&task);
	loop_stop(running->loop);
}

static bool
stores_open(struct running *running, const struct settings *settings, char why[256])
{
	running->rooms.settings = settings;
	if (!settings_make_folders(settings, why))
		return false;
	running->rooms.sql = sql_open(settings, why);
	if (!running->rooms.sql)
		return false;
	if (!pairwise_open(settings->keys_pairwise_file, running->rooms.sql, why))
		return false;
	running->rooms.redis = redis_new(running->loop, settings);
	running->rooms.fetcher = fetcher_new(running->loop, settings);
	return true;
}

static int
answer_print(const struct running *running, bool wants_json)
{
	char *text;

	if (running->result < 0) {
		fprintf(stderr, "dvara: %s\n", running->fault.text);
		return exit_code(running);
	}
	/* It quotes files that others wrote: these tell no terminal what to do. */
	if (running->call.warning) {
		str_clean(running->call.warning);
		fprintf(stderr, "dvara: warning: %s\n", running->call.warning);
	}
	free(running->call.warning);
	if (running->call.text && !wants_json)
		puts(running->call.text);
	free(running->call.text);
	if (running->call.line && (!wants_json || !running->call.answer))
		puts(running->call.line);
	else if (running->call.answer) {
		text = json_dumps(running->call.answer,
		    JSON_PRESERVE_ORDER | (wants_json ? JSON_COMPACT : JSON_INDENT(2)));
		puts(text);
		free(text);
	}
	free(running->call.line);
	json_decref(running->call.answer);
	return fflush(stdout) == 0 ? ADMIN_OK : ADMIN_FAILED;
}

/* On files: without a configuration, without stores; settings are NULL then. */
static bool
works_alone(const struct admin_command *command)
{
	static admin_fn *const alone[] = {admin_client_new, admin_completion, admin_manual,
	    admin_service_check, admin_service_new, admin_service_sign};

	for (size_t i = 0; i < sizeof(alone) / sizeof(alone[0]); i++)
		if (alone[i] == command->run)
			return true;
	return false;
}

static int
command_run_alone(const struct admin_command *command, const struct words *words)
{
	struct running running = {.command = command,
	    .call = {.args = words->args, .n_args = words->n_args, .is_forced = words->is_forced}};
	struct task task;

	task_open(&task, NULL, NULL, COMMAND_MS);
	running.call.task = &task;
	running.result = command->run(&running.call);
	running.fault = task.fault;
	task_close(&task);
	return answer_print(&running, words->wants_json);
}

static int
command_run(const struct admin_command *command, const struct words *words)
{
	struct settings_error error;
	const struct settings *settings;
	struct running running = {.command = command};
	char why[512];
	int code;

	log_open(LOG_WARNING, "dvara");
	if (works_alone(command))
		return command_run_alone(command, words);
	settings = settings_read(words->config, &error);
	if (!settings) {
		settings_error_say(&error, words->config, why, sizeof(why));
		fprintf(stderr, "dvara: %s\n", why);
		return ADMIN_FAILED;
	}
	running.operator_key = words->operator_key;
	running.call = (struct admin_call){.settings = settings,
	    .args = words->args,
	    .n_args = words->n_args,
	    .alg = words->alg,
	    .is_forced = words->is_forced,
	    .by_login = words->by_login,
	    .sheet = words->sheet};
	offload_open(1);
	running.loop = loop_new();
	if (stores_open(&running, settings, why)) {
		fiber_start(running.loop, fiber_body, &running);
		loop_run(running.loop);
		code = answer_print(&running, words->wants_json);
	} else {
		fprintf(stderr, "dvara: %s\n", why);
		code = ADMIN_FAILED;
	}
	fetcher_free(running.rooms.fetcher);
	redis_free(running.rooms.redis);
	sql_close(running.rooms.sql);
	offload_close();
	loop_free(running.loop);
	settings_drop(settings);
	return code;
}
