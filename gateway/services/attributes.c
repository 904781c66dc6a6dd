/* SPDX-License-Identifier: Apache-2.0
 *
 * POST /attributes: a service asks for attributes of the person whose token it was shown.
 *
 * It authenticates as itself and names the token as a parameter; the token alone gets nothing. What
 * it may have is what its manifest asks, cut by the gate to what the person allowed it.  The
 * consent page asks for clients only, so no consent for a service can be given yet, and every call
 * ends in FORBIDDEN.
 */
#include "services/services.h"

#include "access/client_auth.h"
#include "consent/release.h"
#include "core/task.h"
#include "records/consent.h"
#include "services/token.h"

#define MAX_NAMES 32

static int names_asked(
    struct task *task, const struct request *request, const char *const **ret_names);

int
services_attributes(struct task *task, const struct request *request, struct reply *reply)
{
	const char *token = request_form(request, "token");
	struct release release = {.channel = CHANNEL_SERVICE};
	const struct consent *consent = NULL;
	const char *const *names;
	json_t *claims;
	struct bearer bearer;
	int r;

	r = client_authenticate(task, request, &release.client);
	if (r < 0)
		return r;
	if (!release.client->is_service)
		return fail(task, FORBIDDEN, "this client is not a service");
	if (!token)
		return fail(task, INVALID_REQUEST, "token is missing");
	r = token_of_service(task, token, release.client->id, &bearer);
	if (r < 0)
		return r;
	r = names_asked(task, request, &names);
	if (r < 0)
		return r;
	r = consent_find(task, bearer.grant->person_id, release.client->id,
	    client_purpose(release.client, NULL)->id, &consent);
	if (r < 0)
		return r;
	if (!consent)
		return fail(
		    task, FORBIDDEN, "the person has not allowed this service any attribute");
	release.person_id = bearer.grant->person_id;
	release.consent_id = consent->id;
	release.asked = names;
	r = release_claims(task, &release, &claims);
	if (r < 0)
		return r == CONSENT_REQUIRED ? fault_as(task, FORBIDDEN) : r;
	return reply_json(reply, 200, json_keep(task, claims));
}

static int
names_asked(struct task *task, const struct request *request, const char *const **ret_names)
{
	const char *claims = request_form(request, "claims");
	const char **words = claims ? str_words(task, claims, MAX_NAMES) : NULL;

	if (!words || !*words)
		return fail(
		    task, INVALID_REQUEST, "claims is missing or names more than %d", MAX_NAMES);
	*ret_names = words;
	return 0;
}
