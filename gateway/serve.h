/* SPDX-License-Identifier: Apache-2.0
 *
 * One loop with everything on it: its thread, its rooms, its listeners.  main() starts as many as
 * there are cores, tells them of a reload, and drains them.
 */
#ifndef SERVE_H
#define SERVE_H

#include "core/settings.h"

#include <stdbool.h>

struct services;
struct sql;
struct serve;

/* What all loops of the process share. */
struct serve_shared {
	const struct settings *settings;
	struct sql *sql;
	struct services
	    *services; /* supervised by the first loop, called by all; NULL until it runs */
};

/* Starts a thread; returns when the loop listens, or NULL with ret_why.  The first one (is_first)
 * also has the management listener and the services. */
struct serve *serve_start(const struct serve_shared *shared, bool is_first, char ret_why[256]);

/* What the first loop made, for the others' struct serve_shared. */
struct services *serve_services(const struct serve *serve);

/* New settings, keys and certificates: read by the loop itself, taken only when all of them are
 * good.  Waits for its answer. */
bool serve_reload(struct serve *serve, const struct settings *settings, char ret_why[256]);

/* Stops accepting, answers what is under way, at most grace_ms; serve_end() waits for the thread.
 */
void serve_drain(struct serve *serve, int64_t grace_ms);
void serve_end(struct serve *serve);

#endif
