/* SPDX-License-Identifier: Apache-2.0
 *
 * `dvara NOUN VERB`: the table of commands, and what they all have in common: words, help,
 * configuration, a task to run in, the answer on stdout, the exit code.
 */
#include "admin/admin.h"

#include "core/fiber.h"
#include "core/log.h"
#include "core/offload.h"
#include "http/fetch.h"
#include "jose/keys.h"
#include "records/pairwise.h"
#include "store/redis.h"
#include "store/sql.h"

#include <pwd.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define COMMAND_MS 60000
#define MAX_WORDS  16

/* clang-format off */
const struct admin_command admin_commands[] = {
	{"check",   NULL,       "",              0, 0, "Look the configuration over: files, keys, database, levels.", admin_check},
	{"client",  "apply",    "FILE",          1, 1, "Create or replace a relying party from its metadata (JSON, RFC 7591).", admin_client_apply},
	{"client",  "approve",  "ID",            1, 1, "Approve a relying party that registered itself, as it is now.", admin_client_approve},
	{"client",  "invite",   "[USES]",        0, 1, "Make an initial access token, for one registration or so many.", admin_client_invite},
	{"client",  "list",     "[AFTER]",       0, 1, "List the relying parties, 1000 at a time.", admin_client_list},
	{"client",  "new",      "ID [consent]",  1, 2, "Print a new fapi2 client with a key of its own, to be filled in and applied; consent: one of the consent API.", admin_client_new},
	{"client",  "remove",   "ID",            1, 1, "Remove a relying party; its tokens end.", admin_client_remove},
	{"client",  "rotate-secret", "ID",       1, 1, "Make a new client secret; the one before is taken for a while.", admin_client_rotate_secret},
	{"client",  "show",     "ID",            1, 1, "Print a relying party's metadata.", admin_client_show},
	{"key",     "list",     "",              0, 0, "List the signing keys and their states.", admin_key_list},
	{"key",     "stage",    "[--alg ALG]",   0, 0, "Make a key and publish it; it does not sign yet.", admin_key_stage},
	{"key",     "activate", "[--force] KID", 1, 1, "Let a staged key sign; the one before it retires.", admin_key_activate},
	{"key",     "retire",   "KID",           1, 1, "Stop a key from signing; it stays published until its last token has ended.", admin_key_retire},
	{"key",     "rotate",   "[--alg ALG] [--force]", 0, 0, "Activate the staged key and stage another.", admin_key_rotate},
	{"key",     "notice",   "",              0, 0, "Print the secret that notices to people are signed with ([account] notice_url).", admin_key_notice},
	{"session", "end",      "PERSON",        1, 1, "End all sessions of a person.", admin_session_end},
	{"consent", "list",     "PERSON",        1, 1, "List what a person allowed.", admin_consent_list},
	{"consent", "withdraw", "ID",            1, 1, "Withdraw a consent in the person's name.", admin_consent_withdraw},
	{"complaint", "list",   "",              0, 0, "List the complaints that await an answer, the first due first.", admin_complaint_list},
	{"complaint", "show",   "NUMBER",        1, 1, "Print a complaint with its texts; the person sees that you did.", admin_complaint_show},
	{"complaint", "answer", "NUMBER FILE",   2, 2, "Answer a complaint, or an appeal, with the text of a file.", admin_complaint_answer},
	{"audit",   "list",     "[BEFORE]",      0, 1, "Print the newest rows of the audit trail.", admin_audit_list},
	{"audit",   "verify",   "",              0, 0, "Check the hash chain of the audit trail.", admin_audit_verify},
	{"db",      "migrate",  "",              0, 0, "Bring the database up to this program's version.", admin_db_migrate},
	{"db",      "status",   "",              0, 0, "Print the version of the database and of this program.", admin_db_status},
	{"service", "list",     "",              0, 0, "List the service plugins.", admin_service_list},
	{"service", "check",    "FILE",          1, 1, "Check the manifest of a service plugin.", admin_service_check},
	{"service", "new",      "NAME",          1, 1, "Begin a service plugin: a folder NAME that builds, tests and answers.", admin_service_new},
	{"service", "sign",     "FILE KEY",      2, 2, "Sign the manifest FILE, and the hash of what it names, by a private key (PEM).", admin_service_sign},
	{"person",  "apply",    "FILE",          1, 1, "Write people into the built-in register (JSON).", admin_person_apply},
	{"person",  "list",     "",              0, 0, "List the personas of a demo; nobody lists real people.", admin_person_list},
	{"person",  "offer",    "[--by-login] [--sheet FILE] NAME [TYPE…]", 1, 9, "Offer credentials to a person's wallet.", admin_person_offer},
	{"person",  "revoke",   "NAME [DEVICE]", 1, 2, "Revoke the credentials of a person, or of one phone; what they signed in ends.", admin_person_revoke},
	{"person",  "list-credentials", "NAME",  1, 1, "List the credentials of a person.", admin_person_list_credentials},
	{"person",  "list-links", "NAME",        1, 1, "List a person's accounts at other providers that sign them in here.", admin_person_list_links},
	{"person",  "unlink",   "NAME LINK",     2, 2, "End such a link; `dvara session end` ends what it signed in.", admin_person_unlink},
	{"person",  "subject",  "NAME CLIENT",   2, 2, "Print a person's subject at a relying party or service.", admin_person_subject},
	{"purpose", "apply",    "FILE",          1, 1, "Propose what a relying party may ask and why (JSON); another operator approves it.", admin_purpose_apply},
	{"purpose", "approve",  "CLIENT PURPOSE [NUMBER]", 2, 3, "Put a proposed or suspended purpose in force, for twelve months.", admin_purpose_approve},
	{"purpose", "diff",     "FILE",          1, 1, "Print how a file differs from the purpose in force.", admin_purpose_diff},
	{"purpose", "list",     "[CLIENT]",      0, 1, "List the versions of registered purposes.", admin_purpose_list},
	{"purpose", "show",     "CLIENT PURPOSE [NUMBER]", 2, 3, "Print a registered purpose with its certificate.", admin_purpose_show},
	{"purpose", "suspend",  "CLIENT PURPOSE", 2, 2, "Stop a purpose: nothing is asked or released under it.", admin_purpose_suspend},
	{"attribute", "apply",  "FILE",          1, 1, "Propose an attribute for the catalogue (JSON); another operator approves it.", admin_attribute_apply},
	{"attribute", "approve", "NAME [NUMBER]", 1, 2, "Put a proposed or suspended attribute into the catalogue.", admin_attribute_approve},
	{"attribute", "diff",   "FILE",          1, 1, "Print how a file differs from the attribute in force.", admin_attribute_diff},
	{"attribute", "list",   "",              0, 0, "Print the catalogue of attributes, and the versions of those that operators registered.", admin_attribute_list},
	{"attribute", "suspend", "NAME",         1, 1, "Take an attribute out of the catalogue for the time being.", admin_attribute_suspend},
};
/* clang-format on */
const size_t admin_n_commands = sizeof(admin_commands) / sizeof(admin_commands[0]);

