/* SPDX-License-Identifier: Apache-2.0
 *
 * GET /purposes/{client}/{id} (see purpose_show.h).
 */
#include "consent/purpose_show.h"

#include "core/clock.h"
#include "core/task.h"
#include "jose/keys.h"
#include "pages/page.h"
#include "records/client.h"
#include "records/purpose_document.h"

#include <string.h>

#define FRESH "public, max-age=60"
#define DAY_S (24 * 3600)

static int certificate_of(struct task *task, const struct client *client,
    const struct policy_version *version, const char **ret_certificate);
static bool is_published(struct task *task, const char *jws);
static int purpose_page(struct task *task, const struct request *request, struct reply *reply,
    const struct client *client);
static json_t *claim_view(struct task *task, const struct purpose_claim *claim);
static const char *state_of(const struct policy_version *version);
static json_t *shown(
    const struct client *client, const struct policy_version *version, const char *certificate);

int
purpose_show(struct task *task, const struct request *request, struct reply *reply)
{
	const struct policy policy = {
	    .kind = "purpose",
	    .owner = request_capture(request, "client"),
	    .id = request_capture(request, "id"),
	};
	const struct policy_version *version = NULL;
	const struct client *client = NULL;
	const char *certificate;
	int r;

	r = client_find(task, policy.owner, &client);
	if (r == 0)
		r = policy_standing(task, &policy, &version);
	if (r < 0)
		return r;
	if (client == NULL || version == NULL)
		return fail(task, NOT_FOUND, "no purpose of that name is registered");
	r = certificate_of(task, client, version, &certificate);
	if (r < 0)
		return r;
	reply_header(reply, "Vary", "Accept");
	if (request_accepts(request, "text/html"))
		return purpose_page(task, request, reply, client);
	reply_header(reply, "Cache-Control", FRESH);
	if (str_equal(request_header(request, "Accept"), "application/jwt"))
		return reply_text(reply, 200, "application/jwt", certificate);
	return reply_json(reply, 200, json_keep(task, shown(client, version, certificate)));
}

/* As it was signed at the approval, or, where the key of that day is no longer published, the same
 * under the key of now: whoever reads it can check it. */
static int
certificate_of(struct task *task, const struct client *client, const struct policy_version *version,
    const char **ret_certificate)
{
	struct signer *signer;

	*ret_certificate = version->certificate;
	if (version->certificate != NULL && is_published(task, version->certificate))
		return 0;
	signer = keys_signer(task->rooms->keys, ALG_ES256);
	if (signer == NULL)
		return fail(task, MISCONFIGURED, "no ES256 key signs");
	return purpose_certify(task, signer,
	    &(struct purpose_certified){
		.client = client,
		.version = version,
		.at_s = version->approved_s,
		.until_s = version->until_s,
	    },
	    ret_certificate);
}

static bool
is_published(struct task *task, const char *jws)
{
	struct bytes header;
	json_auto_t *json = NULL;

	if (!b64u_decode(task, jws, strcspn(jws, "."), &header) ||
	    json_parse_object(task, (const char *)header.at, header.len, &json) < 0) {
		fault_clear(task);
		return false;
	}
	return keys_find(task->rooms->keys, json_get_text(json, "kid")) != NULL;
}

static int
purpose_page(struct task *task, const struct request *request, struct reply *reply,
    const struct client *client)
{
	const struct purpose *purpose = client_purpose(client, request_capture(request, "id"));
	json_t *view, *claims = json_array();

	/* Read with its client, a moment before. */
	if (purpose == NULL || !purpose->is_registered) {
		json_decref(claims);
		return fail(task, NOT_FOUND, "no purpose of that name is registered");
	}
	page_language(task, request, reply, NULL);
	for (size_t i = 0; i < purpose->n_claims; i++)
		json_array_append_new(claims, claim_view(task, &purpose->claims[i]));
	view = json_keep(task,
	    json_pack("{s:o, s:b, s:b}", "claims", claims, "is_suspended", purpose->is_suspended,
		"is_over", !purpose->is_suspended && !purpose_stands(purpose, clock_now_s())));
	json_set_text(view, "client", page_pick(task, client->name));
	json_set_text(view, "why", page_pick(task, purpose->why));
	json_set_text(view, "law", page_pick(task, purpose->law));
	json_set_text(view, "since", page_date(task, purpose->since_s));
	json_set_text(view, "until", page_date(task, purpose->until_s));
	json_set_text(view, "days", task_number(task, (purpose->data_life_s + DAY_S - 1) / DAY_S));
	return page_reply(
	    task, request, reply, &(struct page_show){.page = PAGE_PURPOSE, .view = view});
}

static json_t *
claim_view(struct task *task, const struct purpose_claim *claim)
{
	json_t *view =
	    json_pack("{s:s, s:b}", "name", claim->name, "essential", claim->is_essential);

	json_set_text(view, "label", purpose_claim_label(task, claim));
	json_set_text(view, "why", page_pick(task, claim->why));
	return view;
}

static json_t *
shown(const struct client *client, const struct policy_version *version, const char *certificate)
{
	return json_pack("{s:s, s:O, s:s, s:i, s:s, s:I, s:I, s:O, s:s}", "client_id", client->id,
	    "name", client->name, "id", version->policy.id, "number", version->number, "state",
	    state_of(version), "approved", (json_int_t)version->approved_s, "until",
	    (json_int_t)version->until_s, "document", version->document, "certificate",
	    certificate);
}

static const char *
state_of(const struct policy_version *version)
{
	if (str_equal(version->state, "suspended"))
		return "suspended";
	return clock_now_s() < version->until_s ? "in_force" : "expired";
}
