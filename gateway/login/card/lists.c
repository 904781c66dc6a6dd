/* SPDX-License-Identifier: Apache-2.0
 *
 * Revocation lists kept by their address (see lists.h).
 *
 * A list is fetched again after the authority's refresh_s, or when the next one is due, by one
 * fiber while the others use what is there.  One that was replaced by an older one stays.  Past its
 * time a list speaks for stale_s more, and no longer.
 */
#include "login/card/lists.h"

#include "core/clock.h"
#include "core/fiber.h"
#include "core/offload.h"
#include "core/task.h"
#include "http/fetch.h"
#include "x509/crl.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#define LISTS_MAX        32
#define FETCH_TIMEOUT_MS 8000
#define FETCH_BYTES      (5u << 19) /* 2.5 MB: what grows in a task's memory takes twice that */
#define RETRY_S          10
#define WAIT_MS          20

struct list {
	char *key; /* who issues it, and its address */
	struct crl *crl;
	int64_t tried_s, fetched_s;
	bool is_fetching;
};
struct revocation_lists {
	struct list at[LISTS_MAX];
	size_t n, next;
};

struct reading {
	struct bytes body, issuer_der;
	const char *url;
	struct crl *crl;
	char why[128];
};

static struct list *list_known(struct revocation_lists *lists, const char *key);
static struct list *list_of(struct revocation_lists *lists, const char *key);
static struct list *list_place(struct revocation_lists *lists);
static bool is_fresh(const struct list *list, const struct authority *authority);
static int lists_refresh(struct task *task, struct revocation_lists *lists, const char *key,
    const struct revocation_asked *asked);
static int list_fetch(
    struct task *task, const struct revocation_asked *asked, struct crl **ret_crl);
static void list_replace(struct list *list, struct crl *crl);

struct revocation_lists *
revocation_lists_new(void)
{
	struct revocation_lists *lists = calloc(1, sizeof(*lists));

	assert(lists != NULL);
	return lists;
}

void
revocation_lists_free(struct revocation_lists *lists)
{
	for (size_t i = 0; lists != NULL && i < lists->n; i++) {
		free(lists->at[i].key);
		crl_free(lists->at[i].crl);
	}
	free(lists);
}

int
lists_find(struct task *task, struct revocation_lists *lists, const struct revocation_asked *asked,
    struct revocation_found *ret_found)
{
	const char *key =
	    task_printf(task, "%s %s %s", asked->authority->id, asked->anchor_id, asked->crl_url);
	const struct list *list;
	int64_t past_s = INT64_MAX;
	int r;

	r = lists_refresh(task, lists, key, asked);
	if (r < 0)
		return r;
	/* Found again: who waited may find its place given to another. */
	list = list_known(lists, key);
	if (list != NULL && list->crl != NULL)
		past_s = clock_now_s() - crl_next_update_s(list->crl);
	if (list == NULL || past_s > asked->authority->crl_stale_s)
		return fail(task, CARD_UNCHECKED,
		    "no revocation list of authority %s is in its time", asked->authority->id);
	*ret_found = (struct revocation_found){
	    crl_look(list->crl, asked->name.serial), past_s > 0 ? "stale crl" : "crl"};
	return 0;
}

static struct list *
list_known(struct revocation_lists *lists, const char *key)
{
	for (size_t i = 0; i < lists->n; i++)
		if (strcmp(lists->at[i].key, key) == 0)
			return &lists->at[i];
	return NULL;
}

/* NULL: there is no room, all are being fetched. */
static struct list *
list_of(struct revocation_lists *lists, const char *key)
{
	struct list *list = list_known(lists, key);

	if (list != NULL)
		return list;
	list = list_place(lists);
	if (list == NULL)
		return NULL;
	free(list->key);
	crl_free(list->crl);
	*list = (struct list){.key = strdup(key)};
	return list;
}

static struct list *
list_place(struct revocation_lists *lists)
{
	if (lists->n < LISTS_MAX)
		return &lists->at[lists->n++];
	for (size_t i = 0; i < LISTS_MAX; i++) {
		struct list *list = &lists->at[lists->next++ % LISTS_MAX];

		if (!list->is_fetching)
			return list;
	}
	return NULL;
}

static bool
is_fresh(const struct list *list, const struct authority *authority)
{
	int64_t now_s = clock_now_s();

	return list->crl != NULL && now_s <= crl_next_update_s(list->crl) &&
	       now_s - list->fetched_s <= authority->crl_refresh_s;
}

/* Whoever comes while it is fetched waits only where there is nothing to be used meanwhile. */
static int
lists_refresh(struct task *task, struct revocation_lists *lists, const char *key,
    const struct revocation_asked *asked)
{
	struct list *list = list_of(lists, key);
	struct crl *crl = NULL;

	while (list != NULL && list->is_fetching && list->crl == NULL) {
		int r = fiber_sleep(task, WAIT_MS);

		if (r < 0)
			return r;
		list = list_known(lists, key);
	}
	if (list == NULL || list->is_fetching || is_fresh(list, asked->authority) ||
	    clock_now_s() - list->tried_s < RETRY_S)
		return 0;
	list->is_fetching = true;
	list->tried_s = clock_now_s();
	if (list_fetch(task, asked, &crl) < 0)
		fault_clear(task);
	list->is_fetching = false;
	if (crl != NULL)
		list_replace(list, crl);
	return 0;
}

static void
body_read(void *arg)
{
	struct reading *reading = arg;

	reading->crl = crl_read(reading->body, reading->issuer_der, reading->url, reading->why);
}

static int
list_fetch(struct task *task, const struct revocation_asked *asked, struct crl **ret_crl)
{
	const struct fetch fetch = {.url = asked->crl_url,
	    .timeout_ms = FETCH_TIMEOUT_MS,
	    .max_answer_bytes = FETCH_BYTES,
	    .may_be_plain = true};
	struct reading reading = {.issuer_der = asked->name.issuer_der, .url = asked->crl_url};
	struct fetched fetched;
	int r;

	r = http_fetch(task, &fetch, &fetched);
	if (r < 0)
		return r;
	if (fetched.status != 200)
		return fail(task, CARD_UNCHECKED, "the revocation list is answered with %d",
		    fetched.status);
	reading.body = fetched.body;
	r = offload(task, body_read, &reading);
	if (r < 0)
		return r;
	if (reading.crl == NULL)
		return fail(task, CARD_UNCHECKED, "%s", reading.why);
	*ret_crl = reading.crl;
	return 0;
}

/* A list from before the one that is here would bring revoked cards back. */
static void
list_replace(struct list *list, struct crl *crl)
{
	list->fetched_s = clock_now_s();
	if (list->crl != NULL && crl_this_update_s(crl) < crl_this_update_s(list->crl)) {
		crl_free(crl);
		return;
	}
	crl_free(list->crl);
	list->crl = crl;
}
