/* SPDX-License-Identifier: Apache-2.0
 *
 * Login by another OpenID provider ("upstream"): OpenID Connect Core with the authorization code,
 * PKCE (S256), nonce, PAR where it is offered (RFC 9126), iss in the answer (RFC 9207).
 *
 * Each upstream is one JSON file (conf/schema/upstream.json) in the folder of settings
 * upstream.folder; the file's name without .json is the upstream's, in addresses and in idp_hint.
 * What it proved becomes a person of the register by identity.c: never by a name.
 */
#ifndef LOGIN_UPSTREAM_UPSTREAM_H
#define LOGIN_UPSTREAM_UPSTREAM_H

#include "login/login.h"

extern const struct login_method upstream_method;

/* A session's way, and the method in the audit trail: this and the upstream's name. */
#define UPSTREAM_WAY "upstream:"

/* The upstreams that are configured; of one loop.  Read at start and reload: blocks on files.  None
 * configured: *ret_upstreams is NULL, which is no failure.  Fails MISCONFIGURED, naming file and
 * member. */
int upstream_open(struct task *task, struct upstreams **ret_upstreams);
void upstream_close(struct upstreams *upstreams);

/* Whether a list of trusted issuers has changed in SQL, or something of one has ended; false where
 * that cannot be told now. */
bool upstream_is_stale(struct task *task, const struct upstreams *upstreams);

/* Reads the lists that are due, on the first loop of each process, again and again. */
int upstream_tend(struct task *task);

/* Appends, for `dvara check`, why a list gives nothing. */
void upstream_warn(const struct upstreams *upstreams, json_t *warnings);

/* Whether the issuer that a session was begun with is still taken: what records/evidence.h keeps.
 * Fails ISSUER_UNCHECKED where its list gives nothing now. */
int upstream_still_stands(struct task *task, const char *reference, bool *ret_stands);

/* What an upstream is called, in the task's language; NULL: there is none of that name (any more).
 */
const char *upstream_title(const struct task *task, const char *name);

/* Where a login by it begins; NULL: there is none of that name. */
const char *upstream_path(
    struct task *task, const char *name, const struct transaction *transaction);

/* GET, POST /login/upstream/{name}?tx=: sends the person there, after asking for what the upstream
 * wants to be told. */
int upstream_depart(struct task *task, const struct request *request, struct reply *reply);

/* GET /login/upstream/{name}/callback: the person is back. */
int upstream_callback(struct task *task, const struct request *request, struct reply *reply);

/* POST /login/upstream/{name}/link?tx=: the identity that is nobody's here is theirs, the person
 * says; on to the chooser. */
int upstream_link(struct task *task, const struct request *request, struct reply *reply);

/* GET /login/upstream/{name}/jwks: our public keys as a client of it. */
int upstream_jwks(struct task *task, const struct request *request, struct reply *reply);

#endif
