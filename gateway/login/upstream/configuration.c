/* SPDX-License-Identifier: Apache-2.0
 *
 * One file of settings upstream.folder, member by member (conf/schema/upstream.json).
 */
#include "login/upstream/credentials.h"

#include "core/file.h"
#include "core/task.h"
#include "login/upstream/identity.h"

#include <stdlib.h>
#include <string.h>

#define NAME_MAX_LENGTH 64
#define NAME_LETTERS    "abcdefghijklmnopqrstuvwxyz0123456789-"
#define ASKS_MAX        4

static int name_check(struct reading *reading);
static int texts_read(struct reading *reading);
static int address_check(struct reading *reading);
static int levels_check(struct reading *reading);
static int parameters_check(struct reading *reading);
static int asks_check(struct reading *reading);
static bool is_reserved(const char *name);

int
upstream_file(struct task *task, const char *path, json_t **ret_json)
{
	const char *text;
	int r;

	r = file_text(task, path, false, &text);
	if (r < 0)
		return r;
	if (json_parse_object(task, text, strlen(text), ret_json) < 0) {
		fault_clear(task);
		return fail(task, MISCONFIGURED, "%s: is no JSON object", path);
	}
	return 0;
}

int
upstream_of(struct task *task, const struct upstream_source *source, struct upstream **ret_upstream)
{
	static int (*const parts[])(struct reading *) = {name_check, texts_read, address_check,
	    credentials_algs, credentials_read, credentials_pinned, levels_check, parameters_check,
	    asks_check};
	struct upstream *upstream = calloc(1, sizeof(*upstream));
	struct reading reading = {task, source->path, upstream};
	int r = 0;

	upstream->name = strdup(source->name);
	upstream->json = json_incref(source->json);
	for (size_t i = 0; r == 0 && i < sizeof(parts) / sizeof(parts[0]); i++)
		r = parts[i](&reading);
	if (r == 0) {
		upstream->person = json_object_get(upstream->json, "person");
		r = identity_check(task, source->path, upstream);
	}
	if (r < 0) {
		upstream_free(upstream);
		return r;
	}
	*ret_upstream = upstream;
	return 0;
}

void
upstream_free(struct upstream *upstream)
{
	if (!upstream)
		return;
	signer_free(upstream->signer);
	json_decref(upstream->private_key);
	json_decref(upstream->public_keys);
	upstream_keys_drop(&upstream->pinned);
	json_decref(upstream->json);
	if (upstream->client_secret)
		explicit_bzero(upstream->client_secret, strlen(upstream->client_secret));
	free(upstream->client_secret);
	free(upstream->name);
	free(upstream);
}

static int
name_check(struct reading *reading)
{
	const char *name = reading->upstream->name;
	size_t len = strlen(name);

	if (len == 0 || len > NAME_MAX_LENGTH || strspn(name, NAME_LETTERS) != len)
		return fail(reading->task, MISCONFIGURED,
		    "%s: the name is not 1 to %d of a-z 0-9 - before .json", reading->path,
		    NAME_MAX_LENGTH);
	return 0;
}

static int
texts_read(struct reading *reading)
{
	struct upstream *upstream = reading->upstream;
	int r;

	r = reading_members(reading, upstream->json,
	    "$schema title hint issuer client_id token_endpoint_auth_method client_secret_file"
	    " keys_file scope id_token_signed_response_alg id_token_encrypted_response_alg acr"
	    " acr_default parameters asks userinfo person jwks");
	if (r == 0)
		r = reading_texts(reading, "title", &upstream->title);
	if (r == 0 && json_object_get(upstream->json, "hint"))
		r = reading_texts(reading, "hint", &upstream->hint);
	if (r == 0)
		r = reading_text(reading, "issuer", &upstream->issuer);
	if (r == 0)
		r = reading_text(reading, "client_id", &upstream->client_id);
	if (r == 0)
		r = reading_text(reading, "scope", &upstream->scope);
	if (r == 0 && !str_has_word(upstream->scope, "openid"))
		r = fail(reading->task, MISCONFIGURED, "%s: scope has no openid", reading->path);
	upstream->has_userinfo = json_get_bool(upstream->json, "userinfo");
	return r;
}

