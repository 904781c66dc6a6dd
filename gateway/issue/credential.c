/* SPDX-License-Identifier: Apache-2.0
 *
 * POST /vci/credential (OpenID4VCI 1.0 section 8): an SD-JWT VC for each key that was proved.
 *
 * Order: the token, the request's form, the configuration, the proofs; then the places in the
 * status list and the ledger row are durable, then the signatures are made.
 */
#include "issue/issue.h"

#include "consent/purpose.h"
#include "consent/release.h"
#include "core/clock.h"
#include "core/settings.h"
#include "core/task.h"
#include "issue/issuer.h"
#include "jose/sdjwt.h"
#include "records/credential.h"
#include "records/person.h"

#include <assert.h>

#define DAY_S 86400

/* What is made, of whom, for whom. */
struct order {
	const struct credential_type *type;
	const struct grant *grant;
	struct holders holders;
	json_t *claims;    /* {name: value}, as the credential holds them */
	int64_t expires_s; /* of all, and by the day: nothing ties one to another */
};

static int order_read(struct task *task, const struct request *request, struct order *ret_order);
static int attributes_of(struct task *task, struct order *order);
static int expiry_of(struct task *task, struct order *order, const json_t *known);
static const char *wallet_of(const struct grant *grant);
static int credentials_make(struct task *task, const struct order *order, json_t **ret_credentials);
static json_t *always(struct task *task, const struct credential_type *type,
    const struct credential *credential, const struct jwk *key);

int
issue_credential(struct task *task, const struct request *request, struct reply *reply)
{
	json_t *credentials;
	struct order order = {0};
	struct issuer *issuer;
	const char *notification_id;
	int r;

	r = issuer_of(task, &issuer);
	if (r < 0)
		return r;
	r = order_read(task, request, &order);
	if (r < 0)
		return r;
	r = attributes_of(task, &order);
	if (r < 0)
		return r;
	r = credentials_make(task, &order, &credentials);
	if (r < 0)
		return r;
	r = issuer_notification_open(task, order.grant, &notification_id);
	if (r < 0)
		return r;
	return reply_json(reply, 200,
	    json_keep(task, json_pack("{s:O, s:s}", "credentials", credentials, "notification_id",
				notification_id)));
}

static int
order_read(struct task *task, const struct request *request, struct order *ret_order)
{
	struct order order = {0};
	struct grant *grant;
	json_t *body;
	int r;

	r = issuer_grant(task, request, &grant);
	if (r < 0)
		return r;
	order.grant = grant;
	r = request_json(task, request, &body);
	if (r < 0)
		return fault_as(task, INVALID_CREDENTIAL_REQUEST);
	json_keep(task, body);
	r = issuer_wanted(task, grant, body, &order.type);
	if (r < 0)
		return r;
	if (json_object_get(body, "credential_response_encryption") != NULL)
		return fail(
		    task, INVALID_ENCRYPTION_PARAMETERS, "encrypted answers are not offered");
	if (json_object_get(body, "proofs") == NULL)
		return fail(task, INVALID_PROOF, "proofs is missing");
	r = issuer_proofs(task, grant, json_object_get(body, "proofs"), &order.holders);
	if (r < 0)
		return r;
	*ret_order = order;
	return 0;
}

static void
name_add(json_t *names, const char *name)
{
	if (name != NULL && !str_equal(name, CREDENTIAL_FROM_KEY) && !json_has_text(names, name))
		json_array_append_new(names, json_string(name));
}

/* What the sources are asked for, and what of it they must know. */
static void
names_of(const struct credential_type *type, json_t *names, json_t *must)
{
	for (size_t i = 0; i < type->n_claims; i++) {
		name_add(names, type->claims[i].from);
		if (type->claims[i].is_mandatory)
			name_add(must, type->claims[i].from);
	}
	name_add(names, type->expires_from);
	name_add(must, type->expires_from);
}

