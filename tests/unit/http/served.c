/* SPDX-License-Identifier: Apache-2.0
 *
 * A real server for tests (served.h).
 */
#include "../unit.h"

#include "served.h"

#include "core/fiber.h"
#include "core/loop.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

#define PATIENCE_MS 60000

static const char *const no_words[] = {NULL};

static void *run(void *arg);

void
served_default(struct served *served)
{
	static char issuer[64];
	unsigned pid = (unsigned)getpid();

	memset(served, 0, sizeof *served);
	snprintf(served->address, sizeof served->address, "127.%u.%u.%u:18080",
	    64 + (pid >> 16 & 63), pid >> 8 & 255, pid & 255);
	snprintf(issuer, sizeof issuer, "http://%s", served->address);
	served->settings.gateway_issuer = issuer;
	served->settings.host = served->address;
	served->settings.gateway_connections = 8192;
	served->settings.gateway_connections_per_address = 4096;
	served->settings.gateway_trusted_proxies = no_words;
	served->settings.outbound_allow = no_words;
	served->settings.gateway_language = "en";
	served->rooms.settings = &served->settings;
	served->listen.address = served->address;
	served->listen.fault = reply_oauth_fault;
}

void
served_open(struct served *served)
{
	char why[256] = "";

	signal(SIGPIPE, SIG_IGN);
	served->loop = loop_new();
	assert_non_null(served->loop);
	served->server = http_server_new(served->loop, &served->rooms, &served->listen, why);
	if (served->server == NULL)
		fail_msg("%s", why);
	assert_int_equal(pthread_create(&served->thread, NULL, run, served), 0);
}

static void *
run(void *arg)
{
	struct served *served = arg;

	loop_run(served->loop);
	return NULL;
}

void
served_close(struct served *served)
{
	loop_stop(served->loop);
	pthread_join(served->thread, NULL);
	http_server_free(served->server);
	loop_free(served->loop);
	assert_int_equal(served->rooms.n_tasks, 0);
}

struct call {
	struct served *served;
	void (*fn)(struct served *);
	pthread_mutex_t lock;
	pthread_cond_t ended;
	bool has_ended;
};

static void
call_run(void *arg)
{
	struct call *call = arg;

	call->fn(call->served);
	pthread_mutex_lock(&call->lock);
	call->has_ended = true;
	pthread_cond_signal(&call->ended);
	pthread_mutex_unlock(&call->lock);
}

void
served_call(struct served *served, void (*fn)(struct served *))
{
	struct call call = {.served = served,
	    .fn = fn,
	    .lock = PTHREAD_MUTEX_INITIALIZER,
	    .ended = PTHREAD_COND_INITIALIZER};

	assert_true(loop_post(served->loop, call_run, &call));
	pthread_mutex_lock(&call.lock);
	while (!call.has_ended)
		pthread_cond_wait(&call.ended, &call.lock);
	pthread_mutex_unlock(&call.lock);
}

int
dial(const struct served *served)
{
	struct sockaddr_in address = {.sin_family = AF_INET};
	char host[32];
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	char *colon;

	snprintf(host, sizeof host, "%s", served->address);
	colon = strchr(host, ':');
	*colon = 0;
	address.sin_port = htons((uint16_t)atoi(colon + 1));
	inet_pton(AF_INET, host, &address.sin_addr);
	assert_int_equal(connect(fd, (struct sockaddr *)&address, sizeof address), 0);
	return fd;
}

void
say(int fd, const char *text)
{
	say_n(fd, text, strlen(text));
}

/* What the server no longer takes is its right. */
void
say_n(int fd, const void *bytes, size_t len)
{
	const char *at = bytes;
	ssize_t n;

	for (; len > 0; at += n, len -= (size_t)n) {
		n = send(fd, at, len, MSG_NOSIGNAL);
		if (n <= 0)
			return;
	}
}

static ssize_t
take(int fd, void *to, size_t size)
{
	struct pollfd poll_fd = {.fd = fd, .events = POLLIN};

	if (poll(&poll_fd, 1, PATIENCE_MS) <= 0)
		return -1;
	return recv(fd, to, size, 0);
}

static void
hear_one(int fd, struct heard *heard, bool with_body)
{
	const char *length;
	size_t n = 0, expected;
	ssize_t got;

	memset(heard, 0, sizeof *heard);
	while (strstr(heard->head, "\r\n\r\n") == NULL) {
		assert_true(n < sizeof heard->head - 1);
		got = take(fd, heard->head + n, 1);
		if (got <= 0) {
			heard->status = got < 0 && n == 0 ? -1 : 0;
			return;
		}
		n += (size_t)got;
	}
	heard->status = atoi(heard->head + strlen("HTTP/1.1 "));
	length = heard_header(heard, "Content-Length");
	expected = length == NULL || !with_body ? 0 : (size_t)atoi(length);
	assert_true(expected < sizeof heard->body);
	while (heard->body_len < expected) {
		got = take(fd, heard->body + heard->body_len, expected - heard->body_len);
		if (got <= 0)
			return;
		heard->body_len += (size_t)got;
	}
}

void
hear(int fd, struct heard *ret_heard)
{
	hear_one(fd, ret_heard, true);
}

void
hear_head(int fd, struct heard *ret_heard)
{
	hear_one(fd, ret_heard, false);
}

bool
is_closed(int fd)
{
	struct pollfd poll_fd = {.fd = fd, .events = POLLIN};
	char rest[512];
	ssize_t n = 1;

	while (n > 0) {
		if (poll(&poll_fd, 1, PATIENCE_MS) <= 0)
			return false;
		n = recv(fd, rest, sizeof rest, 0);
	}
	return true;
}

const char *
heard_header(const struct heard *heard, const char *name)
{
	static char value[2048];
	const char *line, *end;
	size_t len = strlen(name);

	for (line = strstr(heard->head, "\r\n"); line != NULL; line = strstr(line + 2, "\r\n")) {
		if (strncasecmp(line + 2, name, len) != 0 || line[2 + len] != ':')
			continue;
		line += 2 + len + 1;
		line += strspn(line, " ");
		end = strstr(line, "\r\n");
		snprintf(value, sizeof value, "%.*s", (int)(end - line), line);
		return value;
	}
	return NULL;
}

const char *
with_host(const struct served *served, const char *text)
{
	static char out[200000];
	const char *at = strstr(text, "HOST");

	if (at == NULL)
		snprintf(out, sizeof out, "%s", text);
	else
		snprintf(
		    out, sizeof out, "%.*s%s%s", (int)(at - text), text, served->address, at + 4);
	return out;
}

void
ask(const struct served *served, const char *text, struct heard *ret_heard)
{
	int fd = dial(served);

	say(fd, with_host(served, text));
	if (strncmp(text, "HEAD ", 5) == 0)
		hear_head(fd, ret_heard);
	else
		hear(fd, ret_heard);
	close(fd);
}
