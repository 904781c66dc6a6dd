/* SPDX-License-Identifier: Apache-2.0
 *
 * What can be said after `dvara`, told from the table of commands: --help and what is said of a
 * slip, the manual page, the completion of a shell.
 */
#include "admin/usage.h"

#include "core/buf.h"
#include "core/names.h"
#include "core/task.h"

#include <stdio.h>
#include <string.h>

#define WORDS_MAX      128 /* more than there are nouns, and verbs of one */
#define TEXT_MAX_BYTES (64u << 10)
#define OPTIONS        "--config FILE  --json  --operator-key FILE  --help  --version"

static const char *slip(const struct usage *usage, char why[160]);
static size_t lines_print(const struct usage *usage, FILE *out, bool of_verb);
static void collect(const char *noun, const char *words[WORDS_MAX]);
static const char *space_before(const char *text);

void
usage_print(const struct usage *usage, FILE *out)
{
	char why[160];

	if (slip(usage, why) != NULL)
		fprintf(out, "dvara: %s\n", why);
	if (usage->noun == NULL || lines_print(usage, out, true) == 0)
		fputs("usage: dvara serve [--config FILE]\n", out);
	else
		return;
	if (lines_print(usage, out, false) == 0)
		lines_print(&(struct usage){0}, out, false);
	fputs("options: " OPTIONS "\n", out);
}

/* What is wrong with the words, or NULL: help was asked for. */
static const char *
slip(const struct usage *usage, char why[160])
{
	const char *words[WORDS_MAX] = {NULL}, *given = usage->noun, *meant;

	if (usage->wrong != NULL) {
		snprintf(why, 160, "%.40s: %s", usage->wrong_option, usage->wrong);
		return why;
	}
	if (usage->wants_help || usage->noun == NULL)
		return NULL;
	collect(NULL, words);
	if (names_have(words, usage->noun)) {
		given = usage->verb;
		memset(words, 0, sizeof(words));
		collect(usage->noun, words);
	}
	if (given == NULL || names_have(words, given) || words[0] == NULL) {
		snprintf(why, 160, "%s%s%s%s", usage->noun, given ? " " : "", given ? given : "",
		    given == NULL && words[0] != NULL ? " what?" : ": too few words, or too many");
		return why;
	}
	meant = names_nearest(words, given);
	snprintf(why, 160, "there is no %.40s%s%s%s", given, meant ? ": did you mean " : "",
	    meant ? meant : "", meant ? "?" : "");
	return why;
}

/* How many: of this noun and verb, or of the noun, or all where none is said. */
static size_t
lines_print(const struct usage *usage, FILE *out, bool of_verb)
{
	size_t n = 0;

	for (size_t i = 0; i < admin_n_commands; i++) {
		const struct admin_command *command = &admin_commands[i];
		char line[80];

		if (usage->noun != NULL && strcmp(command->noun, usage->noun) != 0)
			continue;
		if (of_verb && command->verb != NULL && !str_equal(command->verb, usage->verb))
			continue;
		snprintf(line, sizeof(line), "%s%s%s%s%s", command->noun, command->verb ? " " : "",
		    command->verb ? command->verb : "", space_before(command->usage),
		    command->usage);
		fprintf(
		    out, "%s dvara %-34s %s\n", of_verb ? "usage:" : "      ", line, command->help);
		n++;
	}
	return n;
}

static const char *
space_before(const char *text)
{
	return *text == '\0' ? "" : " ";
}

/* Verbs of the noun, or with NULL all nouns, each once. */
static void
collect(const char *noun, const char *words[WORDS_MAX])
{
	size_t n = 0;

	for (size_t i = 0; i < admin_n_commands && n < WORDS_MAX - 1; i++) {
		const struct admin_command *command = &admin_commands[i];
		const char *word = noun == NULL ? command->noun : command->verb;

		if ((noun == NULL || strcmp(command->noun, noun) == 0) && word != NULL &&
		    !names_have(words, word))
			words[n++] = word;
	}
}

int
admin_manual(struct admin_call *call)
{
	struct buf page;

	buf_open(&page, call->task, TEXT_MAX_BYTES);
	buf_text_add(&page,
	    ".TH DVARA 1\n.SH NAME\ndvara \\- federated authentication gateway\n.SH SYNOPSIS\n"
	    ".B dvara serve\n[\\-\\-config FILE]\n.br\n.B dvara\nNOUN VERB [WORDS] [OPTIONS]\n"
	    ".SH COMMANDS\n");
	for (size_t i = 0; i < admin_n_commands; i++) {
		const struct admin_command *command = &admin_commands[i];

		buf_text_add(
		    &page, task_printf(call->task, ".TP\n.B %s%s%s%s%s\n%s\n", command->noun,
			       command->verb ? " " : "", command->verb ? command->verb : "",
			       space_before(command->usage), command->usage, command->help));
	}
	buf_text_add(&page,
	    ".SH OPTIONS\n.TP\n.B \\-\\-config FILE\nElse DVARA_CONFIG, else "
	    "/etc/dvara/dvara.conf.\n.TP\n.B \\-\\-json\nAnswers as JSON, in one line.\n.TP\n"
	    ".B \\-\\-operator\\-key FILE\nWho speaks is the holder of this key (PEM), not the "
	    "Unix user.\n.TP\n.B \\-\\-help\nOf all commands, of a NOUN, of a NOUN VERB; "
	    "`dvara help` likewise.\n.TP\n.B \\-\\-version\nWhich version this is.\n"
	    ".SH EXIT STATUS\n0 done, 1 failed, 2 wrong words, 3 not found, "
	    "4 in conflict with what there is (a second operator is needed).\n");
	return admin_done(call, NULL, "%s", buf_text(&page));
}

int
admin_completion(struct admin_call *call)
{
	const char *nouns[WORDS_MAX] = {NULL};
	struct buf script;

	collect(NULL, nouns);
	buf_open(&script, call->task, TEXT_MAX_BYTES);
	buf_text_add(&script,
	    "_dvara() {\n\tlocal at=${COMP_WORDS[COMP_CWORD]} words=\"\"\n\tcase $COMP_CWORD in\n");
	buf_text_add(&script, task_printf(call->task, "\t1) words=\"serve help %s\" ;;\n",
				  str_join(call->task, nouns, " ")));
	buf_text_add(&script, "\t2) case ${COMP_WORDS[1]} in\n");
	for (const char **noun = nouns; *noun != NULL; noun++) {
		const char *verbs[WORDS_MAX] = {NULL};

		collect(*noun, verbs);
		buf_text_add(&script, task_printf(call->task, "\t\t%s) words=\"%s\" ;;\n", *noun,
					  str_join(call->task, verbs, " ")));
	}
	buf_text_add(&script,
	    "\tesac ;;\n\tesac\n\t[[ $at == -* ]] && words=\"--config --json --operator-key "
	    "--help --version\"\n\tCOMPREPLY=($(compgen -W \"$words\" -- \"$at\"))\n}\n"
	    "complete -o default -F _dvara dvara");
	return admin_done(call, NULL, "%s", buf_text(&script));
}
