/* SPDX-License-Identifier: Apache-2.0
 *
 * One loop with everything on it.  Its rooms (generation.h) are made by a fiber of the loop itself,
 * at the start, at a reload, and when the states of the keys changed in SQL; the old ones are
 * retired when the new are whole.
 */
#include "serve.h"

#include "core/clock.h"
#include "core/fiber.h"
#include "core/log.h"
#include "core/task.h"
#include "generation.h"
#include "http/fetch.h"
#include "login/upstream/upstream.h"
#include "oidc/letters.h"
#include "rotation.h"
#include "records/client.h"
#include "records/expiry.h"
#include "records/post.h"
#include "routes.h"
#include "services/services.h"
#include "store/redis.h"

#include <pthread.h>
#include <semaphore.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define BEGIN_MS     30000
#define KEYS_LOOK_MS 1000
#define TEND_S       10 /* by the clock of what is tended */

struct serve {
	pthread_t thread;
	struct loop *loop;
	struct serve_shared shared;
	bool is_first;
	struct redis *redis;
	struct fetcher *fetcher;
	struct post *post;
	struct generation *now;
	struct http_server *public, *mtls, *management; /* mtls: NULL where there is none */
	struct http_server *services; /* takes the lines of services in; of the first loop */
	struct timer keys_look, drain_look;
	int64_t tended_s;
	int64_t drain_until_ms;
	/* what the thread that starts or reloads waits for */
	sem_t answered;
	const struct settings *wanted;
	bool is_good;
	char why[256];
};

static void *loop_thread(void *arg);
static void begin(void *arg);
static void renew(void *arg);
static void keys_watch(void *arg);
static void answer(struct serve *serve, bool is_good);
static bool listeners_open(struct serve *serve);
static bool public_open(struct serve *serve, const char *certificate, const char *key);
static bool inner_open(struct serve *serve);

struct services *
serve_services(const struct serve *serve)
{
	return serve->shared.services;
}

struct serve *
serve_start(const struct serve_shared *shared, bool is_first, char ret_why[256])
{
	struct serve *serve = calloc(1, sizeof(*serve));

	serve->shared = *shared;
	serve->wanted = shared->settings;
	serve->is_first = is_first;
	serve->loop = loop_new();
	sem_init(&serve->answered, 0, 0);
	pthread_create(&serve->thread, NULL, loop_thread, serve);
	sem_wait(&serve->answered);
	if (serve->is_good)
		return serve;
	snprintf(ret_why, sizeof(serve->why), "%s", serve->why);
	serve_end(serve);
	return NULL;
}

static void *
loop_thread(void *arg)
{
	struct serve *serve = arg;

	serve->redis = redis_new(serve->loop, serve->shared.settings);
	serve->fetcher = fetcher_new(serve->loop, serve->shared.settings);
	serve->post = post_new(serve->loop, letters_kinds);
	fiber_start(serve->loop, begin, serve);
	loop_run(serve->loop);
	return NULL;
}

static void
answer(struct serve *serve, bool is_good)
{
	serve->is_good = is_good;
	sem_post(&serve->answered);
}

static void
begin(void *arg)
{
	struct serve *serve = arg;
	struct rooms bare = {.settings = serve->wanted, .sql = serve->shared.sql};
	struct task task;
	bool is_good;

	task_open(&task, serve->loop, &bare, BEGIN_MS);
	serve->now = generation_new(&task, &(struct rooms){.settings = serve->wanted,
					       .redis = serve->redis,
					       .sql = serve->shared.sql,
					       .fetcher = serve->fetcher,
					       .services = serve->shared.services,
					       .post = serve->post});
	is_good = serve->now != NULL;
	if (!is_good)
		snprintf(serve->why, sizeof(serve->why), "%s", task.fault.text);
	else if (serve->is_first)
		serve->shared.services = serve->now->rooms.services = services_open(&task);
	task_close(&task);
	is_good = is_good && listeners_open(serve);
	if (!is_good) {
		loop_stop(serve->loop);
		answer(serve, false);
		return;
	}
	timer_set(
	    serve->loop, &serve->keys_look, clock_mono_ms() + KEYS_LOOK_MS, keys_watch, serve);
	post_rooms(serve->post, &serve->now->rooms);
	if (serve->is_first)
		post_watch(serve->post);
	answer(serve, true);
}

