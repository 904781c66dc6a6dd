/* SPDX-License-Identifier: Apache-2.0
 *
 * `dvara client new`, and what of it was not filled in (see client_new.h).
 */
#include "admin/client_new.h"

#include "admin/admin.h"
#include "jose/keys.h"

#include <string.h>

#define CLIENT_NAME  "Name as people know it"
#define REDIRECT_URI "https://service.example/callback"

static const char *address_left(const json_t *json);
static bool is_placeholder(const char *address);

/* What an agency is advised to be: private_key_jwt, PAR, DPoP (Singpass makes them compulsory). The
 * private key is for the client alone: `apply` leaves private_jwks out. */
int
admin_client_new(struct admin_call *call)
{
	json_t *private_jwk = NULL, *public_jwk;
	int r;

	r = signer_jwk_make(call->task, &private_jwk);
	if (r < 0)
		return r;
	public_jwk = json_deep_copy(private_jwk);
	json_object_del(public_jwk, "d");
	call->answer = json_pack(
	    "{s:s, s:s, s:s, s:s, s:[s], s:[s], s:[s], s:s, s:s, s:b, s:b, s:[{s:s, s:{s:s}, "
	    "s:[{s:s, s:b}]}], s:{s:[o]}, s:{s:[o]}}",
	    "client_id", call->args[0], "client_name", CLIENT_NAME, "dvara_profile", "fapi2",
	    "token_endpoint_auth_method", "private_key_jwt", "redirect_uris", REDIRECT_URI,
	    "grant_types", "authorization_code", "response_types", "code", "scope",
	    "openid profile", "id_token_signed_response_alg", "ES256",
	    "require_pushed_authorization_requests", 1, "dpop_bound_access_tokens", 1,
	    "dvara_purposes", "id", "sign-in", "why", "en", "To know who is asking", "claims",
	    "name", "name", "essential", 1, "jwks", "keys", public_jwk, "private_jwks", "keys",
	    private_jwk);
	return 0;
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
