/* SPDX-License-Identifier: Apache-2.0
 *
 * Fetched sets of keys (see jwks_cache.h).
 */
#include "access/jwks_cache.h"

#include "core/clock.h"
#include "core/task.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#define N_BUCKETS   256
#define ENTRIES_MAX 1024
#define FRESH_S     300
#define STALE_S     3600 /* on top of it, while the address cannot be read */
#define LOOK_S      60
#define PEACE_S     10

struct entry {
	struct entry *next;
	char *uri;
	struct jwks jwks;
	int64_t fetched_s, looked_s, failed_s; /* 0: never */
	int code;                              /* of the failure */
	bool is_fetched;                       /* just now, by somebody */
};
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct entry *buckets[N_BUCKETS];
static size_t n_entries;

static enum jwks_turn turn_of(struct entry *entry, const char *kid);
static bool is_within(int64_t since_s, int64_t span_s);
static bool has_kid(const struct entry *entry, const char *kid);
static const struct jwks *jwks_hold(struct task *task, const struct entry *entry);
static void jwks_release(void *jwks);
static struct entry *entry_of(const char *uri);
static struct entry **bucket_of(const char *uri);
static void oldest_drop(void);
static void keys_drop(struct entry *entry);

enum jwks_turn
jwks_cache_ask(struct task *task, const char *uri, const char *kid, struct jwks_answer *ret_answer)
{
	struct entry *entry;
	enum jwks_turn turn;

	pthread_mutex_lock(&lock);
	entry = entry_of(uri);
	turn = turn_of(entry, kid);
	if (turn == JWKS_USE)
		ret_answer->jwks = jwks_hold(task, entry);
	else if (turn == JWKS_FAILED)
		ret_answer->code = entry->code;
	else if (turn == JWKS_FETCH)
		entry->is_fetched = true;
	pthread_mutex_unlock(&lock);
	return turn;
}

static enum jwks_turn
turn_of(struct entry *entry, const char *kid)
{
	bool is_fresh = is_within(entry->fetched_s, FRESH_S);
	bool is_known = entry->fetched_s != 0 && has_kid(entry, kid);

	if (is_fresh && is_known)
		return JWKS_USE;
	if (entry->is_fetched)
		return JWKS_WAIT;
	if (is_within(entry->failed_s, PEACE_S))
		return is_within(entry->fetched_s, FRESH_S + STALE_S) ? JWKS_USE : JWKS_FAILED;
	if (!is_fresh)
		return JWKS_FETCH;
	if (is_within(entry->looked_s, LOOK_S))
		return JWKS_USE;
	entry->looked_s = clock_now_s();
	return JWKS_FETCH;
}

static bool
is_within(int64_t since_s, int64_t span_s)
{
	int64_t age_s = clock_now_s() - since_s;

	return since_s != 0 && age_s >= 0 && age_s < span_s;
}

static bool
has_kid(const struct entry *entry, const char *kid)
{
	if (kid == NULL)
		return true;
	for (size_t i = 0; i < entry->jwks.n_keys; i++)
		if (str_equal(jwk_kid(entry->jwks.keys[i]), kid))
			return true;
	return false;
}

static const struct jwks *
jwks_hold(struct task *task, const struct entry *entry)
{
	struct jwks *jwks = task_new(task, struct jwks);

	jwks->keys = task_new_n(task, struct jwk *, JWKS_MAX_KEYS);
	for (size_t i = 0; i < entry->jwks.n_keys; i++)
		jwks->keys[jwks->n_keys++] = jwk_hold(entry->jwks.keys[i]);
	task_defer(task, jwks_release, jwks);
	return jwks;
}

static void
jwks_release(void *jwks)
{
	jwks_close(jwks);
}

void
jwks_cache_put(const char *uri, const struct jwks *jwks)
{
	struct entry *entry;

	pthread_mutex_lock(&lock);
	entry = entry_of(uri);
	keys_drop(entry);
	entry->jwks.keys = calloc(jwks->n_keys + 1, sizeof(struct jwk *));
	if (entry->jwks.keys == NULL)
		abort();
	for (size_t i = 0; i < jwks->n_keys; i++)
		entry->jwks.keys[entry->jwks.n_keys++] = jwk_hold(jwks->keys[i]);
	entry->fetched_s = clock_now_s();
	entry->failed_s = 0;
	entry->is_fetched = false;
	pthread_mutex_unlock(&lock);
}

bool
jwks_cache_failed(struct task *task, const char *uri, int code, struct jwks_answer *ret_answer)
{
	struct entry *entry;
	bool is_believed;

	pthread_mutex_lock(&lock);
	entry = entry_of(uri);
	entry->failed_s = clock_now_s();
	entry->code = code;
	entry->is_fetched = false;
	is_believed = is_within(entry->fetched_s, FRESH_S + STALE_S);
	if (is_believed)
		ret_answer->jwks = jwks_hold(task, entry);
	pthread_mutex_unlock(&lock);
	return is_believed;
}

/* Made where it is missing. */
static struct entry *
entry_of(const char *uri)
{
	struct entry **bucket = bucket_of(uri), *entry;

	for (entry = *bucket; entry != NULL; entry = entry->next)
		if (strcmp(entry->uri, uri) == 0)
			return entry;
	if (n_entries >= ENTRIES_MAX)
		oldest_drop();
	entry = calloc(1, sizeof(*entry));
	if (entry == NULL || (entry->uri = strdup(uri)) == NULL)
		abort();
	bucket = bucket_of(uri);
	entry->next = *bucket;
	*bucket = entry;
	n_entries++;
	return entry;
}

static struct entry **
bucket_of(const char *uri)
{
	uint32_t hash = 2166136261u;

	for (const char *c = uri; *c != '\0'; c++)
		hash = (hash ^ (uint8_t)*c) * 16777619u;
	return &buckets[hash % N_BUCKETS];
}

/* One that is just fetched stays: whoever fetches it comes back to it. */
static void
oldest_drop(void)
{
	struct entry **oldest = NULL, *entry;

	for (size_t i = 0; i < N_BUCKETS; i++)
		for (struct entry **at = &buckets[i]; *at != NULL; at = &(*at)->next)
			if (!(*at)->is_fetched &&
			    (oldest == NULL || (*at)->fetched_s < (*oldest)->fetched_s))
				oldest = at;
	if (oldest == NULL)
		return;
	entry = *oldest;
	*oldest = entry->next;
	keys_drop(entry);
	free(entry->uri);
	free(entry);
	n_entries--;
}

static void
keys_drop(struct entry *entry)
{
	struct jwk **keys = entry->jwks.keys;

	jwks_close(&entry->jwks);
	free(keys);
}