static char *
file_text(const char *path)
{
	FILE *file = path ? fopen(path, "re") : NULL;
	char *text = NULL;
	size_t len = 0;

	if (!file)
		return NULL;
	if (getdelim(&text, &len, '\0', file) < 0) {
		free(text);
		text = NULL;
	}
	fclose(file);
	return text;
}

static bool
listeners_open(struct serve *serve)
{
	const struct settings *settings = serve->wanted;
	char *certificate = file_text(settings->tls_certificate_file);
	char *key = file_text(settings->tls_key_file);
	bool is_good = true;

	if (settings->tls_certificate_file && (!certificate || !key)) {
		snprintf(serve->why, sizeof(serve->why), "%s: cannot be read",
		    certificate ? settings->tls_key_file : settings->tls_certificate_file);
		is_good = false;
	}
	is_good = is_good && public_open(serve, certificate, key);
	if (is_good && serve->is_first)
		is_good = inner_open(serve);
	free(certificate);
	free(key);
	return is_good;
}

/* Of everybody: the one that asks for client certificates is the same otherwise. */
static bool
public_open(struct serve *serve, const char *certificate, const char *key)
{
	struct http_listen listen = {
	    .address = serve->wanted->gateway_listen,
	    .certificate_pem = certificate,
	    .key_pem = key,
	    .routes = routes_public,
	    .n_routes = routes_n_public,
	    .fault = routes_fault,
	    .origin_is_known = client_origin_is_known,
	    .is_first = serve->is_first,
	};

	serve->public = http_server_new(serve->loop, &serve->now->rooms, &listen, serve->why);
	if (serve->public == NULL)
		return false;
	listen.address = serve->wanted->gateway_mtls_listen;
	if (listen.address == NULL)
		return true;
	listen.asks_client_certificate = true;
	serve->mtls = http_server_new(serve->loop, &serve->now->rooms, &listen, serve->why);
	return serve->mtls != NULL;
}

/* Of operators, and of our services. */
static bool
inner_open(struct serve *serve)
{
	struct http_listen management = {
	    .address = serve->wanted->gateway_management,
	    .routes = routes_management,
	    .n_routes = routes_n_management,
	    .fault = reply_oauth_fault,
	    .is_first = true,
	    .is_management = true,
	};
	struct http_listen services = {
	    .routes = routes_services,
	    .n_routes = routes_n_services,
	    .fault = reply_problem_fault,
	    .is_management = true,
	};

	serve->management =
	    http_server_new(serve->loop, &serve->now->rooms, &management, serve->why);
	serve->services = http_server_new(serve->loop, &serve->now->rooms, &services, serve->why);
	if (serve->management == NULL || serve->services == NULL)
		return false;
	services_serve(serve->shared.services, serve->services);
	return true;
}

/* The rooms of now, replaced by a whole new generation; false: they stay. */
static bool
renewed(struct serve *serve, struct task *task, const struct settings *settings)
{
	struct generation *old = serve->now, *generation;
	struct rooms next = old->rooms;

	next.settings = settings;
	generation = generation_new(task, &next);

	if (!generation)
		return false;
	serve->now = generation;
	http_server_rooms(serve->public, &generation->rooms);
	if (serve->mtls)
		http_server_rooms(serve->mtls, &generation->rooms);
	if (serve->management)
		http_server_rooms(serve->management, &generation->rooms);
	if (serve->services)
		http_server_rooms(serve->services, &generation->rooms);
	post_rooms(serve->post, &generation->rooms);
	generation_retire(old);
	return true;
}

static bool
certificate_renewed(struct serve *serve, const struct settings *settings)
{
	char *certificate = file_text(settings->tls_certificate_file);
	char *key = file_text(settings->tls_key_file);
	bool is_good =
	    !settings->tls_certificate_file ||
	    (certificate && key && http_server_certificate(serve->public, certificate, key) &&
		(!serve->mtls || http_server_certificate(serve->mtls, certificate, key)));

	free(certificate);
	free(key);
	return is_good;
}

