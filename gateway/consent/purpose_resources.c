/* SPDX-License-Identifier: Apache-2.0
 *
 * Which services a request is for (RFC 8707), and which of them ask the person something themselves
 * (see purpose_asking.h).
 */
#include "consent/purpose_asking.h"

#include "consent/resource.h"
#include "core/settings.h"
#include "core/task.h"
#include "records/credential_type.h"

static int services_asking(struct task *task, const struct asking *asking, struct asked *asked);
static bool service_asks(const struct client *service, bool is_named);
static int resources_named(
    struct task *task, const struct asking *asking, const char *const **ret_resources);

/* The services, and what a wallet fetches. */
int
purpose_resources_asked(struct task *task, const struct asking *asking, struct asked *asked)
{
	const char *const *services = NULL, *const *credential = asked->credentials;
	const char **resources;
	int r;

	r = resources_named(task, asking, &services);
	if (r < 0)
		return r;
	resources = names_copy(task, services, names_count(credential));
	for (size_t n = names_count(services); *credential; credential++)
		resources[n++] = task_printf(task, CREDENTIAL_RESOURCE "%s", *credential);
	asked->resources = resources;
	return services_asking(task, asking, asked);
}

static int
services_asking(struct task *task, const struct asking *asking, struct asked *asked)
{
	const char *const *id = asked->resources;
	const struct client **services =
	    task_new_n(task, const struct client *, names_count(id) + 1);

	asked->services = services;
	for (; *id != NULL; id++) {
		const struct client *service;
		int r;

		if (str_starts(*id, CREDENTIAL_RESOURCE))
			continue;
		r = client_find(task, *id, &service);
		if (r < 0)
			return r;
		if (service != NULL && service_asks(service, asking->resources != NULL))
			*services++ = service;
	}
	return 0;
}

static bool
service_asks(const struct client *service, bool is_named)
{
	const struct purpose *purpose = client_purpose(service, NULL);

	/* Built in is what nobody wrote down for it: it asks nothing of its own. */
	return service->is_service && !purpose->is_builtin && purpose->n_claims > 0 &&
	       (is_named || purpose->basis != BASIS_CONSENT);
}

/* RFC 8707: services' URLs under the issuer, that this client may ask for, or the issuer itself.
 * Without any the person is asked for all of the client's services at once, so that each can
 * later be called without troubling them again. */
static int
resources_named(struct task *task, const struct asking *asking, const char *const **ret_resources)
{
	const char **words, **named;

	if (!asking->resources) {
		*ret_resources = asking->client->resources;
		return 0;
	}
	words = named = str_words(task, asking->resources, PURPOSE_WORDS_MAX);
	*ret_resources = words;
	for (; words && *words; words++) {
		const char *id = resource_service(task, *words);

		if (str_equal(*words, task->rooms->settings->gateway_issuer))
			continue;
		if (!id || !names_have(asking->client->resources, id))
			return fail(
			    task, INVALID_TARGET, "resource is not one this client may ask for");
		*named++ = id;
	}
	if (named)
		*named = NULL;
	return 0;
}
