/* SPDX-License-Identifier: Apache-2.0
 *
 * A set of ids (see revocation_set.h).
 */
#include "records/revocation_set.h"

#include "core/clock.h"

#include <assert.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#define FIRST_SLOTS 1024u

struct slot {
	char id[REVOCATION_ID_BYTES]; /* "": empty */
	int64_t until_s;
};
struct revocation_set {
	pthread_rwlock_t lock;
	struct slot *slots;
	size_t n_slots; /* a power of two, never more than half full */
	size_t n_used;
};

static void set_make_room(struct revocation_set *set);
static void set_put(struct revocation_set *set, const char *id, int64_t until_s);
static struct slot *set_slot(const struct revocation_set *set, const char *id);
static struct slot *slots_new(size_t n);

struct revocation_set *
revocation_set_new(void)
{
	struct revocation_set *set = calloc(1, sizeof(*set));

	if (set == NULL)
		abort();
	pthread_rwlock_init(&set->lock, NULL);
	set->n_slots = FIRST_SLOTS;
	set->slots = slots_new(FIRST_SLOTS);
	return set;
}

static struct slot *
slots_new(size_t n)
{
	struct slot *slots = calloc(n, sizeof(*slots));

	if (slots == NULL)
		abort();
	return slots;
}

void
revocation_set_free(struct revocation_set *set)
{
	if (set == NULL)
		return;
	pthread_rwlock_destroy(&set->lock);
	free(set->slots);
	free(set);
}

void
revocation_set_add(struct revocation_set *set, const char *id, int64_t until_s)
{
	assert(id[0] != '\0' && strlen(id) < REVOCATION_ID_BYTES);
	pthread_rwlock_wrlock(&set->lock);
	if (set->n_used * 2 >= set->n_slots)
		set_make_room(set);
	set_put(set, id, until_s);
	pthread_rwlock_unlock(&set->lock);
}

bool
revocation_set_has(struct revocation_set *set, const char *id)
{
	bool has;

	if (id[0] == '\0' || strlen(id) >= REVOCATION_ID_BYTES)
		return false;
	pthread_rwlock_rdlock(&set->lock);
	has = set_slot(set, id)->id[0] != '\0';
	pthread_rwlock_unlock(&set->lock);
	return has;
}

static void
set_make_room(struct revocation_set *set)
{
	struct slot *old = set->slots;
	size_t n_old = set->n_slots, n_live = 0;
	int64_t now_s = clock_now_s();

	for (size_t i = 0; i < n_old; i++)
		n_live += old[i].id[0] != '\0' && old[i].until_s > now_s;
	while (n_live * 4 >= set->n_slots)
		set->n_slots *= 2;
	set->slots = slots_new(set->n_slots);
	set->n_used = 0;
	for (size_t i = 0; i < n_old; i++) {
		if (old[i].id[0] != '\0' && old[i].until_s > now_s)
			set_put(set, old[i].id, old[i].until_s);
	}
	free(old);
}

static void
set_put(struct revocation_set *set, const char *id, int64_t until_s)
{
	struct slot *slot = set_slot(set, id);

	if (slot->id[0] != '\0')
		return;
	memcpy(slot->id, id, strlen(id) + 1);
	slot->until_s = until_s;
	set->n_used++;
}

/* The slot of id, or the empty one where it would go.  FNV-1a is enough: the ids are random. */
static struct slot *
set_slot(const struct revocation_set *set, const char *id)
{
	uint64_t hash = 14695981039346656037u;
	size_t at;

	for (const char *c = id; *c != '\0'; c++)
		hash = (hash ^ (uint8_t)*c) * 1099511628211u;
	at = hash & (set->n_slots - 1);
	while (set->slots[at].id[0] != '\0' && strcmp(set->slots[at].id, id) != 0)
		at = (at + 1) & (set->n_slots - 1);
	return &set->slots[at];
}
