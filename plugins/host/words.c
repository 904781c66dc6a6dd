/* SPDX-License-Identifier: Apache-2.0
 *
 * The command line of dvara-service.
 */
#include "host.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool are_enough(const struct words *words);
static bool is_user(const char *uid);
static void usage(void);

bool
host_words_read(struct words *words, int argc, char **argv)
{
	static const struct option options[] = {{"plugin", 1, 0, 'p'}, {"socket", 1, 0, 's'},
	    {"listen", 1, 0, 'l'}, {"tls-cert", 1, 0, 'c'}, {"tls-key", 1, 0, 'k'},
	    {"gateway", 1, 0, 'g'}, {"client", 1, 0, 'i'}, {"ca-file", 1, 0, 'a'},
	    {"url", 1, 0, 'u'}, {"state", 1, 0, 'd'}, {"trust", 1, 0, 't'},
	    {"allow-unsigned", 0, 0, 'n'}, {"uid", 1, 0, 'U'}, {"test", 0, 0, 'T'},
	    {"program", 1, 0, 'r'}, {0}};
	int option;

	while ((option = getopt_long(argc, argv, "", options, NULL)) != -1)
		switch (option) {
		case 'p': words->plugin = optarg; break;
		case 's': words->socket = optarg; break;
		case 'l': words->listen = optarg; break;
		case 'c': words->tls_cert = optarg; break;
		case 'k': words->tls_key = optarg; break;
		case 'g': words->gateway = optarg; break;
		case 'i': words->client = optarg; break;
		case 'a': words->ca_file = optarg; break;
		case 'u': words->url = optarg; break;
		case 'd': words->state = optarg; break;
		case 't': words->trust = optarg; break;
		case 'n': words->allow_unsigned = true; break;
		case 'U': words->uid = optarg; break;
		case 'r': words->program = optarg; break;
		case 'T': words->wants_test = true; break;
		default: usage(); return false;
		}
	words->conversations = argv + optind;
	words->n_conversations = (size_t)(argc - optind);
	if (are_enough(words))
		return true;
	usage();
	return false;
}

static bool
are_enough(const struct words *words)
{
	bool has_place =
	    words->socket ? !words->listen : words->listen && words->tls_cert && words->tls_key;

	if (words->uid && !is_user(words->uid))
		return false;
	if (words->wants_test)
		return words->plugin && words->n_conversations > 0;
	if (!words->plugin == !words->program || (words->program && !words->socket))
		return false;
	return words->n_conversations == 0 && words->gateway && words->client && has_place;
}

static bool
is_user(const char *uid)
{
	size_t n_digits = strspn(uid, "0123456789");

	return n_digits > 0 && uid[n_digits] == '\0' && strtoul(uid, NULL, 10) <= INT32_MAX;
}

static void
usage(void)
{
	fputs("usage: dvara-service --plugin FILE (--socket PATH | --listen ADDR --tls-cert FILE "
	      "--tls-key FILE)\n                     --gateway URL --client FILE [--ca-file FILE] "
	      "[--url URL]\n                     [--state DIR] [--trust FILE [--allow-unsigned]] "
	      "[--uid N]\n"
	      "       dvara-service --program FILE --socket PATH --gateway URL --client FILE ...\n"
	      "       dvara-service --plugin FILE --test CONVERSATION...\n",
	    stderr);
}
