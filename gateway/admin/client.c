/* SPDX-License-Identifier: Apache-2.0
 *
 * `dvara client …`: relying parties.
 */
#include "admin/admin.h"

#include "access/client_outside.h"
#include "jose/keys.h"
#include "records/asset.h"
#include "records/client.h"
#include "records/client_metadata.h"
#include "records/registration.h"

#define USES_MAX 1000000

int
admin_client_apply(struct admin_call *call)
{
	struct client_made made;
	struct client_draft draft = {0};
	struct asset logo;
	bool has_logo;
	json_t *metadata, *checked;
	int r;

	r = admin_read_json(call->task, call->args[0], &metadata);
	if (r < 0)
		return r;
	r = client_metadata_check(call->task, metadata, &checked);
	if (r < 0)
		return r;
	r = client_outside_sector(call->task, checked);
	if (r < 0)
		return r;
	r = client_outside_logo(call->task, checked, &logo, &has_logo);
	if (r < 0)
		return r;
	draft.metadata = metadata;
	draft.logo = has_logo ? &logo : NULL;
	r = client_apply(call->task, &draft, call->operator_name, &made);
	if (r < 0)
		return r;
	json_set_text(made.stored, "client_secret", made.secret);
	call->answer = made.stored;
	return 0;
}

int
admin_client_approve(struct admin_call *call)
{
	return client_approve(call->task, call->args[0], call->operator_name);
}

int
admin_client_invite(struct admin_call *call)
{
	int64_t uses = 1, until_s;
	const char *token;
	int r;

	if (call->n_args > 0 && !str_to_i64(call->args[0], 1, USES_MAX, &uses))
		return fail(
		    call->task, INVALID_REQUEST, "USES is not a number from 1 to %d", USES_MAX);
	r = registration_invite(call->task, uses, call->operator_name, &token, &until_s);
	if (r < 0)
		return r;
	call->answer = json_pack("{s:s, s:I, s:I}", "initial_access_token", token, "uses",
	    (json_int_t)uses, "expires_at", (json_int_t)until_s);
	return 0;
}

int
admin_client_list(struct admin_call *call)
{
	return client_list(call->task, call->n_args > 0 ? call->args[0] : "", &call->answer);
}

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
	    "client_id", call->args[0], "client_name", "Name as people know it", "dvara_profile",
	    "fapi2", "token_endpoint_auth_method", "private_key_jwt", "redirect_uris",
	    "https://service.example/callback", "grant_types", "authorization_code",
	    "response_types", "code", "scope", "openid profile", "id_token_signed_response_alg",
	    "ES256", "require_pushed_authorization_requests", 1, "dpop_bound_access_tokens", 1,
	    "dvara_purposes", "id", "sign-in", "why", "en", "To know who is asking", "claims",
	    "name", "name", "essential", 1, "jwks", "keys", public_jwk, "private_jwks", "keys",
	    private_jwk);
	return 0;
}

int
admin_client_remove(struct admin_call *call)
{
	return client_remove(call->task, call->args[0], call->operator_name);
}

int
admin_client_rotate_secret(struct admin_call *call)
{
	const char *secret;
	int64_t until_s;
	int r;

	r = client_rotate_secret(call->task, call->args[0], call->operator_name, &secret, &until_s);
	if (r < 0)
		return r;
	call->answer = json_pack("{s:s, s:s, s:I}", "client_id", call->args[0], "client_secret",
	    secret, "before_until", (json_int_t)until_s);
	return 0;
}

int
admin_client_show(struct admin_call *call)
{
	const struct client *client;
	int r;

	r = client_find(call->task, call->args[0], &client);
	if (r < 0)
		return r;
	if (!client)
		return fail(call->task, NOT_FOUND, "there is no client %s", call->args[0]);
	call->answer = json_deep_copy(client->metadata);
	return 0;
}
