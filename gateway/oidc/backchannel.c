/* SPDX-License-Identifier: Apache-2.0
 *
 * Logout tokens, and their way to the client.  Called by records/post.c.
 */
#include "oidc/backchannel.h"

#include "core/clock.h"
#include "core/random.h"
#include "core/settings.h"
#include "core/task.h"
#include "http/fetch.h"
#include "jose/keys.h"
#include "jose/sign.h"
#include "oidc/rules/sid.h"
#include "records/subject.h"

#include <string.h>

#define EVENT        "http://schemas.openid.net/event/backchannel-logout"
#define TOKEN_LIFE_S 120
#define JTI_BYTES    16

static int token_make(struct task *task, const struct client *client, const struct letter *letter,
    const char **ret_token);
static int post_token(struct task *task, const char *url, const char *token, int *ret_status);

int
backchannel_send(struct task *task, const struct letter *letter, const char **ret_result)
{
	const struct client *client;
	const char *token;
	int status, r;

	r = client_find(task, letter->client_id, &client);
	if (r < 0)
		return r;
	if (client == NULL || client->backchannel_logout_uri == NULL)
		return fail(task, GONE, "the client has no backchannel_logout_uri any more");
	r = token_make(task, client, letter, &token);
	if (r < 0)
		return r;
	r = post_token(task, client->backchannel_logout_uri, token, &status);
	if (r < 0)
		return r;
	/* Section 2.8: 200, and frameworks turn an empty one into 204. */
	if (status < 200 || status > 299)
		return fail(task, UPSTREAM_BROKEN, "the client answered %d", status);
	*ret_result = task_printf(task, "%d", status);
	return 0;
}

/* Section 2.4.  Another jti for each try: a client that did not answer in time may know the last
 * one already. */
static int
token_make(struct task *task, const struct client *client, const struct letter *letter,
    const char **ret_token)
{
	const struct sign_as as = {
	    .signer = keys_signer(task->rooms->keys, client->id_token_alg), .typ = "logout+jwt"};
	const char *session_id = json_get_text(letter->body, "session");
	int64_t now_s = clock_now_s();
	json_auto_t *claims = NULL;

	if (as.signer == NULL)
		return fail(task, MISCONFIGURED, "there is no active %s key for logout tokens",
		    alg_name(client->id_token_alg));
	claims = json_pack("{s:s, s:s, s:s, s:I, s:I, s:s, s:{s:{}}, s:s}", "iss",
	    task->rooms->settings->gateway_issuer, "aud", client->id, "sub",
	    subject_of(task, client, letter->person_id), "iat", (json_int_t)now_s, "exp",
	    (json_int_t)(now_s + TOKEN_LIFE_S), "jti", random_id(task, JTI_BYTES), "events", EVENT,
	    "sid", sid_of(task, client, session_id));
	return jws_sign(task, &as, claims, ret_token);
}

/* base64url and dots need no escape. */
static int
post_token(struct task *task, const char *url, const char *token, int *ret_status)
{
	static const struct pair headers[] = {
	    {"Content-Type", "application/x-www-form-urlencoded"},
	    {"Cache-Control", "no-store"},
	};

	return http_post(task, url, (struct pairs){headers, sizeof(headers) / sizeof(headers[0])},
	    task_printf(task, "logout_token=%s", token), ret_status);
}
