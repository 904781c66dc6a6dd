/* SPDX-License-Identifier: Apache-2.0
 *
 * `dvara client new`, and what of it was not filled in (see client_new.h).
 */
#include "admin/client_new.h"

#include "admin/admin.h"
#include "jose/jwe.h"
#include "jose/keys.h"

#include <string.h>

#define CLIENT_NAME  "Name as people know it"
#define REDIRECT_URI "https://service.example/callback"

static int keys_make(struct task *task, bool has_opener, json_t **ret_keys);
static json_t *public_of(const json_t *private_keys);
static void api_add(json_t *metadata);
static const char *address_left(const json_t *json);
static bool is_placeholder(const char *address);

/* What an agency is advised to be: private_key_jwt, PAR, DPoP (Singpass makes them compulsory). The
 * private keys are for the client alone: `apply` leaves private_jwks out. */
int
admin_client_new(struct admin_call *call)
{
	const bool is_of_api = call->n_args > 1;
	json_t *private_keys = NULL;
	int r;

	if (is_of_api && !str_equal(call->args[1], "consent"))
		return ADMIN_WRONG_WORD(call, "client new ID, or: client new ID consent");
	r = keys_make(call->task, is_of_api, &private_keys);
	if (r < 0)
		return r;
	call->answer = json_pack(
	    "{s:s, s:s, s:s, s:s, s:[s], s:[s], s:[s], s:s, s:s, s:b, s:b, s:[{s:s, s:{s:s}, "
	    "s:[{s:s, s:b}]}], s:{s:o}, s:{s:o}}",
	    "client_id", call->args[0], "client_name", CLIENT_NAME, "dvara_profile", "fapi2",
	    "token_endpoint_auth_method", "private_key_jwt", "redirect_uris", REDIRECT_URI,
	    "grant_types", "authorization_code", "response_types", "code", "scope",
	    "openid profile", "id_token_signed_response_alg", "ES256",
	    "require_pushed_authorization_requests", 1, "dpop_bound_access_tokens", 1,
	    "dvara_purposes", "id", "sign-in", "why", "en", "To know who is asking", "claims",
	    "name", "name", "essential", 1, "jwks", "keys", public_of(private_keys), "private_jwks",
	    "keys", private_keys);
	if (is_of_api)
		api_add(call->answer);
	return 0;
}

/* One to sign with, and one by which it opens what the consent API encrypts to it. */
static int
keys_make(struct task *task, bool has_opener, json_t **ret_keys)
{
	json_auto_t *keys = json_array();
	json_t *key = NULL;
	int r;

	r = signer_jwk_make(task, &key);
	if (r < 0)
		return r;
	json_array_append_new(keys, key);
	if (has_opener) {
		r = jwe_key_make(task, "opener", &key);
		if (r < 0)
			return r;
		json_array_append_new(keys, key);
	}
	*ret_keys = json_incref(keys);
	return 0;
}

static json_t *
public_of(const json_t *private_keys)
{
	json_t *keys = json_array(), *key;
	size_t i;

	json_array_foreach(private_keys, i, key)
		json_array_append_new(keys, jwe_key_public(key));
	return keys;
}

static void
api_add(json_t *metadata)
{
	json_array_append_new(
	    json_object_get(metadata, "grant_types"), json_string("client_credentials"));
	json_set_text(metadata, "scope", "openid profile consent");
}

const char *
client_new_left(struct task *task, const json_t *metadata)
{
	const char *address = address_left(metadata);

	if (address)
		return task_printf(task,
		    "%.200s leads nowhere: the names under .example are nobody's (RFC 2606)",
		    address);
	if (str_equal(json_get_text(metadata, "client_name"), CLIENT_NAME))
		return "client_name is still \"" CLIENT_NAME "\"";
	return NULL;
}

/* The first, in whatever member; NULL: none. */
static const char *
address_left(const json_t *json)
{
	const char *name, *left = NULL;
	json_t *value;
	size_t i;

	if (json_is_string(json) && is_placeholder(json_string_value(json)))
		return json_string_value(json);
	json_array_foreach((json_t *)(uintptr_t)json, i, value)
		if (!left)
			left = address_left(value);
	json_object_foreach((json_t *)(uintptr_t)json, name, value)
		if (!left)
			left = address_left(value);
	return left;
}

static bool
is_placeholder(const char *address)
{
	static const char tld[] = ".example";
	const size_t tld_len = sizeof(tld) - 1;
	const char *host = strstr(address, "://");
	size_t len;

	if (!host || !str_starts(address, "http"))
		return false;
	host += strlen("://");
	len = strcspn(host, ":/?#");
	return len > tld_len && strncmp(host + len - tld_len, tld, tld_len) == 0;
}