/* What the words of the command line said. */
struct words {
	const char *noun, *verb;
	const char *args[MAX_WORDS + 1];
	unsigned n_args;
	const char *config, *alg, *operator_key, *sheet;
	bool wants_json, wants_help, is_forced, by_login;
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

static bool words_read(struct words *words, int n, char **given);
static const struct admin_command *command_find(const struct words *words);
static int usage(const struct words *words);
static int command_run(const struct admin_command *command, const struct words *words);

int
admin_main(int n_words, char **given)
{
	struct words words = {0};
	const struct admin_command *command;

	if (!words_read(&words, n_words, given) || words.wants_help)
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

static bool
option_read(struct words *words, const char *word, const char *value)
{
	if (!value)
		return false;
	if (strcmp(word, "--config") == 0)
		words->config = value;
	else if (strcmp(word, "--alg") == 0)
		words->alg = value;
	else if (strcmp(word, "--sheet") == 0)
		words->sheet = value;
	else if (strcmp(word, "--operator-key") == 0)
		words->operator_key = value;
	else
		return false;
	return true;
}

static bool
words_read(struct words *words, int n, char **given)
{
	words->config = admin_default_config();
	for (int i = 0; i < n; i++) {
		if (strcmp(given[i], "--json") == 0)
			words->wants_json = true;
		else if (strcmp(given[i], "--help") == 0 || strcmp(given[i], "-h") == 0)
			words->wants_help = true;
		else if (strcmp(given[i], "--force") == 0)
			words->is_forced = true;
		else if (strcmp(given[i], "--by-login") == 0)
			words->by_login = true;
		else if (strncmp(given[i], "--", 2) == 0) {
			if (!option_read(words, given[i], i + 1 < n ? given[i + 1] : NULL))
				return false;
			i++;
		} else if (!words->noun)
			words->noun = given[i];
		else if (!words->verb && strcmp(words->noun, "check") != 0)
			words->verb = given[i];
		else if (words->n_args < MAX_WORDS)
			words->args[words->n_args++] = given[i];
	}
	return words->noun != NULL;
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

static int
usage(const struct words *words)
{
	FILE *out = words->wants_help ? stdout : stderr;
	bool knows_noun = false;

	for (size_t i = 0; words->noun && i < admin_n_commands; i++)
		knows_noun = knows_noun || strcmp(admin_commands[i].noun, words->noun) == 0;
	fputs("usage: dvara serve [--config FILE]\n", out);
	for (size_t i = 0; i < admin_n_commands; i++) {
		const struct admin_command *command = &admin_commands[i];
		char line[64];

		if (knows_noun && strcmp(command->noun, words->noun) != 0)
			continue;
		snprintf(line, sizeof(line), "%s %s %s", command->noun,
		    command->verb ? command->verb : "", command->usage);
		fprintf(out, "       dvara %-34s %s\n", line, command->help);
	}
	fputs("options: --config FILE  --json  --operator-key FILE  --help\n", out);
	return words->wants_help ? ADMIN_OK : ADMIN_USAGE;
}

static int
exit_code(int result)
{
	switch (result) {
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
		return exit_code(running->result);
	}
	if (running->call.warning)
		fprintf(stderr, "dvara: warning: %s\n", running->call.warning);
	free(running->call.warning);
	if (running->call.text && !wants_json)
		puts(running->call.text);
	free(running->call.text);
	if (running->call.answer) {
		text = json_dumps(running->call.answer,
		    JSON_PRESERVE_ORDER | (wants_json ? JSON_COMPACT : JSON_INDENT(2)));
		puts(text);
		free(text);
		json_decref(running->call.answer);
	}
	return fflush(stdout) == 0 ? ADMIN_OK : ADMIN_FAILED;
}

/* On files: without a configuration, without stores; settings are NULL then. */
static bool
works_alone(const struct admin_command *command)
{
	return command->run == admin_service_check || command->run == admin_service_new ||
	       command->run == admin_service_sign;
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
