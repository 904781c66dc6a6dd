/* SPDX-License-Identifier: Apache-2.0
 *
 * The places of a service are opened before it changes its user (user.c): its folder, its state,
 * the authorities of its TLS.  Where the folders above them are closed to that user, as those of
 * root are, the way there is by the descriptor, /proc/self/fd/N; whether a place itself may be read
 * is its own owner's to say, and what may not be is said by name before anything starts.
 */
#include "host.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static bool place_hold(const char *path, struct host_place *place, char why[256]);
static bool place_settle(struct host_place *place, int mode, char why[256]);
static bool values_settle(const struct dvara_host *host, char why[256]);

bool
host_places_hold(struct dvara_host *host, const struct words *words, char ret_why[256])
{
	const char *clock = getenv("DVARA_TEST_CLOCK");

	if (clock && access(clock, R_OK) == 0 && !place_hold(clock, &host->test_clock, ret_why))
		return false;
	return place_hold(host->folder.path, &host->folder, ret_why) &&
	       place_hold(words->state, &host->state, ret_why) &&
	       place_hold(words->ca_file, &host->ca_file, ret_why);
}

static bool
place_hold(const char *path, struct host_place *place, char why[256])
{
	char *whole;

	place->fd = -1;
	if (!path)
		return true;
	whole = realpath(path, NULL);
	if (!whole)
		return host_refuse(why, path, strerror(errno));
	free(place->path); /* which path may be: it is read no more */
	place->path = whole;
	place->fd = open(whole, O_PATH | O_CLOEXEC);
	return place->fd >= 0 || host_refuse(why, whole, strerror(errno));
}

bool
host_places_settle(struct dvara_host *host, char ret_why[256])
{
	if (!place_settle(&host->folder, R_OK | X_OK, ret_why) ||
	    !place_settle(&host->state, R_OK | W_OK | X_OK, ret_why) ||
	    !place_settle(&host->ca_file, R_OK, ret_why) ||
	    !place_settle(&host->test_clock, R_OK, ret_why))
		return false;
	host->settings.outbound_ca_file = host->ca_file.path;
	if (host->test_clock.path)
		setenv("DVARA_TEST_CLOCK", host->test_clock.path, 1);
	return values_settle(host, ret_why);
}

static bool
unreadable(const char *path, char why[256])
{
	snprintf(why, 256, "%s: user %u may not read it (chgrp %u, chmod g+r%s)", path, geteuid(),
	    getegid(), path[0] == '/' ? "; nor pass the folders above" : "");
	return false;
}

static bool
place_settle(struct host_place *place, int mode, char why[256])
{
	char *held;

	if (!place->path || access(place->path, mode) == 0)
		return true;
	if (asprintf(&held, "/proc/self/fd/%d", place->fd) < 0)
		abort();
	if (access(held, mode) < 0) {
		free(held);
		return unreadable(place->path, why);
	}
	free(place->path);
	place->path = held;
	return true;
}

/* A file that a setting names, and that is there, is meant to be read. */
static bool
values_settle(const struct dvara_host *host, char why[256])
{
	json_t *value;
	const char *name;

	json_object_foreach(host->values, name, value) {
		const char *text = json_string_value(value);
		char path[PATH_MAX];
		int len;

		if (str_is_empty(text))
			continue;
		len = text[0] == '/'
			  ? snprintf(path, sizeof(path), "%s", text)
			  : snprintf(path, sizeof(path), "%s/%s", host->folder.path, text);
		if (len < PATH_MAX && access(path, R_OK) < 0 && errno == EACCES)
			return unreadable(text, why);
	}
	return true;
}
