/* SPDX-License-Identifier: Apache-2.0
 *
 * Every endpoint of the gateway in two tables: the public listener's and the management one's.
 */
#ifndef ROUTES_H
#define ROUTES_H

#include "http/server.h"

extern const struct route routes_public[], routes_management[];
extern const size_t routes_n_public, routes_n_management;

/* health.c: operators only. */
int health_live(struct task *task, const struct request *request, struct reply *reply);
int health_ready(struct task *task, const struct request *request, struct reply *reply);
int health_metrics(struct task *task, const struct request *request, struct reply *reply);

#endif
