/* SPDX-License-Identifier: Apache-2.0
 *
 * The server with nothing behind it, for wrk:
 *
 *   build/release/bin/http_bench 127.0.0.1:18080 2 2>/dev/null &
 *   wrk -t2 -c64 -d5 http://127.0.0.1:18080/static     a document, as discovery and JWKS are
 *   wrk -t2 -c64 -d5 http://127.0.0.1:18080/json       an answer that is made anew, and logged
 *   wrk -t2 -c64 -d5 http://127.0.0.1:18080/wait       a fiber that waits 1 ms
 *
 * The second argument is the number of loops.
 */
#include "core/fiber.h"
#include "core/log.h"
#include "core/loop.h"
#include "core/settings.h"
#include "http/server.h"

#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MAX_LOOPS 64

static char document[1800];
static const char *const nobody[] = {NULL};

static int
document_answer(struct task *task, const struct request *request, struct reply *reply)
{
	(void)task;
	(void)request;
	return reply_bytes(reply, 200, "application/json",
	    (struct bytes){(const uint8_t *)document, sizeof document});
}

static int
json_answer(struct task *task, const struct request *request, struct reply *reply)
{
	json_auto_t *json = json_object();

	(void)task;
	(void)request;
	json_set_text(json, "access_token", "abc");
	json_set_text(json, "token_type", "DPoP");
	return reply_json(reply, 200, json);
}

static int
waiting_answer(struct task *task, const struct request *request, struct reply *reply)
{
	int r = fiber_sleep(task, 1);

	return r < 0 ? r : json_answer(task, request, reply);
}

static const struct route routes[] = {
    {"GET", "/static", document_answer, reply_oauth_fault, ROUTE_STATIC, "static", 0, NULL},
    {"GET", "/json", json_answer, reply_oauth_fault, 0, "json", 0, NULL},
    {"GET", "/wait", waiting_answer, reply_oauth_fault, 0, "wait", 0, NULL},
};

struct one {
	pthread_t thread;
	struct loop *loop;
	struct rooms rooms;
	struct http_server *server;
};

static void *
run(void *arg)
{
	struct one *one = arg;

	loop_run(one->loop);
	return NULL;
}

int
main(int n_args, char **args)
{
	static struct one ones[MAX_LOOPS];
	struct settings settings = {.gateway_connections = 8192,
	    .gateway_connections_per_address = 8192,
	    .gateway_trusted_proxies = nobody,
	    .gateway_language = "en"};
	struct http_listen listen = {.routes = routes,
	    .n_routes = sizeof routes / sizeof *routes,
	    .fault = reply_oauth_fault};
	int i, signal_number, n = n_args > 2 ? atoi(args[2]) : 2;
	sigset_t set;
	char why[256];

	if (n_args < 2 || n < 1 || n > MAX_LOOPS) {
		fprintf(stderr, "usage: http_bench HOST:PORT [LOOPS]\n");
		return 2;
	}
	sigemptyset(&set);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGTERM);
	pthread_sigmask(SIG_BLOCK, &set, NULL);
	memset(document, ' ', sizeof document);
	listen.address = settings.host = settings.gateway_issuer = args[1];
	log_open(LOG_INFO, "http_bench");
	for (i = 0; i < n; i++) {
		ones[i].loop = loop_new();
		ones[i].rooms.settings = &settings;
		ones[i].server = http_server_new(ones[i].loop, &ones[i].rooms, &listen, why);
		if (ones[i].server == NULL) {
			fprintf(stderr, "%s\n", why);
			return 1;
		}
		pthread_create(&ones[i].thread, NULL, run, &ones[i]);
	}
	sigwait(&set, &signal_number);
	for (i = 0; i < n; i++) {
		loop_stop(ones[i].loop);
		pthread_join(ones[i].thread, NULL);
		http_server_free(ones[i].server);
		loop_free(ones[i].loop);
	}
	return 0;
}
