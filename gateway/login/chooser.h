/* SPDX-License-Identifier: Apache-2.0
 *
 * The chooser: which way in a person takes, on this device or with another one, and what somebody
 * without a smartphone can do.
 */
#ifndef LOGIN_CHOOSER_H
#define LOGIN_CHOOSER_H

#include "http/server.h"

/* The way last taken in this browser, an id of struct login_way: nothing about who took it. */
#define CHOOSER_COOKIE   "dvara_way"
#define CHOOSER_COOKIE_S (365 * 24 * 3600)

/* GET /login?tx=…  With forget=1 the way last taken is forgotten. */
int chooser_page(struct task *task, const struct request *request, struct reply *reply);

/* GET /login/help?tx=…: without a smartphone. */
int chooser_help(struct task *task, const struct request *request, struct reply *reply);

#endif