static void
renew(void *arg)
{
	struct serve *serve = arg;
	struct rooms bare = serve->now->rooms;
	struct task task;
	bool is_good;

	bare.n_tasks = 0;
	bare.retired = NULL;
	bare.settings = serve->wanted;
	task_open(&task, serve->loop, &bare, BEGIN_MS);
	is_good = renewed(serve, &task, serve->wanted);
	if (!is_good)
		snprintf(serve->why, sizeof(serve->why), "%s", task.fault.text);
	else if (!certificate_renewed(serve, serve->wanted)) {
		is_good = false;
		snprintf(
		    serve->why, sizeof(serve->why), "the TLS certificate and its key do not fit");
	}
	task_close(&task);
	answer(serve, is_good);
}

static void
renew_post(void *arg)
{
	struct serve *serve = arg;

	fiber_start(serve->loop, renew, serve);
}

bool
serve_reload(struct serve *serve, const struct settings *settings, char ret_why[256])
{
	serve->wanted = settings;
	if (!loop_post(serve->loop, renew_post, serve))
		return snprintf(ret_why, sizeof(serve->why), "the loop has stopped"), false;
	sem_wait(&serve->answered);
	if (!serve->is_good)
		snprintf(ret_why, sizeof(serve->why), "%s", serve->why);
	return serve->is_good;
}

/* On one loop of the process.  What cannot be done now is tried again: nothing here is in a hurry.
 */
static void
tend(struct serve *serve, struct task *task)
{
	int64_t now_s = clock_now_s();

	if (!serve->is_first || llabs(now_s - serve->tended_s) < TEND_S)
		return;
	serve->tended_s = now_s;
	fault_clear(task);
	if (rotation_tend(task) < 0)
		log_fault(task, "keys");
	fault_clear(task);
	if (upstream_tend(task) < 0)
		log_fault(task, "upstream");
	fault_clear(task);
	if (expiry_tend(task) < 0)
		log_fault(task, "expiry");
}

static void
keys_compare(void *arg)
{
	struct serve *serve = arg;
	struct task task;

	/* On the generation itself, which a reload meanwhile must not free. */
	task_open(&task, serve->loop, &serve->now->rooms, BEGIN_MS);
	if (generation_is_stale(&task, serve->now) &&
	    !renewed(serve, &task, serve->now->rooms.settings))
		log_fault(&task, "keys");
	tend(serve, &task);
	task_close(&task);
	if (!loop_is_stopping(serve->loop))
		timer_set(serve->loop, &serve->keys_look, clock_mono_ms() + KEYS_LOOK_MS,
		    keys_watch, serve);
}

static void
keys_watch(void *arg)
{
	struct serve *serve = arg;

	fiber_start(serve->loop, keys_compare, serve);
}

/* Looked at again and again rather than counted: connections end in many ways, all of them soon. */
static void
drain_look(void *arg)
{
	struct serve *serve = arg;
	bool is_idle = (!serve->public || http_server_is_idle(serve->public)) &&
		       (!serve->mtls || http_server_is_idle(serve->mtls));

	if (is_idle || clock_mono_ms() >= serve->drain_until_ms)
		loop_stop(serve->loop);
	else
		timer_set(serve->loop, &serve->drain_look, clock_mono_ms() + 10, drain_look, serve);
}

static void
drain_begin(void *arg)
{
	struct serve *serve = arg;

	timer_end(serve->loop, &serve->keys_look);
	post_watch_end(serve->post);
	if (serve->public)
		http_server_drain(serve->public);
	if (serve->mtls)
		http_server_drain(serve->mtls);
	drain_look(serve);
}

void
serve_drain(struct serve *serve, int64_t grace_ms)
{
	serve->drain_until_ms = clock_mono_ms() + grace_ms;
	loop_post(serve->loop, drain_begin, serve);
}

void
serve_end(struct serve *serve)
{
	pthread_join(serve->thread, NULL);
	http_server_free(serve->public);
	http_server_free(serve->mtls);
	http_server_free(serve->management);
	http_server_free(serve->services);
	if (serve->is_first)
		services_close(serve->shared.services);
	fetcher_free(serve->fetcher);
	post_free(serve->post);
	redis_free(serve->redis);
	generation_retire(serve->now);
	loop_free(serve->loop);
	sem_destroy(&serve->answered);
	free(serve);
}
