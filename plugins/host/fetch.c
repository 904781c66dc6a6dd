/* SPDX-License-Identifier: Apache-2.0
 *
 * Calls to the gateway: over a line of its own where it gave one, else at its address.
 */
#include "http/fetch.h"
#include "host.h"

#include <string.h>

int
host_fetch(struct task *task, struct fetch *fetch, const char *path, struct fetched *ret_fetched)
{
	const char *host = strstr(host_seat.gateway, "://");

	fetch->url = task_printf(task, "%s%s", host_seat.gateway, path);
	/* Within the machine there is no TLS; the name in the header Host stays. */
	if (host_uses_lines(&host_seat) && host) {
		fetch->url = task_printf(task, "http%s%s", host, path);
		fetch->line = host_line;
	}
	return http_fetch(task, fetch, ret_fetched);
}
