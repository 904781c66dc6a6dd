/* SPDX-License-Identifier: Apache-2.0
 *
 * What a service plugin says of itself (manifest.json): what is not in it cannot be asked, received
 * or shown.
 */
#ifndef SERVICES_MANIFEST_H
#define SERVICES_MANIFEST_H

#include "core/json.h"

#include <stdbool.h>

struct settings;
struct task;

struct manifest {
	const char *id; /* [a-z][a-z0-9-]{1,31}: path, sector, key */
	const char *version;
	const json_t *name, *summary; /* {lang: text} */
	const json_t
	    *attributes;    /* [{name, essential, why{lang}}]: all it may ask at POST /attributes */
	bool takes_clients; /* callers has "client": those that call for themselves come too */
	const char *plugin; /* path of the .so, in the manifest's folder */
	const json_t *whole; /* as read, for the catalogue */
};

/* Checks every member; an unknown one is an error.  Fails MISCONFIGURED naming file and member. */
int manifest_read(struct task *task, const char *path, struct manifest *ret_manifest);

/* The services of settings services.folder: [{id, version, name, enabled}]. */
int manifest_list(struct task *task, const struct settings *settings, json_t **ret_list);

#endif
