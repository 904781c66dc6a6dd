/* SPDX-License-Identifier: Apache-2.0
 *
 * Tokens for a grant.  Called by token.c.
 */
#include "oidc/rules/tokens.h"

#include "consent/api.h"
#include "consent/resource.h"
#include "core/buf.h"
#include "core/task.h"
#include "oidc/rules/access_token.h"
#include "oidc/rules/id_token.h"
#include "oidc/rules/sid.h"
#include "records/subject.h"
#include "records/audit.h"
#include "records/person.h"
#include "records/visit.h"
#include "store/sql.h"

#define ANSWER_MAX_BYTES (64u << 10)

/* What is made, on the way to the answer. */
struct tokens {
	const struct giving *giving;
	struct access_token access;
	const char *subject;
	const char *id_token; /* NULL: none */
	struct refresh begun;
	const char *refresh_token; /* NULL: none */
	bool is_used;              /* the refresh token shown was the newest still */
};

static int tokens_make(struct task *task, struct tokens *tokens);
static void refresh_make(struct task *task, struct tokens *tokens);
static sql_step give_step;
static bool comes_back_with_subject(const struct client *client);
static int service_subject_keep(struct sql_tx *tx, const struct grant *grant);
static int visit_keep(struct sql_tx *tx, const struct giving *giving);
static int audit(struct sql_tx *tx, const struct tokens *tokens);
static const char *grant_id_of(const struct giving *giving);
static const char *answer_of(struct task *task, const struct tokens *tokens);
static void member_add(struct buf *buf, const char *name, const char *token);

int
tokens_give(struct task *task, const struct giving *giving, const char **ret_answer)
{
	struct tokens tokens = {.giving = giving, .is_used = true};
	int r;

	r = tokens_make(task, &tokens);
	if (r < 0)
		return r;
	refresh_make(task, &tokens);
	r = grant_token_keep(task, giving->grant, &tokens.access.kept);
	if (r < 0)
		return r;
	r = sql_write(task, give_step, &tokens);
	if (r < 0)
		return r;
	if (!tokens.is_used)
		return refresh_reused(task, giving->refresh);
	*ret_answer = answer_of(task, &tokens);
	return 0;
}

static int
tokens_make(struct task *task, struct tokens *tokens)
{
	const struct giving *giving = tokens->giving;
	const struct issuing issuing = {
	    .client = giving->client,
	    .grant = giving->grant,
	    .subject = subject_of(task, giving->client, giving->grant->person_id),
	};
	int r;

	tokens->subject = issuing.subject;
	r = access_token_make(task, &issuing, &tokens->access);
	if (r < 0 || giving->issued_token_type != NULL ||
	    !str_has_word(giving->grant->scope, "openid"))
		return r;
	return id_token_make(task, &issuing, tokens->access.jwt, &tokens->id_token);
}

/* Public clients get a new one each time (RFC 9700 section 4.14.2); who authenticates keeps the
 * one it has (FAPI 2.0 section 5.3.2.1-9): an answer that was lost then costs nothing. */
static void
refresh_make(struct task *task, struct tokens *tokens)
{
	const struct giving *giving = tokens->giving;
	bool is_public = giving->client->auth_method == CLIENT_AUTH_NONE;
	struct grant whole;

	if (giving->refresh != NULL) {
		tokens->refresh_token =
		    is_public ? refresh_renew(task, giving->refresh) : giving->refresh->token;
		return;
	}
	if (giving->whole == NULL || !client_may_grant(giving->client, "refresh_token"))
		return;
	whole = *giving->whole;
	/* Who authenticates may change its key (RFC 9449 section 5). */
	whole.jkt = is_public ? giving->grant->jkt : NULL;
	whole.x5t = is_public ? giving->grant->x5t : NULL;
	refresh_new(task, &whole, &tokens->begun);
	tokens->refresh_token = tokens->begun.token;
}

static int
give_step(struct sql_tx *tx, void *arg)
{
	struct tokens *tokens = arg;
	int r;

	r = visit_keep(tx, tokens->giving);
	if (r < 0)
		return r;
	if (tokens->giving->refresh != NULL)
		r = refresh_use(
		    tx, tokens->giving->refresh, tokens->refresh_token, &tokens->is_used);
	else if (tokens->refresh_token != NULL)
		r = refresh_begin(tx, &tokens->begun);
	if (r < 0 || !tokens->is_used)
		return r;
	if (tokens->id_token != NULL && comes_back_with_subject(tokens->giving->client)) {
		r = person_subject_keep(tx, tokens->subject, tokens->giving->grant->person_id);
		if (r < 0)
			return r;
	}
	r = service_subject_keep(tx, tokens->giving->grant);
	if (r < 0)
		return r;
	return audit(tx, tokens);
}

