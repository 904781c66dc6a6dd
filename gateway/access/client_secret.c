/* SPDX-License-Identifier: Apache-2.0
 *
 * Client secrets.  Called by client_auth.c.
 *
 * A refusal costs one scrypt whatever its reason (no such client, a client whose secret is kept as
 * a cheap hash, a wrong secret), so that its time tells nothing.  What one address may cost is
 * bounded twice: wrong secrets by limits.login_failures for each client it tries, and scrypts by
 * ten times that over all, claimed before they are made and given back where the secret was right.
 * Wrong ones are counted when they are known to be wrong, and right ones looked at once more then:
 * many at a time learn no more than one after the other, and the many right ones of a busy client
 * are never counted.
 */
#include "access/client_secret.h"

#include "core/clock.h"
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

/* One try, and what it may cost. */
struct attempt {
	const struct client_secret *shown;
	struct rate client, caller;
};

static int compare_quickly(struct task *task, const struct client_secret *shown, bool *ret_matches);
static const char *secret_of(const struct client *client);
static const char *before_of(const struct client *client);
static bool is_cheap(const char *stored);
static int compare_slowly(struct task *task, const struct attempt *attempt, bool *ret_matches);
static int scrypt(struct task *task, const struct client_secret *shown, bool *ret_matches);

int
client_secret_check(struct task *task, const struct client_secret *shown)
{
	const struct settings *settings = task->rooms->settings;
	const int64_t max = settings->limits_login_failures, window_s = settings->limits_lockout;
	const struct attempt attempt = {
	    .shown = shown,
	    .client = {KIND_CLIENT, task_printf(task, "%s %s", shown->address, shown->client_id),
		max, window_s},
	    .caller = {KIND_CALLER, shown->address, max * CALLER_TIMES, window_s},
	};
	bool matches = false;
	int r;

	if (strlen(shown->secret) > SECRET_MAX_BYTES)
		return fail(task, INVALID_CLIENT, "the client secret is too long to be one");
	r = compare_quickly(task, shown, &matches);
	if (r == 0 && !matches)
		r = compare_slowly(task, &attempt, &matches);
	if (r < 0)
		return r;
	if (matches)
		return rate_check(task, &attempt.client);
	r = rate_claim(task, &attempt.client);
	if (r < 0)
		return r;
	return fail(task, INVALID_CLIENT, "no client with that id and secret");
}

static int
compare_quickly(struct task *task, const struct client_secret *shown, bool *ret_matches)
{
	const char *const stored[] = {secret_of(shown->client), before_of(shown->client)};
	bool matches = false;
	int r;

	for (size_t i = 0; i < sizeof(stored) / sizeof(stored[0]) && !matches; i++) {
		if (!is_cheap(stored[i]))
			continue;
		r = digest_secret_matches(task, shown->secret, stored[i], &matches);
		if (r < 0)
			return r;
	}
	*ret_matches = matches;
	return 0;
}

static const char *
secret_of(const struct client *client)
{
	return client == NULL ? NULL : client->secret_stored;
}

static const char *
before_of(const struct client *client)
{
	return client == NULL || client->secret_before_until_s <= clock_now_s()
		   ? NULL
		   : client->secret_before;
}

static bool
is_cheap(const char *stored)
{
	return stored != NULL && str_starts(stored, "sha256$");
}

static int
compare_slowly(struct task *task, const struct attempt *attempt, bool *ret_matches)
{
	bool matches;
	int r;

	r = rate_check(task, &attempt->client);
	if (r < 0)
		return r;
	r = rate_claim(task, &attempt->caller);
	if (r < 0)
		return r;
	r = scrypt(task, attempt->shown, &matches);
	if (r < 0 || matches)
		rate_return(task, &attempt->caller);
	if (r < 0)
		return r;
	*ret_matches = matches;
	return 0;
}

/* One that replaced another is of the cheap kind, so at most one of the two is not. */
static int
scrypt(struct task *task, const struct client_secret *shown, bool *ret_matches)
{
	const char *stored = secret_of(shown->client), *ignored;

	if (is_cheap(stored))
		stored = before_of(shown->client);
	if (stored != NULL && !is_cheap(stored))
		return digest_secret_matches(task, shown->secret, stored, ret_matches);
	*ret_matches = false;
	return digest_secret_store(task, shown->secret, &ignored);
}
