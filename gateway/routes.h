/* SPDX-License-Identifier: Apache-2.0
 *
 * Every endpoint of the gateway in tables: the public listener's, the management one's, and the
 * services'.
 */
#ifndef ROUTES_H
#define ROUTES_H

#include "http/server.h"

extern const struct route routes_public[], routes_management[];
extern const struct route routes_services[]; /* what a service may call over its own line */
extern const size_t routes_n_public, routes_n_management, routes_n_services;

/* What is refused before a route is known: by a page, below /consent/v1 by a problem. */
int routes_fault(struct reply *reply);

/* health.c: operators only. */
int health_live(struct task *task, const struct request *request, struct reply *reply);
int health_ready(struct task *task, const struct request *request, struct reply *reply);
int health_metrics(struct task *task, const struct request *request, struct reply *reply);

#endif
