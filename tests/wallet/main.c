/* SPDX-License-Identifier: Apache-2.0
 *
 * dvara-wallet: a reference wallet that knows only the standards (OpenID4VCI 1.0, OpenID4VP 1.0,
 * HAIP 1.0) and the links it is given.  The tests and the demo use it as a witness of the gateway,
 * so it shares no code with it.
 *
 * Prints one JSON value; a refusal is one line on stderr.  Exit: 0 ok, 1 failed, 2 usage,
 * 3 not found, 4 the person must choose (the JSON value lists the identities that would do).
 */
#include "accept.h"
#include "file.h"
#include "identity.h"
#include "present.h"

#include <curl/curl.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct command {
	const struct verb *verb;
	const char *argument; /* the link, or NULL */
	const char *trust_file, *pin_file;
	struct accept accept;
	struct present present;
	const char *identity;
	char seen[32]; /* letters of the verb's options that were given */
};

struct verb {
	const char *name;
	const char *argument; /* what it takes, or NULL */
	const char *options;  /* letters of the options it takes */
	int (*run)(struct wallet *wallet, struct command *command, json_t **ret_report);
};

static int run_accept(struct wallet *wallet, struct command *command, json_t **ret_report);
static int run_present(struct wallet *wallet, struct command *command, json_t **ret_report);
static int run_list(struct wallet *wallet, struct command *command, json_t **ret_report);
static int run_renew(struct wallet *wallet, struct command *command, json_t **ret_report);
static int run_default(struct wallet *wallet, struct command *command, json_t **ret_report);
static int run_show(struct wallet *wallet, struct command *command, json_t **ret_report);
static int run(struct wallet *wallet, int argc, char **argv, json_t **ret_report);
static int read_options(struct wallet *wallet, struct command *command, int argc, char **argv);
static int read_option(
    struct wallet *wallet, struct command *command, int letter, const char *value);
static bool is_number(const char *text, long max, long *ret_number);
static bool is_relation(const char *word);
static int read_verb(struct wallet *wallet, struct command *command, int n_words, char **words);
static int read_pin(struct wallet *wallet, const char *path);
static int check_text(struct wallet *wallet, int argc, char **argv);
static void print_reason(const char *reason);
static int exit_code(int r);

static const char usage[] =
    "usage: dvara-wallet --home DIR [--trust FILE] [--ca-file FILE] [--pin-file FILE]\n"
    "                    [--timeout SECONDS] VERB\n"
    "  accept OFFER_URI [--tx-code N] [--identity NAME] [--label TEXT] [--relation WORD]\n"
    "         [--keys N] [--configuration ID] [--client-id ID]\n"
    "  present REQUEST_URI [--identity NAME] [--refuse | --look]\n"
    "  list\n"
    "  show [--identity NAME]\n"
    "  default NAME\n"
    "  renew NAME\n";

static const struct verb verbs[] = {
    {"accept", "OFFER_URI", "xicoebk", run_accept},
    {"present", "REQUEST_URI", "irl", run_present},
    {"list", NULL, "", run_list},
    {"show", NULL, "i", run_show},
    {"default", "NAME", "", run_default},
    {"renew", "NAME", "", run_renew},
};

static const struct option options[] = {
    {"home", required_argument, NULL, 'H'},
    {"trust", required_argument, NULL, 'T'},
    {"ca-file", required_argument, NULL, 'C'},
    {"pin-file", required_argument, NULL, 'P'},
    {"timeout", required_argument, NULL, 'S'},
    {"help", no_argument, NULL, 'h'},
    {"version", no_argument, NULL, 'v'},
    {"tx-code", required_argument, NULL, 'x'},
    {"identity", required_argument, NULL, 'i'},
    {"configuration", required_argument, NULL, 'c'},
    {"client-id", required_argument, NULL, 'o'},
    {"label", required_argument, NULL, 'b'},
    {"relation", required_argument, NULL, 'e'},
    {"keys", required_argument, NULL, 'k'},
    {"refuse", no_argument, NULL, 'r'},
    {"look", no_argument, NULL, 'l'},
    {0},
};

int
main(int argc, char **argv)
{
	struct wallet wallet = {.timeout_s = 20};
	json_t *report = NULL;
	int r;

	curl_global_init(CURL_GLOBAL_DEFAULT);
	r = run(&wallet, argc, argv, &report);
	if ((r == 0 || r == WALLET_CHOICE) && report &&
	    (json_dumpf(report, stdout, JSON_INDENT(2)) < 0 || puts("") < 0))
		r = wallet_fail(&wallet, WALLET_FAILED, "the answer cannot be printed");
	if (r < 0)
		print_reason(wallet.reason);
	wallet_clear(&wallet);
	curl_global_cleanup();
	return exit_code(r);
}

