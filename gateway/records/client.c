/* SPDX-License-Identifier: Apache-2.0
 *
 * Clients, found (see client.h; stored by client_store.c).
 *
 * Each thread has a cache of its own, so that reading takes no lock.  Whether any client changed is
 * one number in SQL, asked for at most twice a second; where it did, the cache begins anew.
 */
#include "records/client.h"

#include "core/clock.h"
#include "core/settings.h"
#include "core/task.h"
#include "records/attribute.h"
#include "records/client_cache.h"
#include "records/client_record.h"
#include "records/client_uri.h"
#include "store/sql.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#define READ_AGAIN_MS 500  /* what is older is asked for again */
#define BELIEVE_MS    1000 /* and what is older than this is not believed while it is asked for */
#define N_BUCKETS     256
#define CACHED_MAX    4096

struct cache {
	const struct sql *of;
	const struct settings *under; /* purposes follow them */
	int64_t generation;
	int64_t read_ms; /* of clock_mono_ms(); 0: never */
	bool is_reading;
	size_t n;
	struct client_record *buckets[N_BUCKETS];
};
/* Of one client, read in one go. */
struct rows_read {
	const char *id;
	struct sql_rows client, purposes, attributes;
};

static _Thread_local struct cache *thread_cache;
static pthread_key_t thread_end;
static pthread_once_t thread_end_once = PTHREAD_ONCE_INIT;

static struct cache *cache_here(void);
static void thread_end_make(void);
static void cache_free(void *arg);
static void cache_clear(struct cache *cache);
static int cache_check(struct task *task, struct cache *cache);
static struct client_record **bucket_of(struct cache *cache, const char *id);
static struct client_record *cached(struct cache *cache, const char *id);
static sql_reading rows_read;
static int policy_fill(
    struct task *task, const struct rows_read *rows, struct client_stored *stored);
static int client_read(struct task *task, const char *id, struct client_record **ret_record);
static struct client_record *cache_add(
    struct cache *cache, struct client_record *record, int64_t generation);
static void record_release(void *record);
static bool is_one_of(
    const struct client *client, const char *const *registered, const char *asked);

int
client_find(struct task *task, const char *id, const struct client **ret_client)
{
	struct cache *cache = cache_here();
	struct client_record *record;
	int64_t generation;
	int r;

	r = cache_check(task, cache);
	if (r < 0)
		return r;
	record = cached(cache, id);
	if (record == NULL) {
		generation = cache->generation;
		r = client_read(task, id, &record);
		if (r < 0)
			return r;
		if (record != NULL)
			record = cache_add(cache, record, generation);
	} else {
		client_record_hold(record);
	}
	if (record != NULL)
		task_defer(task, record_release, record);
	*ret_client = record == NULL ? NULL : &record->client;
	return 0;
}

static struct cache *
cache_here(void)
{
	if (thread_cache != NULL)
		return thread_cache;
	thread_cache = calloc(1, sizeof(*thread_cache));
	if (thread_cache == NULL)
		abort();
	pthread_once(&thread_end_once, thread_end_make);
	pthread_setspecific(thread_end, thread_cache);
	return thread_cache;
}

static void
thread_end_make(void)
{
	pthread_key_create(&thread_end, cache_free);
}

static void
cache_free(void *arg)
{
	cache_clear(arg);
	free(arg);
	thread_cache = NULL;
}

static void
cache_clear(struct cache *cache)
{
	for (size_t i = 0; i < N_BUCKETS; i++) {
		struct client_record *record;

		while ((record = cache->buckets[i]) != NULL) {
			cache->buckets[i] = record->next;
			client_record_drop(record);
		}
	}
	cache->n = 0;
}

static int
cache_check(struct task *task, struct cache *cache)
{
	int64_t now_ms = clock_mono_ms(), generation;
	struct sql_rows rows;
	int r;

	if (cache->of != task->rooms->sql || cache->under != task->rooms->settings) {
		cache->of = task->rooms->sql;
		cache->under = task->rooms->settings;
		cache->read_ms = 0;
	}
	if (cache->read_ms != 0 &&
	    now_ms - cache->read_ms < (cache->is_reading ? BELIEVE_MS : READ_AGAIN_MS))
		return 0;
	cache->is_reading = true;
	r = sql_read(
	    task, SQL("SELECT number FROM generation WHERE kind = ?1", SQL_TEXT("client")), &rows);
	cache->is_reading = false;
	if (r < 0)
		return r;
	generation = rows.n_rows == 0 ? 0 : sql_int(&rows, 0, 0);
	if (generation != cache->generation || cache->read_ms == 0)
		cache_clear(cache);
	cache->generation = generation;
	if (now_ms > cache->read_ms)
		cache->read_ms = now_ms;
	return 0;
}

void
client_cache_forget(void)
{
	if (thread_cache != NULL)
		thread_cache->read_ms = 0;
}

