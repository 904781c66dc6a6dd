/* SPDX-License-Identifier: Apache-2.0
 *
 * Consents behind a grant.  Called by grants/refresh.c and introspect.c.
 */
#include "oidc/rules/standing.h"

#include "core/task.h"
#include "records/consent.h"

int
standing_check(struct task *task, const struct client *client, struct grant *grant)
{
	const struct purpose *purpose = client_purpose(client, grant->purpose_id);
	const struct consent *consent = NULL;
	int r;

	if (purpose == NULL)
		return fail(
		    task, INVALID_GRANT, "the purpose of the grant is no longer registered");
	r = consent_find(task, grant->person_id, grant->client_id, purpose->id, &consent);
	if (r < 0)
		return r;
	if (consent == NULL)
		return fail(task, INVALID_GRANT, "the consent has ended");
	if (!str_equal(consent->purpose_version, purpose->version))
		return fail(task, INVALID_GRANT,
		    "the client's purpose has changed: the person must be asked again");
	grant->consent_id = consent->id;
	return 0;
}
