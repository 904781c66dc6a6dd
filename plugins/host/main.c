/* SPDX-License-Identifier: Apache-2.0
 *
 * dvara-service --plugin FILE (--socket PATH | --listen-fd N |
 *               --listen ADDR --tls-cert FILE --tls-key FILE)
 *               --gateway URL --client FILE [--ca-file FILE] [--url URL] [--state DIR]
 *               [--trust FILE [--allow-unsigned]] [--uid N]
 * dvara-service --program FILE (--socket PATH | --listen-fd N) …
 * dvara-service --plugin FILE --test CONVERSATION…
 *
 * Started by the gateway (services/process.c), with a socket that listens as descriptor N, or by an
 * agency on its own machine.  First all files are read and the socket is there, then the process is
 * confined, then the plugin is loaded.
 */
#include "host.h"

#include "core/fiber.h"
#include "core/log.h"
#include "core/offload.h"
#include "http/fetch.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#define CLIENT_MAX_BYTES (64u << 10)
#define PEM_MAX_BYTES    (64u << 10)
#define OPEN_MS          5000

struct dvara_host host_seat;

static const struct route routes[] = {
    {"GET", "/jwks", host_jwks, reply_problem_fault, ROUTE_STATIC, "jwks", 0, NULL},
    {"*", "/*", host_call, reply_problem_fault, 0, "call", 1u << 20, NULL},
};

static void end_with_gateway(void);
static bool host_prepare(
    struct dvara_host *host, struct task *task, const struct words *words, char why[256]);
static bool host_begin(struct dvara_host *host, char why[256]);
static struct http_server *listen_begin(
    struct dvara_host *host, const struct words *words, char why[256]);
static void stop_wait(struct loop *loop);

int
main(int argc, char **argv)
{
	struct http_server *server = NULL;
	struct words words = {0};
	struct task task;
	char why[256];

	if (!host_words_read(&words, argc, argv))
		return 2;
	if (words.wants_test)
		return host_rehearse(&host_seat, &words) ? 0 : 1;
	prctl(PR_SET_DUMPABLE, 0);
	signal(SIGPIPE, SIG_IGN);
	umask(0077);
	json_setup();
	log_open(LOG_NOTICE, "dvara-service");
	host_limits();
	task_open(&task, NULL, NULL, OPEN_MS);
	if (host_prepare(&host_seat, &task, &words, why)) {
		if (words.program && !host_program_run(&host_seat, &words, why)) {
			log_line(LOG_ERR, "start", "%s", why);
			return 1;
		}
		server = listen_begin(&host_seat, &words, why);
	}
	if (!server || !host_confine(&host_seat, &words, why) || !host_begin(&host_seat, why)) {
		log_line(LOG_ERR, "start", "%s", why);
		return 1;
	}
	log_line(LOG_NOTICE, "started", "%s %s on %s", host_seat.service->id,
	    host_seat.service->version,
	    words.socket   ? words.socket
	    : words.listen ? words.listen
			   : "the socket given");
	loop_run(host_seat.loop);
	http_server_free(server);
	offload_close();
	if (host_seat.service->close)
		host_seat.service->close(host_seat.self);
	host_store_close(&host_seat);
	task_close(&task);
	return 0;
}

static void *
lifeline_thread(void *arg)
{
	sigset_t all;
	char byte;

	(void)arg;
	sigfillset(&all);
	pthread_sigmask(SIG_BLOCK, &all, NULL);
	while (read(STDIN_FILENO, &byte, 1) > 0)
		continue;
	_exit(1);
}

/* A gateway that was killed stops nobody.  Its end of the pipe that is standard input closes with
 * it, and then nobody asks a plugin that may hang. */
static void
end_with_gateway(void)
{
	pthread_t thread;

	if (!getenv("DVARA_SUPERVISED"))
		return;
	if (pthread_create(&thread, NULL, lifeline_thread, NULL) == 0)
		pthread_detach(thread);
}

/* Another key than the assertion's, so that no statement can be taken for one; a file without signs
 * nothing. */
static bool
statement_key_read(struct dvara_host *host, struct task *task, const json_t *jwks, char why[256])
{
	const json_t *jwk = json_array_get(json_object_get(jwks, "keys"), 0);
	json_t *public;

	if (!jwk)
		return true;
	if (signer_of_jwk(task, jwk, &host->statement_signer) < 0) {
		snprintf(why, 256, "statement_jwks: %s", task->fault.text);
		return false;
	}
	public = json_deep_copy(jwk);
	json_object_del(public, "d");
	host->statement_jwks = json_pack("{s:[o]}", "keys", public);
	return true;
}