static int
run(struct wallet *wallet, int argc, char **argv, json_t **ret_report)
{
	struct command command = {0};
	int r;

	r = check_text(wallet, argc, argv);
	if (r < 0)
		return r;
	r = read_options(wallet, &command, argc, argv);
	if (r != 0)
		return r < 0 ? r : 0;
	if (!wallet->home)
		return wallet_fail(wallet, WALLET_USAGE, "give --home DIR");
	wallet->trust_file = command.trust_file
				 ? command.trust_file
				 : wallet_printf(wallet, "%s/trust.pem", wallet->home);
	r = command.pin_file ? read_pin(wallet, command.pin_file) : 0;
	if (r < 0)
		return r;
	return command.verb->run(wallet, &command, ret_report);
}

/* What is not UTF-8 could not be put into JSON later. */
static int
check_text(struct wallet *wallet, int argc, char **argv)
{
	for (int i = 1; i < argc; i++) {
		json_t *text = json_string(argv[i]);

		if (!text)
			return wallet_fail(wallet, WALLET_USAGE, "word %d is not UTF-8", i);
		json_decref(text);
	}
	return 0;
}

/* 1 when the option itself was the whole command (--help). */
static int
read_options(struct wallet *wallet, struct command *command, int argc, char **argv)
{
	int letter, r;

	opterr = 0;
	while ((letter = getopt_long(argc, argv, "", options, NULL)) != -1) {
		if (letter == '?')
			return wallet_fail(wallet, WALLET_USAGE,
			    "%s is not an option here, or misses its value", argv[optind - 1]);
		if (letter == 'h' || letter == 'v') {
			fputs(letter == 'h' ? usage : "dvara-wallet " DVARA_VERSION "\n", stdout);
			return 1;
		}
		r = read_option(wallet, command, letter, optarg);
		if (r < 0)
			return r;
	}
	return read_verb(wallet, command, argc - optind, argv + optind);
}

static int
read_option(struct wallet *wallet, struct command *command, int letter, const char *value)
{
	const struct {
		int letter;
		const char **place;
	} texts[] = {
	    {'H', &wallet->home},
	    {'T', &command->trust_file},
	    {'C', &wallet->ca_file},
	    {'P', &command->pin_file},
	    {'x', &command->accept.tx_code},
	    {'i', &command->identity},
	    {'c', &command->accept.configuration_id},
	    {'o', &command->accept.client_id},
	    {'b', &command->accept.label},
	    {'e', &command->accept.relation},
	};

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		if (texts[i].letter == letter)
			*texts[i].place = value;
	command->present.is_refusal |= letter == 'r';
	command->present.is_look |= letter == 'l';
	if (letter >= 'a' && strlen(command->seen) + 1 < sizeof(command->seen))
		command->seen[strlen(command->seen)] = (char)letter;
	if (letter == 'S' && !is_number(value, 600, &wallet->timeout_s))
		return wallet_fail(wallet, WALLET_USAGE, "--timeout is 1 to 600 seconds");
	if (letter == 'k' && !is_number(value, BATCH_MAX, &command->accept.n_keys))
		return wallet_fail(wallet, WALLET_USAGE, "--keys is 1 to %d", BATCH_MAX);
	if (letter == 'e' && !is_relation(value))
		return wallet_fail(
		    wallet, WALLET_USAGE, "--relation is own, child, parent or other");
	return 0;
}

static bool
is_number(const char *text, long max, long *ret_number)
{
	char *end;

	*ret_number = strtol(text, &end, 10);
	return end != text && *end == '\0' && *ret_number >= 1 && *ret_number <= max;
}

static bool
is_relation(const char *word)
{
	for (const char *const *one = identity_relations; *one; one++)
		if (strcmp(*one, word) == 0)
			return true;
	return false;
}

