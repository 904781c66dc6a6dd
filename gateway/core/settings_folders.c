/* SPDX-License-Identifier: Apache-2.0
 *
 * The folders that are the gateway's own: made (0700) where they are not there yet.
 */
#include "core/settings.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

bool
settings_make_folders(const struct settings *settings, char ret_why[256])
{
	const char *const folders[] = {settings->gateway_state, settings->keys_folder};

	for (size_t i = 0; i < sizeof(folders) / sizeof(folders[0]); i++)
		if (mkdir(folders[i], 0700) < 0 && errno != EEXIST) {
			snprintf(ret_why, 256, "%s: %s", folders[i], strerror(errno));
			return false;
		}
	return true;
}
