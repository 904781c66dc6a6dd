/* SPDX-License-Identifier: Apache-2.0
 *
 * `dvara purpose …`: what relying parties may ask and why.  One operator proposes, another
 * approves; the approval is signed by the gateway's key and lasts twelve months.
 */
#include "admin/admin.h"

#include "core/clock.h"
#include "core/str.h"
#include "jose/keys.h"
#include "records/attribute.h"
#include "records/client.h"
#include "records/key.h"
#include "records/policy.h"
#include "records/purpose_document.h"

static int document_read(struct admin_call *call, json_t **ret_document, struct policy *ret_policy);
static int client_of(struct admin_call *call, const char *id, const struct client **ret_client);
static struct policy policy_of(const char *client_id, const char *id);
static int version_named(struct admin_call *call, const struct policy_version **ret_version);
static int document_check(struct admin_call *call, const json_t *document);
static int certify(struct admin_call *call, struct policy_approval *approval,
    const struct policy_version *version);
static int signer_find(struct admin_call *call, struct signer **ret_signer);

int
admin_purpose_apply(struct admin_call *call)
{
	struct policy policy = {0};
	json_t *document = NULL;
	int r;

	r = admin_policy_operator(call);
	if (r == 0)
		r = document_read(call, &document, &policy);
	return r < 0 ? r : admin_policy_apply(call, &policy, document);
}

static int
document_read(struct admin_call *call, json_t **ret_document, struct policy *ret_policy)
{
	const struct client *client;
	json_t *document = NULL;
	int r;

	r = admin_read_json(call->task, call->args[0], &document);
	if (r < 0)
		return r;
	r = document_check(call, document);
	if (r == 0)
		r = client_of(call, json_get_text(document, "client_id"), &client);
	if (r < 0)
		return r;
	*ret_document = document;
	*ret_policy =
	    policy_of(json_get_text(document, "client_id"), json_get_text(document, "id"));
	return 0;
}

static int
document_check(struct admin_call *call, const json_t *document)
{
	const json_t *attributes;
	int r;

	r = attribute_registered(call->task, &attributes);
	return r < 0 ? r : purpose_document_check(call->task, document, attributes);
}

static int
client_of(struct admin_call *call, const char *id, const struct client **ret_client)
{
	const struct client *client = NULL;
	int r;

	r = client_find(call->task, id, &client);
	if (r < 0)
		return r;
	if (client == NULL)
		return fail(call->task, NOT_FOUND, "there is no client %.64s", id);
	*ret_client = client;
	return 0;
}

static struct policy
policy_of(const char *client_id, const char *id)
{
	return (struct policy){.kind = "purpose", .owner = client_id, .id = id};
}

int
admin_purpose_diff(struct admin_call *call)
{
	struct policy policy = {0};
	json_t *document = NULL;
	int r;

	r = document_read(call, &document, &policy);
	return r < 0 ? r : admin_policy_diff(call, &policy, document);
}

int
admin_purpose_approve(struct admin_call *call)
{
	struct policy_approval approval = {.operator_name = call->operator_name};
	const struct policy_version *version = NULL;
	int r;

	r = admin_policy_operator(call);
	if (r < 0)
		return r;
	r = version_named(call, &version);
	if (r < 0)
		return r;
	approval.policy = version->policy;
	approval.number = version->number;
	r = certify(call, &approval, version);
	if (r < 0)
		return r;
	r = policy_approve(call->task, &approval);
	if (r < 0)
		return r;
	r = policy_find(call->task, &version->policy, version->number, &version);
	return r < 0 ? r : admin_policy_done(call, version);
}

/* CLIENT PURPOSE [NUMBER] */
static int
version_named(struct admin_call *call, const struct policy_version **ret_version)
{
	struct policy policy = policy_of(call->args[0], call->args[1]);
	int number, r;

	r = admin_policy_number(call, 2, &number);
	return r < 0 ? r : policy_find(call->task, &policy, number, ret_version);
}

/* One that was suspended goes on under the certificate that it has. */
static int
certify(
    struct admin_call *call, struct policy_approval *approval, const struct policy_version *version)
{
	struct purpose_certified certified = {.version = version};
	struct signer *signer = NULL;
	int r;

	approval->at_s = certified.at_s = clock_now_s();
	approval->until_s = certified.until_s = certified.at_s + PURPOSE_CERTIFIED_MAX_S;
	if (str_equal(version->state, "suspended")) {
		approval->at_s = version->approved_s;
		approval->until_s = version->until_s;
		approval->certificate = version->certificate;
		return 0;
	}
	r = document_check(call, version->document);
	if (r == 0)
		r = client_of(call, version->policy.owner, &certified.client);
	if (r == 0)
		r = signer_find(call, &signer);
	if (r < 0)
		return r;
	r = purpose_certify(call->task, signer, &certified, &approval->certificate);
	signer_free(signer);
	return r;
}

/* The gateway's own, that signs its tokens. */
static int
signer_find(struct admin_call *call, struct signer **ret_signer)
{
	struct key_record *records;
	size_t n, i = 0;
	int r;

	r = key_list(call->task, &records, &n);
	if (r < 0)
		return r;
	while (i < n && !(records[i].alg == ALG_ES256 && records[i].state == KEY_ACTIVE))
		i++;
	if (i == n)
		return fail(call->task, MISCONFIGURED,
		    "no ES256 key signs yet: start the gateway once, or dvara key stage and "
		    "activate");
	return signer_load(call->task,
	    task_printf(call->task, "%s/%s.pem", call->settings->keys_folder, records[i].kid),
	    ret_signer);
}

int
admin_purpose_list(struct admin_call *call)
{
	return policy_list(
	    call->task, "purpose", call->n_args > 0 ? call->args[0] : NULL, &call->answer);
}

int
admin_purpose_show(struct admin_call *call)
{
	const struct policy_version *version;
	int r;

	r = version_named(call, &version);
	if (r < 0)
		return r;
	call->answer = admin_policy_row(version);
	json_object_set(call->answer, "document", (json_t *)(uintptr_t)version->document);
	json_set_text(call->answer, "certificate", version->certificate);
	return 0;
}

int
admin_purpose_suspend(struct admin_call *call)
{
	const struct policy policy = policy_of(call->args[0], call->args[1]);

	return admin_policy_suspend(call, &policy);
}
