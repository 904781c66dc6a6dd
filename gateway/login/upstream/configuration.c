/* SPDX-License-Identifier: Apache-2.0
 *
 * One file of settings upstream.folder, member by member (conf/schema/upstream.json).
 */
#include "login/upstream/provider.h"

#include "core/file.h"
#include "core/task.h"
#include "jose/jwe.h"
#include "login/upstream/identity.h"

#include <stdlib.h>
#include <string.h>

#define NAME_MAX_LENGTH 64
#define NAME_LETTERS    "abcdefghijklmnopqrstuvwxyz0123456789-"
#define ASKS_MAX        4

/* Whose file it is, for every message. */
struct reading {
	struct task *task;
	const char *path;
	struct upstream *upstream;
};

static int name_check(struct reading *reading);
static int members_check(struct reading *reading, const json_t *json, const char *members);
static int texts_read(struct reading *reading);
static int address_check(struct reading *reading);
static int algs_read(struct reading *reading);
static int credentials_read(struct reading *reading);
static int secret_read(struct reading *reading);
static int keys_read(struct reading *reading);
static int key_take(struct reading *reading, const json_t *jwk);
static int pinned_read(struct reading *reading);
static int levels_check(struct reading *reading);
static int parameters_check(struct reading *reading);
static int asks_check(struct reading *reading);
static int text_read(struct reading *reading, const char *member, const char **ret_text);
static int by_language(struct reading *reading, const char *member, const json_t **ret_texts);
static int path_of(struct reading *reading, const char *member, const char **ret_path);

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
	    algs_read, credentials_read, pinned_read, levels_check, parameters_check, asks_check};
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
members_check(struct reading *reading, const json_t *json, const char *members)
{
	json_t *value;
	const char *name;

	json_object_foreach((json_t *)(uintptr_t)json, name, value)
		if (!str_has_word(members, name))
			return fail(reading->task, MISCONFIGURED, "%s: %s is no member here",
			    reading->path, name);
	return 0;
}

