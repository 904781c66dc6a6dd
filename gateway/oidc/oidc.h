/* SPDX-License-Identifier: Apache-2.0
 *
 * The endpoints of the OpenID provider, one file each (the names of the files are the endpoints').
 */
#ifndef OIDC_OIDC_H
#define OIDC_OIDC_H

#include "http/server.h"

int oidc_discovery(struct task *task, const struct request *request,
    struct reply *reply); /* both well-known documents */
int oidc_jwks(struct task *task, const struct request *request, struct reply *reply);
int oidc_authorize(
    struct task *task, const struct request *request, struct reply *reply); /* GET, POST */
int oidc_par(struct task *task, const struct request *request, struct reply *reply);
int oidc_authorize_post(struct task *task, const struct request *request,
    struct reply *reply); /* POST: by GET, where the cookies stayed away */
int oidc_continue(struct task *task, const struct request *request,
    struct reply *reply); /* GET /authorize/continue?tx= */
int oidc_device_authorization(
    struct task *task, const struct request *request, struct reply *reply);
int oidc_bc_authorize(struct task *task, const struct request *request, struct reply *reply);
int oidc_device(struct task *task, const struct request *request, struct reply *reply);
int oidc_device_enter(
    struct task *task, const struct request *request, struct reply *reply); /* POST /device */
int oidc_device_answer(struct task *task, const struct request *request,
    struct reply *reply); /* POST /device/answer */
int oidc_token(struct task *task, const struct request *request, struct reply *reply);
int oidc_introspect(struct task *task, const struct request *request, struct reply *reply);
int oidc_revoke(struct task *task, const struct request *request, struct reply *reply);
int oidc_register(struct task *task, const struct request *request, struct reply *reply); /* POST */
int oidc_registration(
    struct task *task, const struct request *request, struct reply *reply); /* GET /register/{id} */
int oidc_registration_replace(
    struct task *task, const struct request *request, struct reply *reply); /* PUT */
int oidc_registration_remove(
    struct task *task, const struct request *request, struct reply *reply); /* DELETE */
int oidc_userinfo(
    struct task *task, const struct request *request, struct reply *reply); /* GET, POST */
int oidc_errors(struct task *task, const struct request *request, struct reply *reply);
int oidc_error(
    struct task *task, const struct request *request, struct reply *reply); /* /errors/{error} */
int oidc_end_session(
    struct task *task, const struct request *request, struct reply *reply); /* GET, POST */
int oidc_end_session_confirm(struct task *task, const struct request *request,
    struct reply *reply); /* POST /end_session/confirm */

#endif
