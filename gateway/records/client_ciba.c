/* SPDX-License-Identifier: Apache-2.0
 *
 * Backchannel authentication, as registered (see client_ciba.h).
 */
#include "records/client_ciba.h"

#include "core/str.h"
#include "core/task.h"

#define MODE     "backchannel_token_delivery_mode"
#define ENDPOINT "backchannel_client_notification_endpoint"
#define ALG      "backchannel_authentication_request_signing_alg"
#define USERCODE "backchannel_user_code_parameter"

static int mode_check(struct task *task, json_t *metadata);

int
client_ciba_check(struct task *task, json_t *metadata)
{
	const char *alg = json_get_text(metadata, ALG);

	if (!json_has_text(json_object_get(metadata, "grant_types"), CLIENT_CIBA_GRANT))
		return 0;
	if (json_get_bool(metadata, USERCODE))
		return fail(task, INVALID_CLIENT_METADATA, USERCODE ": there are no user codes");
	if (alg != NULL && !str_has_word("ES256 PS256 EdDSA", alg))
		return fail(task, INVALID_CLIENT_METADATA, ALG ": %.20s is not allowed", alg);
	if (alg != NULL && json_object_get(metadata, "jwks") == NULL &&
	    json_object_get(metadata, "jwks_uri") == NULL)
		return fail(
		    task, INVALID_CLIENT_METADATA, "jwks is missing: signed requests ask for it");
	return mode_check(task, metadata);
}

static int
mode_check(struct task *task, json_t *metadata)
{
	const char *mode = json_get_text(metadata, MODE);

	if (mode == NULL)
		json_set_text(metadata, MODE, "poll");
	else if (!str_equal(mode, "poll") && !str_equal(mode, "ping"))
		return fail(task, INVALID_CLIENT_METADATA, MODE " is neither poll nor ping");
	if (str_equal(mode, "ping") && json_object_get(metadata, ENDPOINT) == NULL)
		return fail(
		    task, INVALID_CLIENT_METADATA, ENDPOINT " is missing: ping asks for it");
	return 0;
}

void
client_ciba_fill(struct client *client, const json_t *metadata)
{
	client->ciba_request_alg = alg_of(json_get_text(metadata, ALG));
	if (str_equal(json_get_text(metadata, MODE), "ping"))
		client->ciba_notify_uri = json_get_text(metadata, ENDPOINT);
}
