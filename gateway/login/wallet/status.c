/* SPDX-License-Identifier: Apache-2.0
 *
 * Whether a credential still stands: its place in its Token Status List.
 *
 * Our own lists are asked in SQL, so a revocation bites at once.  Others' are fetched, verified and
 * kept for as long as they say, between a minute and a day.  A list out of reach refuses the login,
 * unless settings wallet.status_stale lets an older copy speak for it.
 */
#include "login/wallet/verifier.h"

#include "core/clock.h"
#include "core/settings.h"
#include "core/task.h"
#include "http/fetch.h"
#include "jose/status_list.h"
#include "records/credential.h"

#include <stdlib.h>
#include <string.h>

#define CACHE_LISTS      8
#define CACHE_LIST_BYTES (2u << 20)
#define LIFE_MIN_S       60
#define LIFE_MAX_S       86400
#define LIFE_DEFAULT_S   300

struct cached {
	char *uri;
	uint8_t *list;
	size_t list_bytes;
	int bits;
	int64_t fresh_until_s;
};

struct status_cache {
	struct cached lists[CACHE_LISTS];
	unsigned next; /* to be overwritten */
};

static bool own_list(struct task *task, const char *uri, int64_t *ret_list);
static int own_status(struct task *task, int64_t list, int64_t place, int *ret_status);
static int other_status(struct task *task, const struct sdjwt *sdjwt, int *ret_status);

int
status_check(struct task *task, const struct sdjwt *sdjwt, const char **ret_reason)
{
	int status = STATUS_INVALID, r;
	int64_t list;

	if (!sdjwt->status_uri)
		return 0;
	if (own_list(task, sdjwt->status_uri, &list))
		r = own_status(task, list, sdjwt->status_index, &status);
	else
		r = other_status(task, sdjwt, &status);
	if (r < 0) {
		*ret_reason = "status-unreachable";
		return r;
	}
	if (status == STATUS_VALID)
		return 0;
	*ret_reason = "credential-revoked";
	return fail(task, INVALID_REQUEST, "the credential is revoked or suspended");
}

/* *ret_list 0: a list that we would name so, but never had. */
static bool
own_list(struct task *task, const char *uri, int64_t *ret_list)
{
	const char *own = task_printf(task, "%s/status/", task->rooms->settings->gateway_issuer);

	if (!str_starts(uri, own))
		return false;
	if (!str_to_i64(uri + strlen(own), 1, INT32_MAX, ret_list))
		*ret_list = 0;
	return true;
}

static int
own_status(struct task *task, int64_t list, int64_t place, int *ret_status)
{
	bool is_revoked;
	int r;

	if (list == 0)
		return fail(
		    task, INVALID_REQUEST, "the credential names a status list that is not ours");
	r = credential_is_revoked(task, list, place, &is_revoked);
	if (r < 0)
		return r;
	*ret_status = is_revoked ? STATUS_INVALID : STATUS_VALID;
	return 0;
}

int
status_device(struct task *task, const struct sdjwt *sdjwt, const char **ret_device)
{
	int64_t list;

	*ret_device = NULL;
	if (!sdjwt->status_uri || !own_list(task, sdjwt->status_uri, &list))
		return 0;
	return credential_device(task, list, sdjwt->status_index, ret_device);
}

struct status_cache *
status_cache_new(void)
{
	return calloc(1, sizeof(struct status_cache));
}

void
status_cache_free(struct status_cache *cache)
{
	if (!cache)
		return;
	for (size_t i = 0; i < CACHE_LISTS; i++) {
		free(cache->lists[i].uri);
		free(cache->lists[i].list);
	}
	free(cache);
}

static struct cached *
cached_find(struct status_cache *cache, const char *uri)
{
	for (size_t i = 0; i < CACHE_LISTS; i++)
		if (str_equal(cache->lists[i].uri, uri))
			return &cache->lists[i];
	return NULL;
}

static int64_t
life_s(const struct status_list *list, int64_t now_s)
{
	int64_t life = list->ttl_s ? list->ttl_s : LIFE_DEFAULT_S;

	if (list->exp_s && list->exp_s - now_s < life)
		life = list->exp_s - now_s;
	if (life < LIFE_MIN_S)
		return LIFE_MIN_S;
	return life > LIFE_MAX_S ? LIFE_MAX_S : life;
}

static void
cached_put(struct status_cache *cache, const char *uri, const struct status_list *list)
{
	struct cached *cached = cached_find(cache, uri);

	if (list->list.len > CACHE_LIST_BYTES)
		return;
	if (!cached)
		cached = &cache->lists[cache->next++ % CACHE_LISTS];
	free(cached->uri);
	free(cached->list);
	cached->uri = strdup(uri);
	cached->list = malloc(list->list.len);
	memcpy(cached->list, list->list.at, list->list.len);
	cached->list_bytes = list->list.len;
	cached->bits = list->bits;
	cached->fresh_until_s = clock_now_s() + life_s(list, clock_now_s());
}

static int
list_fetch(struct task *task, const char *uri, struct status_list *ret_list)
{
	static const struct pair accept = {"Accept", "application/statuslist+jwt"};
	struct fetch fetch = {.url = uri, .headers = {&accept, 1}};
	struct fetched fetched;
	int r;

	r = http_fetch(task, &fetch, &fetched);
	if (r < 0)
		return r;
	if (fetched.status != 200)
		return fail(task, UPSTREAM_BROKEN, "the status list answers %d", fetched.status);
	return status_list_open(
	    task, (const char *)fetched.body.at, uri, task->rooms->wallet->trust, ret_list);
}

static int
other_status(struct task *task, const struct sdjwt *sdjwt, int *ret_status)
{
	struct status_cache *cache = task->rooms->wallet->statuses;
	struct cached *cached = cached_find(cache, sdjwt->status_uri);
	int64_t now_s = clock_now_s();
	struct status_list list;
	int r = 0;

	if (!cached || cached->fresh_until_s <= now_s) {
		r = list_fetch(task, sdjwt->status_uri, &list);
		if (r == 0) {
			cached_put(cache, sdjwt->status_uri, &list);
			return status_list_get(task, &list, sdjwt->status_index, ret_status);
		}
		/* The fetch waited: another fiber may have written the cache anew. */
		cached = cached_find(cache, sdjwt->status_uri);
		if (!cached ||
		    cached->fresh_until_s + task->rooms->settings->wallet_status_stale <= now_s)
			return r;
		fault_clear(task);
	}
	list =
	    (struct status_list){.bits = cached->bits, .list = {cached->list, cached->list_bytes}};
	return status_list_get(task, &list, sdjwt->status_index, ret_status);
}
