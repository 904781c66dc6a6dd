/* SPDX-License-Identifier: Apache-2.0
 *
 * What the settings and the states of the keys make, whole or not at all.
 */
#include "generation.h"

#include "core/settings.h"
#include "issue/issue.h"
#include "jose/keys.h"
#include "login/card/card.h"
#include "login/upstream/upstream.h"
#include "login/wallet/wallet.h"
#include "oidc/documents.h"
#include "records/credential_type.h"
#include "records/key.h"
#include "sources/http_source.h"
#include "x509/trust.h"

#include <stdlib.h>
#include <string.h>

static int generation_fill(struct task *task, struct generation *generation);
static int keys_fill(struct task *task, struct generation *generation);
static int keys_first(struct task *task, const char *folder);
static char *keys_print(struct task *task, const struct key_record *records, size_t n);
static void generation_free(struct rooms *rooms);

struct generation *
generation_new(struct task *task, const struct rooms *base)
{
	struct generation *generation = calloc(1, sizeof(*generation));
	struct rooms *rooms = task->rooms;
	int r;

	generation->rooms = (struct rooms){
	    .settings = settings_hold(base->settings),
	    .redis = base->redis,
	    .sql = base->sql,
	    .fetcher = base->fetcher,
	    .services = base->services,
	    .post = base->post,
	};
	/* What is loaded is loaded by the new settings. */
	task->rooms = &generation->rooms;
	r = generation_fill(task, generation);
	task->rooms = rooms;
	if (r == 0)
		return generation;
	generation_free(&generation->rooms);
	return NULL;
}

/* In the order in which one needs the other. */
static int
generation_fill(struct task *task, struct generation *generation)
{
	struct rooms *rooms = &generation->rooms;
	int r;

	r = keys_fill(task, generation);
	if (r == 0 && rooms->settings->tls_client_anchors_file)
		r = trust_load(
		    task, rooms->settings->tls_client_anchors_file, &rooms->client_trust);
	if (r == 0)
		r = wallet_open(task, &rooms->wallet);
	if (r == 0)
		r = upstream_open(task, &rooms->upstreams);
	if (r == 0)
		r = http_source_open(task, &rooms->sources);
	if (r == 0)
		r = credential_types_open(task, &rooms->credential_types);
	if (r == 0)
		r = card_open(task, &rooms->card);
	if (r == 0)
		r = issue_open(task, &rooms->issuer);
	return r < 0 ? r : documents_open(task, &rooms->documents);
}

static int
keys_fill(struct task *task, struct generation *generation)
{
	const char *folder = generation->rooms.settings->keys_folder;
	struct key_record *records;
	size_t n;
	int r;

	r = key_list(task, &records, &n);
	if (r == 0 && n == 0) {
		r = keys_first(task, folder);
		if (r == 0)
			r = key_list(task, &records, &n);
	}
	if (r < 0)
		return r;
	generation->keys_print = strdup(keys_print(task, records, n));
	return keys_load(task, folder, records, n, &generation->rooms.keys);
}

/* A gateway that has never had a key makes its own. */
static int
keys_first(struct task *task, const char *folder)
{
	static const enum alg algs[] = {ALG_ES256, ALG_RS256, ALG_PS256, ALG_EDDSA};

	for (size_t i = 0; i < sizeof(algs) / sizeof(algs[0]); i++) {
		const char *kid;
		int r = key_create(task, folder, algs[i], &kid);

		if (r < 0)
			return r;
		r = key_stage(task, kid, algs[i], NULL);
		if (r < 0)
			return r;
		r = key_activate(task, kid, NULL, true);
		if (r < 0)
			return r;
	}
	return 0;
}

/* The states of all keys in one line: another line, other keys. */
static char *
keys_print(struct task *task, const struct key_record *records, size_t n)
{
	char *print = task_dup(task, "");

	for (size_t i = 0; i < n; i++)
		print = task_printf(
		    task, "%s%s=%s ", print, records[i].kid, key_state_name(records[i].state));
	return print;
}

/* A key may have been staged, activated or retired by `dvara key`, a list of trusted issuers read
 * anew, at any process. */
bool
generation_is_stale(struct task *task, const struct generation *generation)
{
	struct key_record *records;
	size_t n;

	if (upstream_is_stale(task, generation->rooms.upstreams))
		return true;
	return key_list(task, &records, &n) == 0 &&
	       strcmp(keys_print(task, records, n), generation->keys_print) != 0;
}

void
generation_retire(struct generation *generation)
{
	if (!generation)
		return;
	if (generation->rooms.n_tasks == 0)
		generation_free(&generation->rooms);
	else
		generation->rooms.retired = generation_free;
}

static void
generation_free(struct rooms *rooms)
{
	struct generation *generation = (struct generation *)rooms;

	keys_free(rooms->keys);
	trust_free(rooms->client_trust);
	wallet_close(rooms->wallet);
	card_close(rooms->card);
	upstream_close(rooms->upstreams);
	http_source_close(rooms->sources);
	issue_close(rooms->issuer);
	credential_types_close(rooms->credential_types);
	documents_close(rooms->documents);
	settings_drop(rooms->settings);
	free(generation->keys_print);
	free(generation);
}
