/* SPDX-License-Identifier: Apache-2.0
 *
 * The client credentials grant (RFC 6749 section 4.4): a token of the client's own, which speaks
 * for no person.  No refresh token (section 4.4.3), no ID token.
 */
#include "consent/purpose.h"
#include "core/clock.h"
#include "core/random.h"
#include "core/task.h"
#include "oidc/grants/grants.h"

#define ID_BYTES  16
#define WORDS_MAX 64

static int client_credentials_claim(struct task *task, struct token_call *call);
static int scope_of(struct task *task, const struct token_call *call, const char **ret_scope);
static const char *own_scopes(struct task *task, const struct client *client);

const struct grant_type client_credentials_grant_type = {
    .name = "client_credentials",
    .claim = client_credentials_claim,
};

/* There is nothing to claim: what the client may is what it registered. */
static int
client_credentials_claim(struct task *task, struct token_call *call)
{
	struct grant grant = {
	    .id = random_id(task, ID_BYTES),
	    .client_id = call->client->id,
	    /* whether the client may is looked at with every grant's (rules/resource.h) */
	    .resources = request_form(call->request, "resource"),
	    .issued_s = clock_now_s(),
	};
	int r;

	if (call->client->auth_method == CLIENT_AUTH_NONE)
		return fail(task, UNAUTHORIZED_CLIENT, "a public client has no credentials");
	r = scope_of(task, call, &grant.scope);
	if (r < 0)
		return r;
	call->claimed = grant;
	return 0;
}

static int
scope_of(struct task *task, const struct token_call *call, const char **ret_scope)
{
	const char *asked = request_form(call->request, "scope");
	const char *own = own_scopes(task, call->client);
	const char **words;

	if (str_is_empty(asked)) {
		*ret_scope = own;
		return 0;
	}
	words = str_words(task, asked, WORDS_MAX);
	for (; words != NULL && *words != NULL; words++) {
		if (purpose_scope_claims(*words) != NULL)
			return fail(task, INVALID_SCOPE,
			    "scope %s is about a person, and none is here", *words);
		if (!str_has_word(own, *words))
			return fail(task, INVALID_SCOPE,
			    "scope %s is not registered for the client", *words);
	}
	if (words == NULL)
		return fail(task, INVALID_SCOPE, "scope has over %d words", WORDS_MAX);
	*ret_scope = asked;
	return 0;
}

/* What is registered, without what is about a person. */
static const char *
own_scopes(struct task *task, const struct client *client)
{
	const char **own = task_new_n(task, const char *, WORDS_MAX + 1);
	size_t n = 0;

	for (const char *const *scope = client->scopes; *scope != NULL && n < WORDS_MAX; scope++)
		if (purpose_scope_claims(*scope) == NULL)
			own[n++] = *scope;
	return str_join(task, own, " ");
}
