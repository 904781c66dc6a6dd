/* SPDX-License-Identifier: Apache-2.0
 *
 * `dvara client …`: relying parties.
 */
#include "admin/admin.h"

#include "records/client.h"

int
admin_client_apply(struct admin_call *call)
{
	const char *secret = NULL;
	json_t *metadata, *stored;
	int r;

	r = admin_read_json(call->task, call->args[0], &metadata);
	if (r < 0)
		return r;
	r = client_apply(call->task, metadata, call->operator_name, &stored, &secret);
	if (r < 0)
		return r;
	json_set_text(stored, "client_secret", secret);
	call->answer = stored;
	return 0;
}

int
admin_client_list(struct admin_call *call)
{
	return client_list(call->task, &call->answer);
}

/* What an agency is advised to be: private_key_jwt, PAR, DPoP (Singpass makes them compulsory). */
int
admin_client_new(struct admin_call *call)
{
	call->answer = json_pack(
	    "{s:s, s:s, s:s, s:s, s:[s], s:[s], s:[s], s:s, s:s, s:{s:[]}, s:[{s:s, "
	    "s:{s:s}, s:[{s:s, s:b}]}]}",
	    "client_id", call->args[0], "client_name", "Name as people know it", "dvara_profile",
	    "fapi2", "token_endpoint_auth_method", "private_key_jwt", "redirect_uris",
	    "https://service.example/callback", "grant_types", "authorization_code",
	    "response_types", "code", "scope", "openid profile", "id_token_signed_response_alg",
	    "ES256", "jwks", "keys", "dvara_purposes", "id", "sign-in", "why", "en",
	    "To know who is asking", "claims", "name", "name", "essential", 1);
	return 0;
}

int
admin_client_remove(struct admin_call *call)
{
	return client_remove(call->task, call->args[0], call->operator_name);
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
