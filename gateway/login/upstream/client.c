/* SPDX-License-Identifier: Apache-2.0
 *
 * What we send to an upstream as its client: by POST, with our credentials (RFC 6749 section 2.3.1,
 * RFC 7523 section 2.2).
 */
#include "login/upstream/provider.h"

#include "access/client_assertion.h"
#include "core/buf.h"
#include "core/clock.h"
#include "core/random.h"
#include "core/task.h"
#include "http/fetch.h"
#include "jose/sign.h"

#include <string.h>

#define FORM_MAX_BYTES  (32u << 10)
#define ASSERTION_S     60
#define JTI_BYTES       16
#define ERROR_MAX_BYTES 64

static void pair_add(struct buf *form, const char *name, const char *value);
static int credentials_add(struct task *task, const struct upstream *upstream, struct buf *form,
    const char **ret_authorization);
static const char *basic(struct task *task, const struct upstream *upstream);
static int assertion(struct task *task, const struct upstream *upstream, const char **ret_jws);
static int answer_read(struct task *task, const struct fetched *fetched, const json_t **ret_answer);

int
upstream_post(struct task *task, const struct upstream *upstream, const struct upstream_call *call,
    int *ret_status, const json_t **ret_answer)
{
	struct pair headers[] = {
	    {"Content-Type", "application/x-www-form-urlencoded"},
	    {"Accept", "application/json"},
	    {"Authorization", NULL},
	};
	struct fetch fetch = {
	    .method = "POST", .url = call->url, .max_answer_bytes = JSON_MAX_BYTES};
	struct fetched fetched;
	struct buf form;
	int r;

	buf_open(&form, task, FORM_MAX_BYTES);
	for (size_t i = 0; i < call->n_form; i++)
		pair_add(&form, call->form[i].name, call->form[i].value);
	r = credentials_add(task, upstream, &form, &headers[2].value);
	if (r < 0)
		return r;
	if (buf_text(&form) == NULL)
		return fail(task, BROKEN, "a form for an upstream is too long");
	fetch.body = BYTES_OF(buf_text(&form));
	fetch.headers = (struct pairs){headers, headers[2].value ? 3 : 2};
	r = http_fetch(task, &fetch, &fetched);
	if (r < 0)
		return r;
	r = answer_read(task, &fetched, ret_answer);
	if (r == 0)
		*ret_status = fetched.status;
	return r;
}

static void
pair_add(struct buf *form, const char *name, const char *value)
{
	if (value == NULL)
		return;
	if (form->len > 0)
		buf_char_add(form, '&');
	buf_url_add(form, name);
	buf_char_add(form, '=');
	buf_url_add(form, value);
}

static int
credentials_add(struct task *task, const struct upstream *upstream, struct buf *form,
    const char **ret_authorization)
{
	const char *jws;
	int r;

	if (str_equal(upstream->auth_method, "client_secret_basic")) {
		*ret_authorization = basic(task, upstream);
		return 0;
	}
	pair_add(form, "client_id", upstream->client_id);
	if (str_equal(upstream->auth_method, "client_secret_post")) {
		pair_add(form, "client_secret", upstream->client_secret);
		return 0;
	}
	r = assertion(task, upstream, &jws);
	if (r < 0)
		return r;
	pair_add(form, "client_assertion_type", CLIENT_ASSERTION_TYPE);
	pair_add(form, "client_assertion", jws);
	return 0;
}

static const char *
basic(struct task *task, const struct upstream *upstream)
{
	struct buf pair;

	buf_open(&pair, task, FORM_MAX_BYTES);
	buf_url_add(&pair, upstream->client_id);
	buf_char_add(&pair, ':');
	buf_url_add(&pair, upstream->client_secret);
	return task_printf(task, "Basic %s", b64_encode(task, BYTES_OF(buf_text(&pair))));
}

