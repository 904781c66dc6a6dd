/* SPDX-License-Identifier: Apache-2.0
 *
 * The walls around a service, put up when its files have been read and none of its code has run.
 */
#include "host.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>

bool
host_confine(struct dvara_host *host, const struct words *words, char ret_why[256])
{
	/* One that the gateway did not start calls it from afar. */
	bool has_network =
	    words->program ? json_array_size(host->manifest.network) > 0 : !host_uses_lines(host);

	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0) {
		snprintf(ret_why, 256, "no_new_privs: %s", strerror(errno));
		return false;
	}
	return host_places_hold(host, words, ret_why) &&
	       host_user_leave_root(host, words, ret_why) && host_places_settle(host, ret_why) &&
	       host_files_confine(host, ret_why) &&
	       host_syscalls_confine(has_network, words->program != NULL, ret_why);
}
