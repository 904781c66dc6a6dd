/* SPDX-License-Identifier: Apache-2.0
 *
 * The command line of dvara-service.
 */
#include "host.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FDS_OF_ALL 3 /* standard input, output, error */

static bool are_enough(const struct words *words);
static bool is_number(const char *word);
static void usage(void);

bool
host_words_read(struct words *words, int argc, char **argv)
{
	static const struct option options[] = {{"plugin", 1, 0, 'p'}, {"socket", 1, 0, 's'},
	    {"listen", 1, 0, 'l'}, {"tls-cert", 1, 0, 'c'}, {"tls-key", 1, 0, 'k'},
	    {"gateway", 1, 0, 'g'}, {"client", 1, 0, 'i'}, {"ca-file", 1, 0, 'a'},
	    {"url", 1, 0, 'u'}, {"state", 1, 0, 'd'}, {"trust", 1, 0, 't'},
	    {"allow-unsigned", 0, 0, 'n'}, {"uid", 1, 0, 'U'}, {"test", 0, 0, 'T'},
	    {"program", 1, 0, 'r'}, {"listen-fd", 1, 0, 'f'}, {0}};
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
		case 'f': words->listen_fd = optarg; break;
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
	bool is_local = words->socket || words->listen_fd;
	bool has_place = !words->socket + !words->listen + !words->listen_fd == 2 &&
			 (is_local || (words->tls_cert && words->tls_key));

	if (words->uid && !is_number(words->uid))
		return false;
	if (words->listen_fd &&
	    (!is_number(words->listen_fd) || strtoul(words->listen_fd, NULL, 10) < FDS_OF_ALL))
		return false;
	if (words->wants_test)
		return words->plugin && words->n_conversations > 0;
	if (!words->plugin == !words->program || (words->program && !is_local))
		return false;
	return words->n_conversations == 0 && words->gateway && words->client && has_place;
}

static bool
is_number(const char *word)
{
	size_t n_digits = strspn(word, "0123456789");

	return n_digits > 0 && word[n_digits] == '\0' && strtoul(word, NULL, 10) <= INT32_MAX;
}

static void
usage(void)
{
	fputs("usage: dvara-service --plugin FILE (--socket PATH | --listen-fd N |\n"
	      "                     --listen ADDR --tls-cert FILE --tls-key FILE)\n"
	      "                     --gateway URL --client FILE [--ca-file FILE] [--url URL]\n"
	      "                     [--state DIR] [--trust FILE [--allow-unsigned]] [--uid N]\n"
	      "       dvara-service --program FILE (--socket PATH | --listen-fd N)\n"
	      "                     --gateway URL --client FILE ...\n"
	      "       dvara-service --plugin FILE --test CONVERSATION...\n",
	    stderr);
}