/* For the issuer alone (FAPI 2.0 section 5.3.2.1): no other server can use it there. */
static int
assertion(struct task *task, const struct upstream *upstream, const char **ret_jws)
{
	const struct sign_as as = {.signer = upstream->signer, .typ = "JWT"};
	int64_t now_s = clock_now_s();
	json_auto_t *claims =
	    json_pack("{s:s, s:s, s:s, s:I, s:I, s:s}", "iss", upstream->client_id, "sub",
		upstream->client_id, "aud", upstream->issuer, "iat", (json_int_t)now_s, "exp",
		(json_int_t)(now_s + ASSERTION_S), "jti", random_id(task, JTI_BYTES));

	return jws_sign(task, &as, claims, ret_jws);
}

static int
answer_read(struct task *task, const struct fetched *fetched, const json_t **ret_answer)
{
	json_t *json;

	if (fetched->status >= 500)
		return fail(task, UPSTREAM_BROKEN, "the upstream answers %d", fetched->status);
	if (json_parse_object(task, (const char *)fetched->body.at, fetched->body.len, &json) < 0)
		return fault_as(task, UPSTREAM_BROKEN);
	*ret_answer = json_keep(task, json);
	return 0;
}

int
upstream_redeem(struct task *task, const struct upstream *upstream,
    const struct departure *departure, const char *code, struct upstream_tokens *ret_tokens)
{
	const struct pair form[] = {
	    {"grant_type", "authorization_code"},
	    {"code", code},
	    {"redirect_uri", upstream_redirect_uri(task, upstream)},
	    {"code_verifier", departure->verifier},
	};
	struct upstream_call call = {.form = form, .n_form = sizeof(form) / sizeof(form[0])};
	struct metadata metadata;
	const json_t *answer;
	const char *type;
	int status, r;

	r = upstream_metadata(task, upstream, &metadata);
	if (r < 0)
		return r;
	call.url = metadata.token_endpoint;
	r = upstream_post(task, upstream, &call, &status, &answer);
	if (r < 0)
		return r;
	type = json_get_text(answer, "error");
	if (status != 200)
		return fail(task, INVALID_GRANT, "the upstream refuses the code: %d %.*s", status,
		    ERROR_MAX_BYTES, type == NULL ? "" : type);
	type = json_get_text(answer, "token_type");
	if (type == NULL || strcasecmp(type, "Bearer") != 0)
		return fail(task, INVALID_GRANT, "the upstream's token_type is not Bearer");
	*ret_tokens = (struct upstream_tokens){
	    json_get_text(answer, "id_token"), json_get_text(answer, "access_token")};
	if (ret_tokens->id_token == NULL)
		return fail(task, INVALID_GRANT, "the upstream gave no ID token");
	return 0;
}

int
upstream_userinfo(struct task *task, const struct metadata *metadata, const char *access_token,
    const char *subject, const json_t **ret_claims)
{
	const struct pair headers[] = {
	    {"Accept", "application/json"},
	    {"Authorization", task_printf(task, "Bearer %s", access_token)},
	};
	const struct fetch fetch = {.url = metadata->userinfo_endpoint,
	    .headers = {headers, 2},
	    .max_answer_bytes = JSON_MAX_BYTES};
	struct fetched fetched;
	int r;

	if (metadata->userinfo_endpoint == NULL)
		return fail(task, UPSTREAM_BROKEN, "the upstream has no userinfo_endpoint");
	if (access_token == NULL || !str_is_printable_ascii(access_token))
		return fail(task, INVALID_TOKEN, "the upstream gave no access token");
	r = http_fetch(task, &fetch, &fetched);
	if (r == 0)
		r = answer_read(task, &fetched, ret_claims);
	if (r < 0)
		return r;
	if (fetched.status != 200)
		return fail(task, INVALID_TOKEN, "userinfo answers %d", fetched.status);
	/* OpenID Connect Core section 5.3.2: else it is about somebody else. */
	if (!str_equal(json_get_text(*ret_claims, "sub"), subject))
		return fail(task, INVALID_TOKEN, "userinfo has another sub");
	return 0;
}