static int
attributes_of(struct task *task, struct order *order)
{
	json_t *names = json_keep(task, json_array()), *must = json_keep(task, json_array());
	const struct credential_type *type = order->type;
	struct person person;
	json_t *known = NULL;
	int r;

	assert(type != NULL); /* order_read() fails else */
	names_of(type, names, must);
	r = person_find(task, order->grant->person_id, &person);
	if (r < 0)
		return r;
	r = release_to_wallet(task, order->grant->person_id, names, must, &known);
	if (r == ACCESS_DENIED)
		return fault_as(task, CREDENTIAL_REQUEST_DENIED);
	if (r < 0)
		return r;
	json_set_text(json_keep(task, known), CREDENTIAL_FROM_KEY, person.register_key);
	order->claims = json_keep(task, json_object());
	for (size_t i = 0; i < type->n_claims; i++) {
		json_t *value = json_object_get(known, type->claims[i].from);

		if (value != NULL)
			json_object_set(order->claims, type->claims[i].name, value);
	}
	return expiry_of(task, order, known);
}

/* By the day where it lives for days. */
static int
expiry_of(struct task *task, struct order *order, const json_t *known)
{
	const struct credential_type *type = order->type;
	int64_t now_s = clock_now_s(), until_s;

	order->expires_s = now_s + type->life_s;
	if (type->life_s > DAY_S)
		order->expires_s -= order->expires_s % DAY_S;
	if (type->expires_from == NULL)
		return 0;
	if (!purpose_until(json_get_text(known, type->expires_from), &until_s) || until_s <= now_s)
		return fail(task, CREDENTIAL_REQUEST_DENIED,
		    "what the credential is about is no longer valid");
	if (until_s < order->expires_s)
		order->expires_s = until_s;
	return 0;
}

static const char *
wallet_of(const struct grant *grant)
{
	return str_equal(grant->client_id, ISSUE_WALLET) ? NULL : grant->client_id;
}

/* A wallet may bring more keys than its type is given out in (OpenID4VCI 1.0 section 8.3). */
static int
credentials_make(struct task *task, const struct order *order, json_t **ret_credentials)
{
	struct issuer *issuer = task->rooms->issuer;
	struct sign_as as = {.signer = issuer->signer, .typ = "dc+sd-jwt", .x5c = issuer->x5c};
	struct credential credentials[ISSUE_BATCH_MAX] = {0};
	size_t n = order->holders.n, most = (size_t)order->type->batch;
	json_t *array = json_keep(task, json_array());
	int r;

	n = n > most ? most : n;
	for (size_t i = 0; i < n; i++)
		credentials[i] = (struct credential){
		    .person_id = order->grant->person_id,
		    .configuration = order->type->id,
		    .device = order->grant->id,
		    .client_id = wallet_of(order->grant),
		    .expires_s = order->expires_s,
		};
	r = credential_add(task, credentials, n);
	if (r < 0)
		return r;
	for (size_t i = 0; i < n; i++) {
		const struct jwk *key = order->holders.keys[i];
		const char *sdjwt;

		r = sdjwt_issue(task, &as, always(task, order->type, &credentials[i], key),
		    order->claims, &sdjwt);
		if (r < 0)
			return r;
		json_array_append_new(array, json_pack("{s:s}", "credential", sdjwt));
	}
	*ret_credentials = array;
	return 0;
}

/* Never selectively disclosable (SD-JWT VC section 3.2.2.2); iat by the day, as exp is. */
static json_t *
always(struct task *task, const struct credential_type *type, const struct credential *credential,
    const struct jwk *key)
{
	const char *base = task->rooms->settings->gateway_issuer;

	return json_keep(task,
	    json_pack("{s:s, s:s, s:I, s:I, s:{s:o}, s:{s:{s:I, s:s}}}", "iss", base, "vct",
		type->vct, "iat", (json_int_t)(credential->issued_s - credential->issued_s % DAY_S),
		"exp", (json_int_t)credential->expires_s, "cnf", "jwk", jwk_json(key), "status",
		"status_list", "idx", (json_int_t)credential->place, "uri",
		task_printf(task, "%s/status/%lld", base, (long long)credential->list)));
}
