/* SPDX-License-Identifier: Apache-2.0
 *
 * Consents behind a grant.  Called by grants/refresh.c and introspect.c.
 */
#include "oidc/rules/standing.h"

#include "core/clock.h"
#include "core/task.h"
#include "login/login.h"
#include "oidc/rules/details.h"
#include "oidc/rules/resource.h"
#include "records/consent.h"
#include "records/person.h"
#include "records/signout.h"
#include "sources/source.h"

#define WORDS_MAX 64

static const char *resources_allowed(
    struct task *task, const char *resources, const char *const *allowed);

int
standing_check(struct task *task, const struct client *client, struct grant *grant)
{
	const struct purpose *purpose = client_purpose(client, grant->purpose_id);
	const struct consent *consent = NULL;
	int r;

	if (purpose == NULL)
		return fail(
		    task, INVALID_GRANT, "the purpose of the grant is no longer registered");
	if (!purpose_stands(purpose, clock_now_s()))
		return fail(
		    task, INVALID_GRANT, "the client's purpose is suspended or its time is over");
	r = consent_find(task, grant->person_id, grant->client_id, purpose->id, &consent);
	if (r < 0)
		return r;
	if (consent == NULL)
		return fail(task, INVALID_GRANT, "the consent has ended");
	if (consent->paused_s > 0)
		return fail(task, DENIED_BY_PERSON, "the person has paused the consent");
	if (!str_equal(consent->purpose_version, purpose->version))
		return fail(task, INVALID_GRANT,
		    "the client's purpose has changed: the person must be asked again");
	grant->consent_id = consent->id;
	grant->authorization_details = details_allowed(task, grant->authorization_details, consent);
	if (grant->resources == NULL)
		return 0;
	grant->resources = resources_allowed(task, grant->resources, consent->resources);
	if (grant->resources == NULL)
		return fail(task, INVALID_GRANT, "the person allows none of the services now");
	return 0;
}

int
standing_of_login(struct task *task, const struct grant *grant)
{
	static const char why[] = "card revoked or issuer taken no more";
	const bool has_session = grant->session_id != NULL;
	bool stands;
	int r;

	r = login_still_stands(task, has_session ? grant->session_id : grant->id, &stands);
	if (r < 0 || stands)
		return r;
	if (has_session)
		r = signout_session(task, &(struct signout){.person_id = grant->person_id,
					      .session_id = grant->session_id,
					      .actor = "gateway",
					      .why = why});
	if (r == 0)
		r = grant_revoke(task, grant->id, why);
	if (r < 0)
		return r;
	return fail(task, INVALID_GRANT,
	    "the card is revoked, or the issuer taken no more, that the person signed in with");
}

int
standing_of_person(struct task *task, const struct grant *grant)
{
	struct person person;
	int r;

	if (!source_life_is_elsewhere(task))
		return 0;
	r = person_find(task, grant->person_id, &person);
	return r < 0 ? r : source_life_renew(task, person.register_key);
}

/* NULL: none is left. */
static const char *
resources_allowed(struct task *task, const char *resources, const char *const *allowed)
{
	const char **words = str_words(task, resources, WORDS_MAX), **kept = words;
	size_t n = 0;

	for (; words != NULL && *words != NULL; words++) {
		const char *service = resource_service(task, *words);

		if (service == NULL || names_have(allowed, service))
			kept[n++] = *words;
	}
	if (n == 0)
		return NULL;
	kept[n] = NULL;
	return str_join(task, kept, " ");
}
