/* SPDX-License-Identifier: Apache-2.0
 *
 * Metadata of credential issuer and authorization server, each at its inserted well-known address
 * and each naming itself exactly as it was asked for.
 */
#include "issuer.h"

#include "url.h"
#include "web.h"

#include <string.h>

static int fetch(struct wallet *wallet, const char *identifier, const char *well_known,
    const char *self, json_t **ret_metadata);
static size_t batch_size(const json_t *metadata);
static int choose_configuration(struct wallet *wallet, const json_t *metadata,
    const struct offer *offer, struct issuer *issuer);
static bool can_hold(const json_t *configuration);
static int read_server(struct wallet *wallet, const json_t *metadata, const struct offer *offer,
    struct issuer *issuer);
static const char *choose_server(const json_t *metadata, const struct offer *offer);
static bool list_has(const json_t *list, const char *text);
static const char *text_of(const json_t *object, const char *name);

int
issuer_discover(struct wallet *wallet, const struct offer *offer, const char *configuration_id,
    struct issuer *ret_issuer)
{
	struct issuer issuer = {.identifier = offer->issuer, .configuration_id = configuration_id};
	json_t *metadata;
	int r;

	r = fetch(
	    wallet, offer->issuer, "openid-credential-issuer", "credential_issuer", &metadata);
	if (r < 0)
		return r;
	issuer.credential_endpoint = text_of(metadata, "credential_endpoint");
	issuer.nonce_endpoint = text_of(metadata, "nonce_endpoint");
	issuer.notification_endpoint = text_of(metadata, "notification_endpoint");
	issuer.n_batch = batch_size(metadata);
	if (!issuer.credential_endpoint)
		return wallet_fail(wallet, WALLET_FAILED, "the issuer has no credential endpoint");
	r = choose_configuration(wallet, metadata, offer, &issuer);
	if (r < 0)
		return r;
	r = read_server(wallet, metadata, offer, &issuer);
	if (r < 0)
		return r;
	*ret_issuer = issuer;
	return 0;
}

static int
fetch(struct wallet *wallet, const char *identifier, const char *well_known, const char *self,
    json_t **ret_metadata)
{
	struct web_request request = {.what = wallet_printf(wallet, "%s metadata", well_known)};
	struct web_answer answer;
	json_t *metadata;
	const char *name;
	int r;

	r = url_well_known(wallet, identifier, well_known, &request.url);
	if (r < 0)
		return r;
	r = web_send(wallet, &request, &answer);
	if (r < 0)
		return r;
	r = web_json(wallet, request.what, &answer, &metadata);
	if (r < 0)
		return r;
	name = text_of(metadata, self);
	if (!name || strcmp(name, identifier) != 0)
		return wallet_fail(wallet, WALLET_FAILED, "%s names another %s than %s",
		    request.what, self, identifier);
	*ret_metadata = metadata;
	return 0;
}

/* Section 12.2.4: at least two where there is one. */
static size_t
batch_size(const json_t *metadata)
{
	json_int_t size = json_integer_value(
	    json_object_get(json_object_get(metadata, "batch_credential_issuance"), "batch_size"));

	return size > 1 ? (size_t)size : 1;
}

static int
choose_configuration(
    struct wallet *wallet, const json_t *metadata, const struct offer *offer, struct issuer *issuer)
{
	const json_t *supported = json_object_get(metadata, "credential_configurations_supported");
	json_t *id;
	size_t i;

	json_array_foreach(offer->configuration_ids, i, id) {
		const char *text = json_string_value(id);
		const json_t *configuration = text ? json_object_get(supported, text) : NULL;

		if (issuer->configuration_id && text && strcmp(text, issuer->configuration_id) != 0)
			continue;
		if (!can_hold(configuration))
			continue;
		issuer->configuration_id = text;
		issuer->configuration = configuration;
		return 0;
	}
	return wallet_fail(wallet, WALLET_FAILED,
	    "the offer has no credential this wallet can hold%s%s",
	    issuer->configuration_id ? ": " : "",
	    issuer->configuration_id ? issuer->configuration_id : "");
}

static bool
can_hold(const json_t *configuration)
{
	const char *format = text_of(configuration, "format");
	const json_t *proof =
	    json_object_get(json_object_get(configuration, "proof_types_supported"), "jwt");

	return format && strcmp(format, "dc+sd-jwt") == 0 && text_of(configuration, "vct") &&
	       list_has(json_object_get(configuration, "cryptographic_binding_methods_supported"),
		   "jwk") &&
	       list_has(json_object_get(proof, "proof_signing_alg_values_supported"), "ES256") &&
	       !json_object_get(proof, "key_attestations_required");
}

static int
read_server(
    struct wallet *wallet, const json_t *metadata, const struct offer *offer, struct issuer *issuer)
{
	const char *server = choose_server(metadata, offer);
	json_t *server_metadata;
	int r;

	if (!server)
		return wallet_fail(wallet, WALLET_FAILED,
		    "the offer names an authorization server the issuer has not");
	r = url_check(wallet, server, "the authorization server");
	if (r < 0)
		return r;
	r = fetch(wallet, server, "oauth-authorization-server", "issuer", &server_metadata);
	if (r < 0)
		return r;
	issuer->token_endpoint = text_of(server_metadata, "token_endpoint");
	issuer->has_dpop = list_has(
	    json_object_get(server_metadata, "dpop_signing_alg_values_supported"), "ES256");
	issuer->allows_anonymous = json_is_true(
	    json_object_get(server_metadata, "pre-authorized_grant_anonymous_access_supported"));
	if (!issuer->token_endpoint)
		return wallet_fail(
		    wallet, WALLET_FAILED, "the authorization server has no token endpoint");
	return 0;
}

/* Without "authorization_servers" the issuer is its own. */
static const char *
choose_server(const json_t *metadata, const struct offer *offer)
{
	const json_t *servers = json_object_get(metadata, "authorization_servers");

	if (!servers)
		return offer->authorization_server ? NULL : offer->issuer;
	if (!offer->authorization_server)
		return json_string_value(json_array_get(servers, 0));
	return list_has(servers, offer->authorization_server) ? offer->authorization_server : NULL;
}

static bool
list_has(const json_t *list, const char *text)
{
	json_t *one;
	size_t i;

	json_array_foreach(list, i, one)
		if (json_is_string(one) && strcmp(json_string_value(one), text) == 0)
			return true;
	return false;
}

static const char *
text_of(const json_t *object, const char *name)
{
	return json_string_value(json_object_get(object, name));
}