static int
read_verb(struct wallet *wallet, struct command *command, int n_words, char **words)
{
	const struct verb *verb = NULL;

	for (size_t i = 0; n_words > 0 && i < sizeof(verbs) / sizeof(verbs[0]); i++)
		if (strcmp(verbs[i].name, words[0]) == 0)
			verb = &verbs[i];
	if (!verb)
		return wallet_fail(wallet, WALLET_USAGE,
		    "give one of accept, present, list, show, default, renew (--help tells more)");
	if (n_words != (verb->argument ? 2 : 1))
		return wallet_fail(wallet, WALLET_USAGE, "%s takes %s", verb->name,
		    verb->argument ? verb->argument : "no words");
	if (command->seen[strspn(command->seen, verb->options)])
		return wallet_fail(
		    wallet, WALLET_USAGE, "%s does not take an option given to it", verb->name);
	if (command->present.is_refusal && command->present.is_look)
		return wallet_fail(wallet, WALLET_USAGE, "--refuse or --look, not both");
	command->verb = verb;
	command->argument = words[verb->argument ? 1 : 0];
	return 0;
}

static int
read_pin(struct wallet *wallet, const char *path)
{
	const char *text;
	int r;

	r = file_read(wallet, path, &text);
	if (r < 0)
		return r;
	wallet->pin = wallet_copy(wallet, text, strcspn(text, "\r\n"));
	if (!*wallet->pin || strlen(wallet->pin) > 128)
		return wallet_fail(wallet, WALLET_FAILED, "%s has no PIN in its first line", path);
	return 0;
}

static int
run_accept(struct wallet *wallet, struct command *command, json_t **ret_report)
{
	command->accept.offer_uri = command->argument;
	command->accept.identity = command->identity;
	return accept_offer(wallet, &command->accept, ret_report);
}

static int
run_present(struct wallet *wallet, struct command *command, json_t **ret_report)
{
	command->present.request_uri = command->argument;
	command->present.identity = command->identity;
	return present_request(wallet, &command->present, ret_report);
}

static int
run_list(struct wallet *wallet, struct command *command, json_t **ret_report)
{
	json_t *list = wallet_json(wallet, json_array()), *names, *name, *summary;
	struct identity identity;
	size_t i;
	int r;

	(void)command;
	r = identity_names(wallet, &names);
	if (r < 0)
		return r;
	json_array_foreach(names, i, name) {
		r = identity_load(wallet, json_string_value(name), &identity);
		if (r < 0)
			return r;
		r = identity_summary(wallet, &identity, &summary);
		if (r < 0)
			return r;
		json_array_append(list, summary);
	}
	*ret_report = wallet_json(wallet, json_pack("{s:O}", "identities", list));
	return 0;
}

/* Without a name: the default, or the newest. */
static int
run_show(struct wallet *wallet, struct command *command, json_t **ret_report)
{
	const char *name = command->identity;
	struct identity identity;
	json_t *names;
	int r;

	r = identity_names(wallet, &names);
	if (r < 0)
		return r;
	r = name ? 0 : identity_default(wallet, &name);
	if (r < 0)
		return r;
	if (!name)
		name = json_string_value(json_array_get(names, 0));
	if (!name)
		return wallet_fail(wallet, WALLET_NOT_FOUND, "there is no identity yet");
	r = identity_load(wallet, name, &identity);
	if (r < 0)
		return r;
	r = identity_summary(wallet, &identity, ret_report);
	if (r < 0)
		return r;
	for (size_t i = 0; i < identity.n_batches; i++) {
		json_t *one = json_array_get(json_object_get(*ret_report, "credentials"), i);

		json_object_set(one, "claims", identity.batches[i].credential.claims);
		json_object_set_new(
		    one, "credential", json_string(identity.batches[i].credential_text));
	}
	return 0;
}

static int
run_default(struct wallet *wallet, struct command *command, json_t **ret_report)
{
	int r = identity_set_default(wallet, command->argument);

	if (r == 0)
		*ret_report = wallet_json(wallet, json_pack("{s:s}", "default", command->argument));
	return r;
}

static int
run_renew(struct wallet *wallet, struct command *command, json_t **ret_report)
{
	return accept_renew(wallet, command->argument, ret_report);
}

/* What servers say is shown without its control signs. */
static void
print_reason(const char *reason)
{
	fputs("dvara-wallet: ", stderr);
	for (const unsigned char *c = (const unsigned char *)reason; *c; c++)
		fputc(*c < 0x20 || *c == 0x7f ? '?' : *c, stderr);
	fputc('\n', stderr);
}

static int
exit_code(int r)
{
	switch (r) {
	case 0: return 0;
	case WALLET_USAGE: return 2;
	case WALLET_NOT_FOUND: return 3;
	case WALLET_CHOICE: return 4;
	default: return 1;
	}
}
