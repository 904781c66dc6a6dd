/* SPDX-License-Identifier: Apache-2.0
 *
 * One service plugin as this process sees it; private to services/.
 */
#ifndef SERVICES_SERVICE_H
#define SERVICES_SERVICE_H

#include "core/loop.h"
#include "manifest/manifest.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <sys/types.h>

#define SERVICES_MAX      32
/* What a child gets beside its standard input, output and error: plugins/host/line.c, words.c. */
#define SERVICE_LINES_FD  3
#define SERVICE_LISTEN_FD 4

#define SERVICES_PURPOSE "service" /* id of the one purpose of a service's client */

/* What never changes is read by all loops; what changes belongs to the loop that supervises, but
 * for the atomics. */
struct service {
	char *id, *file, *client_file, *gateway, *host, *ca_file;
	char *trust;     /* file of who signs, or NULL */
	bool is_program; /* file speaks HTTP by itself, in whatever language: no .so */
	bool allows_unsigned;
	int64_t timeout_ms; /* of one call */
	int64_t uid;        /* that it becomes; negative: ours, who are not root */
	int64_t pause_ms;   /* of a service that crashes again and again: the first one */
	int folder_fd;      /* of the state folder's services: the child's working folder */
	/* socket.c.  All loops call by the path while it is not paused; it is made before that, and
	 * never changes.  The descriptors belong to the loop that supervises. */
	char *socket;
	int place_fd;  /* what the path leads to */
	int listen_fd; /* the child's to accept from; -1: there is none, as while it is paused */
	struct loop_watch *listening;
	json_t *manifest;   /* as read */
	json_t *jwks;       /* of its statements (dvara_sign()), public; NULL: it signs nothing */
	bool takes_clients; /* that call for themselves */
	struct loop *loop;
	_Atomic bool is_paused;      /* it crashed too often, or was never started: no calls */
	_Atomic unsigned n_starts;   /* which child it is */
	_Atomic int64_t answered_ms; /* when a call was answered last */
	_Atomic unsigned condemned;  /* the child that is to be killed */
	pid_t pid;                   /* 0: none */
	int pidfd, lifeline;         /* or -1 */
	int lines_fd;                /* over which it asks for lines to us (line.c), or -1 */
	struct loop_watch *lines;
	struct timer lines_again;
	int64_t lines_since_ms; /* of the second that n_lines counts */
	unsigned n_lines;
	int output_fd; /* what it says (output.c), or -1 */
	struct loop_watch *output;
	char output_line[1024];
	size_t n_line_octets;
	int64_t output_since_ms; /* of the second that n_output_lines counts */
	unsigned n_output_lines;
	struct http_server *server; /* that takes its lines in; NULL: not yet */
	struct loop_watch *watch;
	struct timer again;
	_Atomic int64_t started_ms;
	int64_t crashes_ms[5]; /* the last ones */
	unsigned n_crashes;
	unsigned n_pauses; /* one after the other, without a good minute between them */
	bool is_stopping;
};

struct services {
	struct service all[SERVICES_MAX];
	size_t n;
};

struct service *service_find(struct services *services, const char *id);

/* process.c: on the supervising loop. */
void service_start(struct service *service);
void service_stop(struct service *service); /* asks; service_end() waits */
void service_end(struct service *service);

/* socket.c: before the start, unless it is there already; false: errno says why.  Closed: who waits
 * there is cut, who comes is refused.  End: after the loop has ended. */
bool service_socket_open(struct service *service);
void service_socket_close(struct service *service);
void service_socket_end(struct service *service);

/* line.c: for the child that is about to start; its end, or -1.  The child gone: closed. */
int service_lines_open(struct service *service);
void service_lines_close(struct service *service);

/* Any thread: the child that runs now hangs and is killed; it comes back by itself.  One that takes
 * its place meanwhile is spared. */
void service_kill(struct service *service);
/* Any thread: the child is young, and may not have come to its calls yet. */
bool service_is_starting(const struct service *service);

/* output.c: for the child that is about to start; its standard output and error, or -1. */
int service_output_open(struct service *service);
void service_output_close(struct service *service);

/* user.c: whom a service becomes where we are root, and its folder with it; -1: we are not. */
struct task;
int service_user(struct task *task, int folder_fd, const char *id, int64_t *ret_uid);

/* admission.c: the manifest of a service that may start: whole, of that id, and signed where the
 * settings want that.  Fails MISCONFIGURED. */
int service_admit(
    struct task *task, const char *id, struct manifest *ret_manifest, bool *ret_is_signed);

/* client.c: the service's own client (private_key_jwt) is registered, its keys made and its file
 * written once; what the manifest asks is brought up to date at each start.  ret_jwks: the keys of
 * its statements, public; a new reference, or NULL. */
int service_client(
    struct task *task, const struct manifest *manifest, const char *path, json_t **ret_jwks);

#endif
