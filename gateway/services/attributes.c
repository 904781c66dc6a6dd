/* SPDX-License-Identifier: Apache-2.0
 *
 * POST /attributes: a service asks for attributes of the person whose token it was shown, or for
 * its own name of a person whom the client of the token knows.
 *
 * It authenticates as itself and names the token as a parameter; the token alone gets nothing. What
 * it may have is what its manifest asks, cut by the gate to what the person allowed it on the
 * consent page of the client that called (consent/service_question.h), or to what the law asks of
 * it.
 */
#include "services/services.h"

#include "access/client_auth.h"
#include "consent/release.h"
#include "core/task.h"
#include "records/consent.h"
#include "records/person.h"
#include "records/subject.h"
#include "services/token.h"

#define MAX_NAMES 32

static int subject_tell(struct task *task, const struct bearer *bearer, const char *service_id,
    const char *sub, struct reply *reply);
static int claims_tell(
    struct task *task, const struct request *request, struct release *release, struct reply *reply);
static int grounds_find(struct task *task, struct release *release);
static int names_asked(
    struct task *task, const struct request *request, const char *const **ret_names);

int
services_attributes(struct task *task, const struct request *request, struct reply *reply)
{
	const char *token = request_form(request, "token"), *sub = request_form(request, "sub");
	struct release release = {.channel = CHANNEL_SERVICE};
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
	if (sub && !request_form(request, "claims"))
		return subject_tell(task, &bearer, release.client->id, sub, reply);
	if (!bearer.grant->person_id)
		return fail(task, FORBIDDEN, "the token speaks for no person");
	release.person_id = bearer.grant->person_id;
	return claims_tell(task, request, &release, reply);
}

/* Only whom the client of the token has signed in, by the name that it has for them: what another
 * client knows says nothing here. */
static int
subject_tell(struct task *task, const struct bearer *bearer, const char *service_id,
    const char *sub, struct reply *reply)
{
	const struct client *client;
	const char *person_id, *subject;
	int r;

	r = client_find(task, bearer->grant->client_id, &client);
	if (r < 0)
		return r;
	r = person_by_subject(task, sub, &person_id);
	if (r < 0)
		return r;
	if (!client || !person_id || !str_equal(subject_of(task, client, person_id), sub))
		return fail(task, NOT_FOUND, "the client has signed in nobody of that name");
	r = release_person_check(task, person_id);
	if (r < 0)
		return r == ACCESS_DENIED ? fault_as(task, NOT_FOUND) : r;
	r = person_service_subject_keep(task, person_id, service_id, &subject);
	if (r < 0)
		return r;
	return reply_json(reply, 200, json_keep(task, json_pack("{s:s}", "sub", subject)));
}

static int
claims_tell(
    struct task *task, const struct request *request, struct release *release, struct reply *reply)
{
	json_t *claims;
	int r;

	r = names_asked(task, request, &release->asked);
	if (r < 0)
		return r;
	r = grounds_find(task, release);
	if (r < 0)
		return r;
	r = release_claims(task, release, &claims);
	if (r < 0)
		return r == CONSENT_REQUIRED || r == CONSENT_PAUSED ? fault_as(task, FORBIDDEN) : r;
	return reply_json(reply, 200, json_keep(task, claims));
}

static int
grounds_find(struct task *task, struct release *release)
{
	const struct purpose *purpose = client_purpose(release->client, NULL);
	const struct consent *consent;
	int r;

	if (purpose->basis != BASIS_CONSENT)
		return 0;
	r = consent_find(task, release->person_id, release->client->id, purpose->id, &consent);
	if (r < 0)
		return r;
	if (!consent)
		return fail(
		    task, FORBIDDEN, "the person has not allowed this service any attribute");
	release->consent_id = consent->id;
	return 0;
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
