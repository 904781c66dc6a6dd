/* SPDX-License-Identifier: Apache-2.0
 *
 * A real server for tests: its loop runs in a thread of its own, on a loopback address that no
 * other test process has; the test speaks raw bytes to it.
 */
#ifndef UNIT_HTTP_SERVED_H
#define UNIT_HTTP_SERVED_H

#include "core/settings.h"
#include "http/server.h"

#include <pthread.h>
#include <stddef.h>

struct served {
	struct settings settings;
	struct rooms rooms;
	struct http_listen listen;
	struct http_server *server;
	struct loop *loop;
	char address[32]; /* 127.x.y.z:18080 */
	const char *tls_certificate, *tls_key;
	pthread_t thread;
};

/* Fill settings and listen before, where the default is not right; routes belong into listen. */
void served_default(struct served *served);
void served_open(struct served *served);
void served_close(struct served *served); /* stops the loop, frees the server */

/* Runs fn on the loop's thread and waits for it. */
void served_call(struct served *served, void (*fn)(struct served *));

int dial(const struct served *served);
void say(int fd, const char *text);
void say_n(int fd, const void *bytes, size_t len);

struct heard {
	int status;      /* 0: closed without an answer; -1: nothing came in time */
	char head[8192]; /* with status line, NUL-terminated */
	char body[70000];
	size_t body_len;
};
/* One answer (HEAD: without its body). */
void hear(int fd, struct heard *ret_heard);
void hear_head(int fd, struct heard *ret_heard);
bool is_closed(int fd); /* by the server, within a minute */

/* The value of a header of the answer, or NULL; lives until the next call. */
const char *heard_header(const struct heard *heard, const char *name);

/* A connection, one request, one answer; "\r\nConnection: close" is the text's own matter. HOST in
 * the text is replaced by the served address. */
void ask(const struct served *served, const char *text, struct heard *ret_heard);
/* The text with HOST replaced; static memory. */
const char *with_host(const struct served *served, const char *text);

#endif
