/* SPDX-License-Identifier: Apache-2.0
 *
 * A service in another language: a program that speaks HTTP on a socket that is there already, as
 * systemd hands one over (LISTEN_FDS=1: descriptor 3), behind the same walls.
 *
 * It is run from the bytes that were checked, with --gateway URL --client FILE [--state DIR]
 * [--ca-file FILE]; the file of its client is a copy that it can read as whatever user it is.
 */
#include "host.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#define LISTEN_FD      3 /* of the protocol of sd_listen_fds(3) */
#define CLIENT_FD      4
#define FILE_FD        5
#define BACKLOG        128
#define FILE_MAX_BYTES (64u << 10)

static int socket_bound(const char *path);
static int client_copy(const char *path);
static void run(const struct dvara_host *host, const struct words *words);

bool
host_program_run(struct dvara_host *host, const struct words *words, char ret_why[256])
{
	int listening =
	    words->socket ? socket_bound(words->socket) : (int)strtol(words->listen_fd, NULL, 10);
	int client = client_copy(words->client);

	if (listening < 0 || client < 0)
		return host_refuse(ret_why, host->file, strerror(errno));
	/* Above the three first, so that none is overwritten before its turn. */
	listening = fcntl(listening, F_DUPFD, FILE_FD + 1);
	client = fcntl(client, F_DUPFD, FILE_FD + 1);
	if (dup2(fcntl(host->file_fd, F_DUPFD, FILE_FD + 1), FILE_FD) < 0 ||
	    dup2(listening, LISTEN_FD) < 0 || dup2(client, CLIENT_FD) < 0)
		return host_refuse(ret_why, host->file, strerror(errno));
	close_range(FILE_FD + 1, ~0u, 0);
	/* A predecessor may have left it as it likes: it is one socket for all of them. */
	fcntl(LISTEN_FD, F_SETFL, 0);
	if (!host_confine(host, words, ret_why))
		return false;
	/* With the gateway; after the change of user, which would undo it. */
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	run(host, words);
	return host_refuse(ret_why, host->file, strerror(errno));
}

static int
socket_bound(const char *path)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);

	if (strlen(path) >= sizeof(address.sun_path)) {
		errno = ENAMETOOLONG;
		return -1;
	}
	memcpy(address.sun_path, path, strlen(path));
	unlink(path);
	if (fd < 0 || bind(fd, (const struct sockaddr *)&address, sizeof(address)) < 0 ||
	    listen(fd, BACKLOG) < 0)
		return -1;
	return fd;
}

static int
client_copy(const char *path)
{
	char *text = host_text_file(path, FILE_MAX_BYTES);
	int fd = text ? memfd_create("client", 0) : -1;
	size_t len = text ? strlen(text) : 0;
	bool is_copied = fd >= 0 && write(fd, text, len) == (ssize_t)len;

	free(text);
	return is_copied ? fd : -1;
}

static void
run(const struct dvara_host *host, const struct words *words)
{
	char client[32], pid[32], file[32];
	const char *arguments[] = {host->file, "--gateway", words->gateway, "--client", client,
	    words->state ? "--state" : NULL, words->state, words->ca_file ? "--ca-file" : NULL,
	    host->ca_file.path, NULL};
	const char *environment[] = {
	    "PATH=/usr/bin:/bin", "LANG=C.UTF-8", "RES_OPTIONS=use-vc", "LISTEN_FDS=1", pid, NULL};

	if (words->ca_file)
		fcntl(host->ca_file.fd, F_SETFD, 0);
	snprintf(client, sizeof(client), "/dev/fd/%d", CLIENT_FD);
	snprintf(pid, sizeof(pid), "LISTEN_PID=%d", getpid());
	/* Not by fexecve(): the interpreter of a script opens this name as well. */
	snprintf(file, sizeof(file), "/dev/fd/%d", FILE_FD);
	execve(file, (char *const *)(uintptr_t)arguments, (char *const *)(uintptr_t)environment);
}
