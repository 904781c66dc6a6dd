/* SPDX-License-Identifier: Apache-2.0
 *
 * What a handler answers.  Everything given to it lives in the task's arena until the answer has
 * left.
 *
 * Security headers are set for every answer (nosniff, no-referrer, no-store unless the route is a
 * static document or the handler set Cache-Control itself, HSTS over https); a page also gets CSP,
 * frame, COOP and Permissions-Policy headers, and is compressed.  Redirects are always 303.
 */
#ifndef HTTP_REPLY_H
#define HTTP_REPLY_H

#include "core/json.h"
#include "core/str.h"

struct request;
struct task;

/* How long a static document (/jwks) may be kept by whoever read it. */
#define REPLY_STATIC_MAX_AGE_S 300

struct reply; /* made by the server, one per request */

int reply_status_of(const struct reply *reply);

/* Replaces one of that name, but for Set-Cookie.  name lives as long as the task; bytes of the
 * value that are not printable ASCII leave as %XX.  At most 48; left out are an empty value, a name
 * that is no token, and what belongs to the connection (Connection, Content-Length, Date,
 * Keep-Alive, Trailer, Transfer-Encoding, Upgrade), so that another server's answer can be handed
 * on. */
void reply_header(struct reply *reply, const char *name, const char *value);

/* All return 0, so that a handler ends with return reply_…(…); */
int reply_json(struct reply *reply, int status, const json_t *json);
int reply_text(struct reply *reply, int status, const char *content_type, const char *text);
int reply_bytes(struct reply *reply, int status, const char *content_type, struct bytes bytes);
int reply_empty(struct reply *reply, int status);
int reply_redirect(struct reply *reply, const char *location); /* 303 */

/* The page that is sent next may hold frames of these origins, parted by spaces; else of none. */
void reply_may_frame(struct reply *reply, const char *sources);

/* A page that the pages room made.  form_targets: further origins for CSP form-action, parted by
 * spaces, or NULL. nonce: of the page's style and script. */
int reply_page(
    struct reply *reply, int status, const char *html, const char *nonce, const char *form_targets);

/* Pages of the origin may read the answer (Fetch standard, CORS protocol); never with credentials.
 */
void reply_origin(struct reply *reply, const char *origin);

/* HttpOnly, SameSite=Lax, Path=/; over https named __Host-NAME and Secure.  max_age_s 0: until the
 * browser closes; negative: removed. */
void reply_cookie(struct reply *reply, const char *name, const char *value, int64_t max_age_s);

/* RFC 9449: what proofs may be signed with, in challenges and in discovery. */
#define REPLY_DPOP_ALGS "ES256 PS256 EdDSA"

/* The task's fault as JSON {error, error_description, error_uri} with what the status asks for:
 * Retry-After, WWW-Authenticate, Allow. */
int reply_oauth_fault(struct reply *reply);
/* A text as error_description takes it: RFC 6749 section 5.2 allows %x20-21 / %x23-5B / %x5D-7E. */
const char *reply_description(struct task *task, const char *text);
/* The same as application/problem+json (RFC 9457), and as a bearer challenge (RFC 6750). */
int reply_problem_fault(struct reply *reply);
int reply_bearer_fault(struct reply *reply);

/* Where the error of a protocol is explained (oidc/errors.c), with the id that finds this one in
 * the log: error_uri of RFC 6749 sections 4.1.2.1 and 5.2. */
const char *reply_error_uri(struct task *task, const char *error);

/* For fault writers: Retry-After where the fault's status asks for it and the handler set none. */
void reply_retry_header(struct reply *reply);

/* The task and the request this reply belongs to.  Where the door refused the request, what it had
 * not read yet is empty or NULL. */
struct task *reply_task(const struct reply *reply);
const struct request *reply_request(const struct reply *reply);

#endif
