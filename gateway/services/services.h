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
struct task;

/* Starts what settings services.enabled names; belongs to the task's loop from then on.  One that
 * cannot be started (manifest, place, client) is refused by name in the log, and the gateway serves
 * on.  Blocks on files: at the start only. */
struct services *services_open(struct task *task);
void services_close(struct services *services); /* SIGTERM, a moment, SIGKILL */

/* The services of settings services.folder: [{id, version, name, enabled, signed}], of those that
 * are refused [{path, refused}].  New reference. */
int services_list(struct task *task, json_t **ret_list);

/* Whether those that settings services.enabled names would be started; adds texts to warnings.
 * Fails MISCONFIGURED. */
int services_check(struct task *task, json_t *warnings);

/* The server that takes in the lines of the services: of their loop, on routes_services
 * (routes.c). */
void services_serve(struct services *services, struct http_server *server);

int services_call(struct task *task, const struct request *request,
    struct reply *reply); /* any method, /services/{id}/ * */
int services_jwks(struct task *task, const struct request *request,
    struct reply *reply); /* GET /services/{id}/jwks: the keys of its statements, up or not */
int services_catalogue(
    struct task *task, const struct request *request, struct reply *reply); /* GET /services */
int services_attributes(
    struct task *task, const struct request *request, struct reply *reply); /* POST /attributes */
int services_news(
    struct task *task, const struct request *request, struct reply *reply); /* POST /news */

#endif