/* Plain http is for a machine of one's own: fetching refuses it elsewhere (http/fetch.h). */
static int
address_check(struct reading *reading)
{
	const char *issuer = reading->upstream->issuer;

	if ((!str_starts(issuer, "https://") && !str_starts(issuer, "http://127.0.0.1:") &&
		!str_starts(issuer, "http://[::1]:")) ||
	    strpbrk(issuer, "?#@ ") != NULL || !str_is_printable_ascii(issuer))
		return fail(reading->task, MISCONFIGURED,
		    "%s: issuer is no https address without query, fragment and user",
		    reading->path);
	return 0;
}

static int
levels_check(struct reading *reading)
{
	struct upstream *upstream = reading->upstream;
	struct task *task = reading->task;
	const char *name;
	json_t *level;

	upstream->acr = json_object_get(upstream->json, "acr");
	upstream->acr_default = json_get_text(upstream->json, "acr_default");
	json_object_foreach((json_t *)(uintptr_t)upstream->acr, name, level)
		if (!login_acr_is_level(json_string_value(level)))
			return fail(task, MISCONFIGURED, "%s: acr of \"%s\" is no level of ours",
			    reading->path, name);
	if (json_object_get(upstream->json, "acr_default") &&
	    !login_acr_is_level(upstream->acr_default))
		return fail(
		    task, MISCONFIGURED, "%s: acr_default is no level of ours", reading->path);
	if (json_object_size(upstream->acr) == 0 && !upstream->acr_default)
		return fail(task, MISCONFIGURED,
		    "%s: without acr and acr_default nobody could sign in by it", reading->path);
	return 0;
}

static int
parameters_check(struct reading *reading)
{
	const char *name;
	json_t *value;

	reading->upstream->parameters = json_object_get(reading->upstream->json, "parameters");
	json_object_foreach((json_t *)(uintptr_t)reading->upstream->parameters, name, value)
		if (is_reserved(name) || !json_is_string(value) || !str_is_printable_ascii(name))
			return fail(reading->task, MISCONFIGURED,
			    "%s: parameters cannot have %s, or not with that", reading->path, name);
	return 0;
}

/* What the protocol itself says is not to be said twice, or otherwise. */
static bool
is_reserved(const char *name)
{
	return str_has_word("client_id redirect_uri response_type response_mode scope state nonce"
			    " code_challenge code_challenge_method request request_uri claims"
			    " client_secret client_assertion client_assertion_type max_age"
			    " acr_values registration",
	    name);
}

static int
asks_check(struct reading *reading)
{
	const json_t *asks = json_object_get(reading->upstream->json, "asks");
	const char *parameter;
	json_t *ask;
	size_t i;
	int r;

	reading->upstream->asks = asks;
	if (json_array_size(asks) > ASKS_MAX)
		return fail(reading->task, MISCONFIGURED, "%s: asks has more than %d",
		    reading->path, ASKS_MAX);
	json_array_foreach((json_t *)(uintptr_t)asks, i, ask) {
		r = reading_members(reading, ask, "parameter kind label");
		if (r < 0)
			return r;
		parameter = json_get_text(ask, "parameter");
		if (str_is_empty(parameter) || is_reserved(parameter) ||
		    str_has_word("csrf tx", parameter) || !json_object_get(ask, "label") ||
		    !str_has_word("phone email text", json_get_text(ask, "kind")))
			return fail(reading->task, MISCONFIGURED,
			    "%s: asks wants a parameter, a label by language, and the kind phone, "
			    "email or text",
			    reading->path);
	}
	return 0;
}