/* CIBA's login_hint, and what a client tells a service about somebody who is not there
 * (services/attributes.c). */
static bool
comes_back_with_subject(const struct client *client)
{
	return client_may_grant(client, CLIENT_CIBA_GRANT) ||
	       (client->resources != NULL && client->resources[0] != NULL &&
		   client_may_grant(client, "client_credentials"));
}

/* The service will learn its own name for the person, and may come back with it
 * (services/news.c). */
static int
service_subject_keep(struct sql_tx *tx, const struct grant *grant)
{
	struct task *task = sql_task(tx);
	const char *service =
	    grant->resource == NULL ? NULL : resource_service(task, grant->resource);

	if (service == NULL || grant->person_id == NULL)
		return 0;
	return person_subject_keep(
	    tx, person_service_subject(task, grant->person_id, service), grant->person_id);
}

/* From now on the client knows the person; who did not come for the tokens is not told, by a
 * logout token, whom they would have been for. */
static int
visit_keep(struct sql_tx *tx, const struct giving *giving)
{
	const struct client *client = giving->client;
	const struct grant *grant = giving->grant;
	struct visit visit = {
	    .session_id = grant->session_id,
	    .person_id = grant->person_id,
	    .client_id = client->id,
	    .is_told = client->backchannel_logout_uri != NULL,
	};

	if (grant->session_id == NULL || giving->refresh != NULL ||
	    giving->issued_token_type != NULL ||
	    (!visit.is_told && client->frontchannel_logout_uri == NULL))
		return 0;
	visit.sid = sid_of(sql_task(tx), client, grant->session_id);
	return visit_add(tx, &visit);
}

static int
audit(struct sql_tx *tx, const struct tokens *tokens)
{
	const struct giving *giving = tokens->giving;
	const struct grant *grant = giving->grant;
	json_auto_t *detail = json_object();
	const struct audit_event event = {
	    .event = "token",
	    .actor = task_printf(sql_task(tx), "client:%s", giving->client->id),
	    .person_id = grant->person_id,
	    .client_id = giving->client->id,
	    .detail = detail,
	};

	json_set_text(detail, "grant", grant->id);
	json_set_text(detail, "grant_type", giving->grant_type);
	json_set_text(detail, "jti", tokens->access.kept.jti);
	json_set_text(detail, "resource", grant->resource);
	return audit_add(tx, &event);
}

/* Grant Management for OAuth 2.0 (draft 03): the consent, for clients that may ask of it. */
static const char *
grant_id_of(const struct giving *giving)
{
	return names_have(giving->client->scopes, API_SCOPE) ? giving->grant->consent_id : NULL;
}

/* Written straight: base64url and dots need no escape. */
static const char *
answer_of(struct task *task, const struct tokens *tokens)
{
	struct buf buf;

	buf_open(&buf, task, ANSWER_MAX_BYTES);
	buf_text_add(&buf, "{\"access_token\":\"");
	buf_text_add(&buf, tokens->access.jwt);
	buf_printf(&buf, "\",\"token_type\":\"%s\",\"expires_in\":%lld",
	    access_token_type(tokens->giving->grant), (long long)tokens->access.life_s);
	if (!str_is_empty(tokens->giving->grant->scope)) {
		buf_text_add(&buf, ",\"scope\":");
		buf_json_add(&buf, tokens->giving->grant->scope);
	}
	member_add(&buf, "issued_token_type", tokens->giving->issued_token_type);
	member_add(&buf, "refresh_token", tokens->refresh_token);
	member_add(&buf, "id_token", tokens->id_token);
	member_add(&buf, "grant_id", grant_id_of(tokens->giving));
	if (tokens->giving->grant->authorization_details != NULL) {
		buf_text_add(&buf, ",\"authorization_details\":");
		buf_text_add(
		    &buf, json_text(buf.task, tokens->giving->grant->authorization_details));
	}
	buf_char_add(&buf, '}');
	return buf_text(&buf);
}

static void
member_add(struct buf *buf, const char *name, const char *token)
{
	if (token == NULL)
		return;
	buf_printf(buf, ",\"%s\":\"", name);
	buf_text_add(buf, token);
	buf_char_add(buf, '"');
}
