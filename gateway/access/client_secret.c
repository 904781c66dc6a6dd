/* SPDX-License-Identifier: Apache-2.0
 *
 * Client secrets.  Called by client_auth.c.
 *
 * A refusal costs one scrypt whatever its reason (no such client, a client whose secret is kept as
 * a cheap hash, a wrong secret), so that its time tells nothing.  What one address may cost is
 * bounded twice: by limits.login_failures for each client it tries, and by ten times that over all.
 */
#include "access/client_secret.h"

#include "core/settings.h"
#include "core/task.h"
#include "jose/digest.h"
#include "records/client.h"
#include "records/rate.h"

#include <string.h>

#define SECRET_MAX_BYTES 512
#define KIND_CLIENT      "client_secret"
#define KIND_CALLER      "client_secrets"
#define CALLER_TIMES     10

static int compare(struct task *task, const struct client_secret *shown, bool *ret_matches);
static bool is_cheap(const struct client *client);
static int refuse(struct task *task, const struct client_secret *shown, const char *who);

int
client_secret_check(struct task *task, const struct client_secret *shown)
{
	const char *who = task_printf(task, "%s %s", shown->address, shown->client_id);
	bool matches;
	int r;

	if (strlen(shown->secret) > SECRET_MAX_BYTES)
		return fail(task, INVALID_CLIENT, "the client secret is too long to be one");
	r = rate_check(task, KIND_CLIENT, who, task->rooms->settings->limits_login_failures);
	if (r < 0)
		return r;
	r = compare(task, shown, &matches);
	if (r < 0)
		return r;
	return matches ? 0 : refuse(task, shown, who);
}

static int
compare(struct task *task, const struct client_secret *shown, bool *ret_matches)
{
	const struct client *client = shown->client;
	const char *ignored;
	int r;

	if (is_cheap(client)) {
		r = digest_secret_matches(task, shown->secret, client->secret_stored, ret_matches);
		if (r < 0 || *ret_matches)
			return r;
	}
	r = rate_check(task, KIND_CALLER, shown->address,
	    task->rooms->settings->limits_login_failures * CALLER_TIMES);
	if (r < 0)
		return r;
	if (client != NULL && !is_cheap(client))
		return digest_secret_matches(
		    task, shown->secret, client->secret_stored, ret_matches);
	*ret_matches = false;
	return digest_secret_store(task, shown->secret, &ignored);
}

static bool
is_cheap(const struct client *client)
{
	return client != NULL && str_starts(client->secret_stored, "sha256$");
}

static int
refuse(struct task *task, const struct client_secret *shown, const char *who)
{
	int64_t window_s = task->rooms->settings->limits_lockout;
	int r;

	r = rate_count(task, KIND_CLIENT, who, window_s);
	if (r < 0)
		return r;
	r = rate_count(task, KIND_CALLER, shown->address, window_s);
	if (r < 0)
		return r;
	return fail(task, INVALID_CLIENT, "no client with that id and secret");
}
