/* SPDX-License-Identifier: Apache-2.0
 *
 * ID tokens.  Called by tokens.c.
 */
#include "oidc/rules/id_token.h"

#include "consent/release.h"
#include "core/clock.h"
#include "core/settings.h"
#include "core/task.h"
#include "jose/digest.h"
#include "jose/sign.h"
#include "oidc/rules/sealed.h"
#include "oidc/rules/sid.h"

static int released(struct task *task, const struct issuing *issuing, json_t **ret);
static void claims_fill(struct task *task, const struct issuing *issuing, json_t *claims);

int
id_token_make(struct task *task, const struct issuing *issuing, const char *access_token,
    const char **ret_id_token)
{
	const struct client *client = issuing->client;
	struct sign_as as = {.signer = keys_signer(task->rooms->keys, client->id_token_alg)};
	struct sealed sealed = {.client = client, .seal = &client->id_token_seal, .cty = "JWT"};
	json_auto_t *claims = NULL;
	int r;

	if (as.signer == NULL)
		return fail(task, MISCONFIGURED, "there is no active %s key for ID tokens",
		    alg_name(client->id_token_alg));
	r = released(task, issuing, &claims);
	if (r < 0)
		return r;
	claims_fill(task, issuing, claims);
	/* SHA-256 is the hash of all our algorithms but Ed25519, for which none is settled; at_hash
	 * may be left out with a code (section 3.1.3.6). */
	if (client->id_token_alg != ALG_EDDSA)
		json_set_text(claims, "at_hash", digest_half(task, access_token));
	r = jws_sign(task, &as, claims, &sealed.text);
	if (r < 0)
		return r;
	return sealed_make(task, &sealed, ret_id_token);
}

static int
released(struct task *task, const struct issuing *issuing, json_t **ret)
{
	const struct grant *grant = issuing->grant;
	const struct release release = {
	    .person_id = grant->person_id,
	    .client = issuing->client,
	    .purpose_id = grant->purpose_id,
	    .consent_id = grant->consent_id,
	    .channel = CHANNEL_ID_TOKEN,
	    .asked = grant->id_token_claims,
	    .values = json_object_get(grant->claim_values, "id_token"),
	    .request_id = task->request_id,
	};

	if (names_count(grant->id_token_claims) > 0)
		return release_claims(task, &release, ret);
	*ret = json_object();
	return 0;
}

/* Over what was released: no attribute takes the name of a claim of the protocol. */
static void
claims_fill(struct task *task, const struct issuing *issuing, json_t *claims)
{
	const struct grant *grant = issuing->grant;
	int64_t now_s = clock_now_s();

	json_set_text(claims, "iss", task->rooms->settings->gateway_issuer);
	json_set_text(claims, "sub", issuing->subject);
	json_set_text(claims, "aud", issuing->client->id);
	json_object_set_new(claims, "iat", json_integer(now_s));
	json_object_set_new(claims, "exp", json_integer(now_s + task->rooms->settings->tokens_id));
	json_object_set_new(claims, "auth_time", json_integer(grant->auth_time_s));
	json_set_text(claims, "nonce", grant->nonce);
	if (grant->session_id != NULL)
		json_set_text(claims, "sid", sid_of(task, issuing->client, grant->session_id));
	json_set_text(claims, "acr", grant->acr);
	if (names_count(grant->amr) > 0)
		json_object_set_new(claims, "amr", names_json(grant->amr));
}
