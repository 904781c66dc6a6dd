/* SPDX-License-Identifier: Apache-2.0
 *
 * `dvara client …`: relying parties.
 */
#include "admin/admin.h"

#include "access/client_outside.h"
#include "admin/client_new.h"
#include "records/asset.h"
#include "records/client.h"
#include "records/client_metadata.h"
#include "records/registration.h"

#include <string.h>

#define USES_MAX 1000000

int
admin_client_apply(struct admin_call *call)
{
	struct client_made made;
	struct client_draft draft = {0};
	struct asset logo;
	bool has_logo;
	json_t *metadata, *checked;
	const char *left;
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
	left = client_metadata_left_out(call->task, metadata);
	if (left == NULL)
		left = client_new_left(call->task, metadata);
	call->warning = left ? strdup(left) : NULL;
	return 0;
}

int
admin_client_approve(struct admin_call *call)
{
	const char *id = call->args[0];
	int r;

	r = client_approve(call->task, id, call->operator_name);
	if (r < 0)
		return r;
	return admin_done(call, json_pack("{s:s, s:b}", "client_id", id, "approved", 1),
	    "client %s is approved as it is now", id);
}

int
admin_client_invite(struct admin_call *call)
{
	int64_t uses = 1, until_s;
	const char *token;
	int r;

	if (call->n_args > 0 && !str_to_i64(call->args[0], 1, USES_MAX, &uses))
		return ADMIN_WRONG_WORD(call, "USES is not a number from 1 to %d", USES_MAX);
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

int
admin_client_remove(struct admin_call *call)
{
	const char *id = call->args[0];
	int r;

	r = client_remove(call->task, id, call->operator_name);
	if (r < 0)
		return r;
	return admin_done(call, json_pack("{s:s, s:b}", "client_id", id, "removed", 1),
	    "client %s is removed, and what it held has ended", id);
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
