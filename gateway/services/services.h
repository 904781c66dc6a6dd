/* SPDX-License-Identifier: Apache-2.0
 *
 * Service plugins: each is a child process (dvara-service) that this room starts, watches and calls
 * by plain HTTP over its Unix socket.  A crash, a hang or a leak in one costs that one a restart
 * and its callers a clear 503.
 */
#ifndef SERVICES_SERVICES_H
#define SERVICES_SERVICES_H

#include "http/server.h"

struct services;
struct loop;
struct settings;

/* Starts what settings.services_enabled names.  Called once, on the first loop's thread; never
 * waits for a child.  NULL: ret_why. */
struct services *
services_new(struct loop *loop, const struct settings *settings, char ret_why[256]);
void services_free(struct services *services); /* SIGTERM, a moment, SIGKILL */

/* Whether id is a service that is enabled: resource = issuer + "/services/" + id. */
bool services_has(const struct services *services, const char *id);

int services_call(struct task *task, const struct request *request,
    struct reply *reply); /* any method, /services/{id}/ * */
int services_catalogue(
    struct task *task, const struct request *request, struct reply *reply); /* GET /services */
int services_attributes(
    struct task *task, const struct request *request, struct reply *reply); /* POST /attributes */

#endif
