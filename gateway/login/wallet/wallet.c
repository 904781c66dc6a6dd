/* SPDX-License-Identifier: Apache-2.0
 *
 * The verifier's identity (OpenID4VP 1.0 section 5.9.3, x509_hash), read from the files of settings
 * [wallet].
 */
#include "login/wallet/wallet.h"

#include "core/settings.h"
#include "core/task.h"
#include "jose/digest.h"
#include "login/wallet/policy.h"
#include "login/wallet/verifier.h"
#include "pages/page.h"

#include <stdlib.h>
#include <string.h>

#define MAX_CHAIN 8

static int identity_load(struct task *task, struct wallet *wallet);
static int anchors_load(struct task *task, struct wallet *wallet);

static bool
is_ready(const struct task *task)
{
	return task->rooms->wallet != NULL;
}

/* One page has both the link and the QR; the row says which of them comes first. */
static void
ways(struct task *task, const struct login_asked *asked, struct login_ways *ways)
{
	const struct settings *settings = task->rooms->settings;
	struct login_way way = {
	    .id = WALLET_HERE,
	    .name = page_text(task, "Wallet app on this device"),
	    .path = "/login/wallet",
	    .acr = settings->wallet_acr,
	    .place = LOGIN_HERE,
	};

	login_way_add(task, ways, &way);
	if (!settings->wallet_cross_device)
		return;
	way.id = WALLET_ELSEWHERE;
	way.name = page_text(task, "Wallet app on another phone");
	way.hint = page_text(task, "You scan a code with that phone.");
	way.query = "on=other";
	way.place = LOGIN_ELSEWHERE;
	if (!policy_may_cross(task, asked))
		way.why_not =
		    page_text(task, "This service asks for the wallet on the same device.");
	login_way_add(task, ways, &way);
}

const struct login_method wallet_method = {.id = "wallet", .is_ready = is_ready, .ways = ways};

int
wallet_open(struct task *task, struct wallet **ret_wallet)
{
	const struct settings *settings = task->rooms->settings;
	struct wallet *wallet;
	int r;

	if (!settings->wallet_certificate_file) {
		*ret_wallet = NULL;
		return 0;
	}
	if (!settings->wallet_key_file || !settings->wallet_anchors_file)
		return fail(task, MISCONFIGURED,
		    "[wallet] certificate_file also needs key_file and anchors_file");
	wallet = calloc(1, sizeof(*wallet));
	wallet->statuses = status_cache_new();
	r = identity_load(task, wallet);
	if (r == 0)
		r = anchors_load(task, wallet);
	if (r < 0) {
		wallet_close(wallet);
		return r;
	}
	*ret_wallet = wallet;
	return 0;
}

static int
identity_load(struct task *task, struct wallet *wallet)
{
	const struct settings *settings = task->rooms->settings;
	uint8_t hash[DIGEST_BYTES];
	struct bytes certs[MAX_CHAIN];
	size_t n;
	int r;

	r = signer_load(task, settings->wallet_key_file, &wallet->signer);
	if (r < 0)
		return r;
	if (signer_alg(wallet->signer) != ALG_ES256)
		return fail(task, MISCONFIGURED, "[wallet] key_file is not a P-256 key");
	r = chain_load(task, settings->wallet_certificate_file, certs, MAX_CHAIN, &n);
	if (r < 0)
		return r;
	if (!signer_is_certified(task, wallet->signer, certs[0]))
		return fail(
		    task, MISCONFIGURED, "[wallet] certificate_file is not of the key in key_file");
	wallet->x5c = json_array();
	for (size_t i = 0; i < n; i++)
		json_array_append_new(wallet->x5c, json_string(b64_encode(task, certs[i])));
	digest_sha256(certs[0], hash);
	wallet->client_id = strdup(task_printf(
	    task, "x509_hash:%s", b64u_encode(task, (struct bytes){hash, sizeof(hash)})));
	return 0;
}

static int
anchors_load(struct task *task, struct wallet *wallet)
{
	const char **ids;
	int r;

	r = trust_load(task, task->rooms->settings->wallet_anchors_file, &wallet->trust);
	if (r < 0)
		return r;
	wallet->authorities = json_array();
	for (ids = trust_key_ids(task, wallet->trust); *ids; ids++)
		json_array_append_new(wallet->authorities, json_string(*ids));
	return 0;
}

void
wallet_close(struct wallet *wallet)
{
	if (!wallet)
		return;
	signer_free(wallet->signer);
	json_decref(wallet->x5c);
	json_decref(wallet->authorities);
	trust_free(wallet->trust);
	status_cache_free(wallet->statuses);
	free(wallet->client_id);
	free(wallet);
}