static struct client_record *
cached(struct cache *cache, const char *id)
{
	struct client_record *record = *bucket_of(cache, id);

	while (record != NULL && strcmp(record->client.id, id) != 0)
		record = record->next;
	return record;
}

static struct client_record **
bucket_of(struct cache *cache, const char *id)
{
	uint32_t hash = 2166136261u;

	for (const char *c = id; *c != '\0'; c++)
		hash = (hash ^ (uint8_t)*c) * 16777619u;
	return &cache->buckets[hash % N_BUCKETS];
}

/* Held once; *ret_record is NULL where there is none. */
static int
client_read(struct task *task, const char *id, struct client_record **ret_record)
{
	struct rows_read rows = {.id = id};
	struct client_stored stored;
	int r;

	r = sql_read_together(task, rows_read, &rows);
	if (r < 0)
		return r;
	if (rows.client.n_rows == 0) {
		*ret_record = NULL;
		return 0;
	}
	stored = (struct client_stored){
	    .metadata = sql_text(&rows.client, 0, 0),
	    .secret = sql_text(&rows.client, 0, 1),
	    .is_approved = sql_int(&rows.client, 0, 2) != 0,
	    .secret_before = sql_text(&rows.client, 0, 3),
	    .secret_before_until_s = sql_int(&rows.client, 0, 4),
	    .logo = sql_text(&rows.client, 0, 5),
	    .consent_life_s = task->rooms->settings->consent_life,
	    .registered_only = task->rooms->settings->consent_registered_only,
	};
	r = policy_fill(task, &rows, &stored);
	return r < 0 ? r : client_record_new(task, &stored, ret_record);
}

static int
rows_read(struct task *task, void *arg)
{
	struct rows_read *rows = arg;
	int r;

	r = sql_read(task,
	    SQL("SELECT metadata, secret, is_approved, secret_before, secret_before_until_s, logo"
		" FROM client WHERE id = ?1",
		SQL_TEXT(rows->id)),
	    &rows->client);
	if (r < 0 || rows->client.n_rows == 0)
		return r;
	r = policy_standing_rows(task, "purpose", rows->id, &rows->purposes);
	return r < 0 ? r : attribute_rows(task, &rows->attributes);
}

static int
policy_fill(struct task *task, const struct rows_read *rows, struct client_stored *stored)
{
	size_t n = rows->purposes.n_rows;
	struct policy_version *versions = task_new_n(task, struct policy_version, n + 1);
	json_t *attributes = NULL;
	int r;

	for (size_t i = 0; i < n; i++) {
		r = policy_version_of(task, &rows->purposes, i, &versions[i]);
		if (r < 0)
			return r;
	}
	r = attribute_registered_of(task, &rows->attributes, &attributes);
	if (r < 0)
		return r;
	stored->purposes = versions;
	stored->n_purposes = n;
	stored->attributes = json_keep(task, attributes);
	return 0;
}

/* The record to use, held once for the caller.  While it was read another fiber may have put it
 * there, or found that all is old: then it is used this once. */
static struct client_record *
cache_add(struct cache *cache, struct client_record *record, int64_t generation)
{
	struct client_record **bucket;

	if (cached(cache, record->client.id) != NULL || cache->generation != generation)
		return record;
	if (cache->n >= CACHED_MAX)
		cache_clear(cache);
	bucket = bucket_of(cache, record->client.id);
	record->next = *bucket;
	*bucket = record;
	cache->n++;
	client_record_hold(record);
	return record;
}

static void
record_release(void *record)
{
	client_record_drop(record);
}

const struct purpose *
client_purpose(const struct client *client, const char *id)
{
	if (id == NULL)
		return &client->purposes[0];
	for (size_t i = 0; i < client->n_purposes; i++) {
		if (str_equal(client->purposes[i].id, id))
			return &client->purposes[i];
	}
	return NULL;
}

bool
client_may_redirect(const struct client *client, const char *redirect_uri)
{
	return is_one_of(client, client->redirect_uris, redirect_uri);
}

bool
client_may_leave_to(const struct client *client, const char *post_logout_redirect_uri)
{
	return is_one_of(client, client->post_logout_redirect_uris, post_logout_redirect_uri);
}

static bool
is_one_of(const struct client *client, const char *const *registered, const char *asked)
{
	const bool any_port = client->profile == CLIENT_PUBLIC_NATIVE;

	for (; asked != NULL && *registered != NULL; registered++) {
		if (client_uri_is(*registered, asked, any_port))
			return true;
	}
	return false;
}

bool
client_may_grant(const struct client *client, const char *grant_type)
{
	for (size_t i = 0; client->grant_types[i] != NULL; i++) {
		if (str_equal(client->grant_types[i], grant_type))
			return true;
	}
	return false;
}