static int
texts_read(struct reading *reading)
{
	struct upstream *upstream = reading->upstream;
	int r;

	r = members_check(reading, upstream->json,
	    "$schema title hint issuer client_id token_endpoint_auth_method client_secret_file"
	    " keys_file scope id_token_signed_response_alg id_token_encrypted_response_alg acr"
	    " acr_default parameters asks userinfo person jwks");
	if (r == 0)
		r = by_language(reading, "title", &upstream->title);
	if (r == 0 && json_object_get(upstream->json, "hint"))
		r = by_language(reading, "hint", &upstream->hint);
	if (r == 0)
		r = text_read(reading, "issuer", &upstream->issuer);
	if (r == 0)
		r = text_read(reading, "client_id", &upstream->client_id);
	if (r == 0)
		r = text_read(reading, "scope", &upstream->scope);
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
algs_read(struct reading *reading)
{
	const json_t *json = reading->upstream->json;
	const char *alg = json_get_text(json, "id_token_signed_response_alg");
	const json_t *encryption = json_object_get(json, "id_token_encrypted_response_alg");

	reading->upstream->id_token_alg = alg_of(alg == NULL ? "RS256" : alg);
	if (reading->upstream->id_token_alg == ALG_NONE)
		return fail(reading->task, MISCONFIGURED,
		    "%s: id_token_signed_response_alg is none of RS256 PS256 ES256 ES384 EdDSA",
		    reading->path);
	if (encryption && !str_equal(json_string_value(encryption), "ECDH-ES"))
		return fail(reading->task, MISCONFIGURED,
		    "%s: id_token_encrypted_response_alg is not ECDH-ES", reading->path);
	return 0;
}

static int
credentials_read(struct reading *reading)
{
	struct upstream *upstream = reading->upstream;
	int r;

	r = text_read(reading, "token_endpoint_auth_method", &upstream->auth_method);
	if (r < 0)
		return r;
	if (!str_has_word(
		"private_key_jwt client_secret_basic client_secret_post", upstream->auth_method))
		return fail(reading->task, MISCONFIGURED,
		    "%s: token_endpoint_auth_method is none of private_key_jwt "
		    "client_secret_basic client_secret_post",
		    reading->path);
	upstream->public_keys = json_pack("{s:[]}", "keys");
	if (json_object_get(upstream->json, "keys_file"))
		r = keys_read(reading);
	if (r < 0)
		return r;
	if (!str_equal(upstream->auth_method, "private_key_jwt"))
		return secret_read(reading);
	if (!upstream->signer)
		return fail(reading->task, MISCONFIGURED,
		    "%s: private_key_jwt needs a keys_file with a key of use \"sig\"",
		    reading->path);
	return 0;
}

static int
secret_read(struct reading *reading)
{
	const char *path, *text;
	int r;

	r = path_of(reading, "client_secret_file", &path);
	if (r == 0)
		r = file_text(reading->task, path, true, &text);
	if (r < 0)
		return r;
	reading->upstream->client_secret = strndup(text, strcspn(text, "\r\n"));
	if (*reading->upstream->client_secret == '\0')
		return fail(reading->task, MISCONFIGURED, "%s: is empty", path);
	return 0;
}

/* A private JWK Set: use "sig" signs our assertions, use "enc" opens what is encrypted for us. */
static int
keys_read(struct reading *reading)
{
	const char *path, *text;
	json_t *set, *jwk;
	size_t i;
	int r;

	r = path_of(reading, "keys_file", &path);
	if (r == 0)
		r = file_text(reading->task, path, true, &text);
	if (r < 0)
		return r;
	if (json_parse_object(reading->task, text, strlen(text), &set) < 0)
		return fault_as(reading->task, MISCONFIGURED);
	json_keep(reading->task, set);
	json_array_foreach(json_object_get(set, "keys"), i, jwk) {
		r = key_take(reading, jwk);
		if (r < 0)
			return r;
	}
	if (json_object_get(reading->upstream->json, "id_token_encrypted_response_alg") &&
	    !reading->upstream->private_key)
		return fail(reading->task, MISCONFIGURED, "%s: has no key of use \"enc\"", path);
	return 0;
}

/* The first of each use serves; all are published, so that the next may be there before it does. */
static int
key_take(struct reading *reading, const json_t *jwk)
{
	struct upstream *upstream = reading->upstream;
	bool is_wanted = json_object_get(upstream->json, "id_token_encrypted_response_alg") != NULL;
	const char *use = json_get_text(jwk, "use");
	json_t *shown = jwe_key_public(jwk);
	struct signer *signer = NULL;
	int r = 0;

	if (str_equal(use, "enc") && is_wanted && !upstream->private_key)
		upstream->private_key = json_deep_copy(jwk);
	if (str_equal(use, "sig")) {
		r = signer_of_jwk(reading->task, jwk, &signer);
		json_set_text(shown, "alg", "ES256");
	}
	if (signer) {
		json_set_text(shown, "kid", signer_kid(signer));
		if (upstream->signer)
			signer_free(signer);
		else
			upstream->signer = signer;
	}
	json_array_append_new(json_object_get(upstream->public_keys, "keys"), shown);
	return r;
}

/* Keys that are believed whatever its jwks_uri says. */
static int
pinned_read(struct reading *reading)
{
	const json_t *json = json_object_get(reading->upstream->json, "jwks");

	if (!json)
		return 0;
	if (upstream_keys_read(reading->task, json, &reading->upstream->pinned) < 0) {
		fault_clear(reading->task);
		return fail(reading->task, MISCONFIGURED, "%s: jwks is no set of public keys",
		    reading->path);
	}
	return 0;
}

int
upstream_keys_read(struct task *task, const json_t *json, struct jwks *ret_keys)
{
	struct jwks keys;
	int r;

	r = jwks_parse(task, json, &keys);
	if (r < 0)
		return r;
	ret_keys->keys = calloc(keys.n_keys + 1, sizeof(struct jwk *));
	for (size_t i = 0; i < keys.n_keys; i++)
		ret_keys->keys[ret_keys->n_keys++] = jwk_hold(keys.keys[i]);
	jwks_close(&keys);
	return ret_keys->n_keys > 0 ? 0 : fail(task, INVALID_REQUEST, "no key is of use");
}

void
upstream_keys_drop(struct jwks *keys)
{
	struct jwk **array = keys->keys;

	jwks_close(keys);
	free(array);
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
		r = members_check(reading, ask, "parameter kind label");
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

static int
text_read(struct reading *reading, const char *member, const char **ret_text)
{
	const char *text = json_get_text(reading->upstream->json, member);

	if (str_is_empty(text))
		return fail(
		    reading->task, MISCONFIGURED, "%s: %s is missing", reading->path, member);
	*ret_text = text;
	return 0;
}

static int
by_language(struct reading *reading, const char *member, const json_t **ret_texts)
{
	const json_t *texts = json_object_get(reading->upstream->json, member);
	const char *language;
	json_t *text;

	if (json_object_size(texts) == 0)
		return fail(reading->task, MISCONFIGURED, "%s: %s is not {language: text}",
		    reading->path, member);
	json_object_foreach((json_t *)(uintptr_t)texts, language, text)
		if (str_is_empty(json_string_value(text)))
			return fail(reading->task, MISCONFIGURED, "%s: %s in %s is no text",
			    reading->path, member, language);
	*ret_texts = texts;
	return 0;
}

/* Relative to the folder of the file it stands in. */
static int
path_of(struct reading *reading, const char *member, const char **ret_path)
{
	const char *path;
	int r = text_read(reading, member, &path);

	if (r < 0)
		return r;
	*ret_path = file_beside(reading->task, reading->path, path);
	return 0;
}
