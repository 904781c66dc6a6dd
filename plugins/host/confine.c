/* SPDX-License-Identifier: Apache-2.0
 *
 * The walls around a service, put up when its files have been read and none of its code has run.
 */
#include "host.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

static bool
has_user_of_its_own(const struct words *words)
{
	return geteuid() == 0 && words->uid && strtoul(words->uid, NULL, 10) > 0;
}

bool
host_confine(struct dvara_host *host, const struct words *words, char ret_why[256])
{
	const struct walls walls = {
	    /* One that the gateway did not start calls it from afar. */
	    .has_network = words->program ? json_array_size(host->manifest.network) > 0
					  : !host_uses_lines(host),
	    .may_execute = words->program != NULL,
	    .may_signal = host_landlock_keeps_signals() || has_user_of_its_own(words),
	};

	/* A name is asked for over TCP: datagrams it has none (syscalls.c). */
	setenv("RES_OPTIONS", "use-vc", 1);
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0) {
		snprintf(ret_why, 256, "no_new_privs: %s", strerror(errno));
		return false;
	}
	return host_places_hold(host, words, ret_why) &&
	       host_user_leave_root(host, words, ret_why) && host_places_settle(host, ret_why) &&
	       host_landlock_confine(host, &walls, ret_why) &&
	       host_syscalls_confine(&walls, ret_why);
}