/* The metadata of this service's own client, with private_jwks (as `dvara client apply` and the
 * gateway's state folder have it). */
static bool
client_read(struct dvara_host *host, struct task *task, const char *path, char why[256])
{
	char *text = host_text_file(path, CLIENT_MAX_BYTES);
	json_auto_t *json = text ? json_loads(text, JSON_REJECT_DUPLICATES, NULL) : NULL;
	const json_t *keys = json_object_get(json_object_get(json, "private_jwks"), "keys");
	const char *id = json_get_text(json, "client_id");

	free(text);
	if (!id || json_array_size(keys) < 1) {
		snprintf(why, 256, "%s: no client_id and private_jwks there", path);
		return false;
	}
	if (signer_of_jwk(task, json_array_get(keys, 0), &host->signer) < 0) {
		snprintf(why, 256, "%s: %s", path, task->fault.text);
		return false;
	}
	if (strcmp(id, host->manifest.id) != 0) {
		snprintf(why, 256, "%s is of %s, the manifest says it is %s", path, id,
		    host->manifest.id);
		return false;
	}
	host->client_id = strdup(id);
	return statement_key_read(host, task, json_object_get(json, "statement_jwks"), why);
}

/* Nothing of the plugin runs yet. */
static bool
host_prepare(struct dvara_host *host, struct task *task, const struct words *words, char why[256])
{
	static const char *const anywhere[] = {"0.0.0.0/0", "::/0", NULL};
	char *audience;

	host->gateway = words->gateway;
	host->is_behind_gateway = words->listen == NULL;
	/* The one address it calls is the gateway's, given by whoever started it. */
	host->settings = (struct settings){.gateway_issuer = words->gateway,
	    .gateway_language = "en",
	    .gateway_connections = 256,
	    .gateway_connections_per_address = 256,
	    .outbound_allow = anywhere,
	    .outbound_ca_file = words->ca_file};
	host->loop = loop_new();
	host->rooms.settings = &host->settings;
	host->rooms.fetcher = fetcher_new(host->loop, &host->settings);
	if (!host_read(host, task, words, why))
		return false;
	if (asprintf(&audience, "%s/services/%s", words->gateway, host->manifest.id) < 0)
		abort();
	host->audience = audience;
	host->url = words->url ? words->url : audience;
	return client_read(host, task, words->client, why);
}

/* Threads, and the plugin: behind the walls. */
static bool
host_begin(struct dvara_host *host, char why[256])
{
	end_with_gateway();
	stop_wait(host->loop);
	offload_open(1);
	if (!host_load(host, why) || !host_store_open(host, host->state.path, why) ||
	    !host_open(host, why))
		return false;
	host_news_begin();
	return true;
}

static struct http_server *
listen_begin(struct dvara_host *host, const struct words *words, char why[256])
{
	static char address[sizeof("unix:") + sizeof(((struct sockaddr_un *)0)->sun_path)];
	char *certificate = words->tls_cert ? host_text_file(words->tls_cert, PEM_MAX_BYTES) : NULL;
	char *key = words->tls_key ? host_text_file(words->tls_key, PEM_MAX_BYTES) : NULL;
	struct http_listen listen = {
	    .address = words->socket ? address : words->listen,
	    .fd = words->listen_fd ? (int)strtol(words->listen_fd, NULL, 10) : 0,
	    .certificate_pem = certificate,
	    .key_pem = key,
	    .routes = routes,
	    .n_routes = sizeof(routes) / sizeof(routes[0]),
	    .fault = reply_problem_fault,
	    .asks_client_certificate = true,
	    .is_first = true,
	    .is_management = true,
	};

	if (words->listen && (!certificate || !key)) {
		snprintf(
		    why, 256, "%s: cannot be read", certificate ? words->tls_key : words->tls_cert);
		return NULL;
	}
	snprintf(address, sizeof(address), "unix:%s", words->socket ? words->socket : "");
	return http_server_new(host->loop, &host->rooms, &listen, why);
}

static void *
signal_thread(void *arg)
{
	sigset_t signals;
	int which;

	sigemptyset(&signals);
	sigaddset(&signals, SIGTERM);
	sigaddset(&signals, SIGINT);
	sigwait(&signals, &which);
	loop_stop(arg);
	return NULL;
}

static void
stop_wait(struct loop *loop)
{
	sigset_t signals;
	pthread_t thread;

	sigemptyset(&signals);
	sigaddset(&signals, SIGTERM);
	sigaddset(&signals, SIGINT);
	pthread_sigmask(SIG_BLOCK, &signals, NULL);
	pthread_create(&thread, NULL, signal_thread, loop);
	pthread_detach(thread);
}
