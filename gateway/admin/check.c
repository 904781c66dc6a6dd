/* SPDX-License-Identifier: Apache-2.0
 *
 * `dvara check`: what `dvara serve` would find, before it is started.  By now the settings
 * themselves have been read and the stores opened.
 */
#include "admin/admin.h"

#include "issue/issue.h"
#include "login/card/card.h"
#include "login/upstream/upstream.h"
#include "login/wallet/wallet.h"
#include "records/credential_type.h"
#include "records/key.h"
#include "records/schema.h"
#include "services/services.h"
#include "sources/http_source.h"
#include "store/redis.h"

static int
keys_check(struct admin_call *call, json_t *warnings)
{
	struct key_record *records;
	struct keys *keys;
	size_t n;
	int r;

	r = key_list(call->task, &records, &n);
	if (r < 0)
		return r;
	if (n == 0)
		json_array_append_new(warnings,
		    json_string(
			"no signing keys yet: `dvara serve` makes them at its first start"));
	r = keys_load(call->task, call->settings->keys_folder, records, n, &keys);
	if (r < 0)
		return r;
	keys_free(keys);
	return 0;
}

static int
identities_check(struct admin_call *call, json_t *warnings)
{
	struct http_sources *sources;
	struct upstreams *upstreams;
	struct wallet *wallet;
	struct credential_types *types;
	struct issuer *issuer;
	struct card *card;
	int r;

	r = wallet_open(call->task, &wallet);
	if (r < 0)
		return r;
	if (!wallet)
		json_array_append_new(
		    warnings, json_string("no [wallet]: nobody can sign in by wallet"));
	wallet_close(wallet);
	r = card_open(call->task, &card);
	if (r < 0)
		return r;
	card_close(card);
	r = credential_types_open(call->task, &types);
	if (r < 0)
		return r;
	credential_types_close(types);
	r = http_source_open(call->task, &sources);
	if (r < 0)
		return r;
	http_source_close(sources);
	r = upstream_open(call->task, &upstreams);
	if (r < 0)
		return r;
	upstream_warn(upstreams, warnings);
	upstream_close(upstreams);
	r = issue_open(call->task, &issuer);
	if (r < 0)
		return r;
	if (!issuer)
		json_array_append_new(
		    warnings, json_string("no [issue]: no credentials are issued"));
	issue_close(issuer);
	return 0;
}

/* `dvara serve` starts without it, and nobody can sign in until it is there. */
static void
redis_check(struct admin_call *call, json_t *warnings)
{
	const char *address = call->settings->redis_address, *value;

	if (redis_get(call->task, "check", &value) == 0)
		return;
	json_array_append_new(warnings,
	    json_string(task_printf(call->task, "Redis at %s is away: nobody can sign in (%s)",
		address, call->task->fault.text)));
	fault_clear(call->task);
}

int
admin_check(struct admin_call *call)
{
	json_t *warnings = json_keep(call->task, json_array());
	int version = sql_version(call->task->rooms->sql), r;

	if (version == 0)
		json_array_append_new(
		    warnings, json_string("the database is new: `dvara serve` makes its tables"));
	else if (version != (int)schema_n_migrations)
		return fail(call->task, MISCONFIGURED,
		    "the database is at version %d, this program needs %d: dvara db migrate",
		    version, (int)schema_n_migrations);
	if (version) {
		r = keys_check(call, warnings);
		if (r < 0)
			return r;
	}
	r = identities_check(call, warnings);
	if (r == 0)
		r = services_check(call->task, warnings);
	if (r < 0)
		return r;
	redis_check(call, warnings);
	call->answer = json_pack("{s:b, s:O}", "ok", 1, "warnings", warnings);
	return 0;
}
