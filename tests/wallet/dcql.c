/* SPDX-License-Identifier: Apache-2.0
 *
 * DCQL: reading the query once, then trying credentials against it.
 */
#include "dcql.h"

#include "claims.h"

#include <string.h>

static int read_credential(struct wallet *wallet, const json_t *query, struct dcql *ret_query);
static int check_claims(struct wallet *wallet, const json_t *claims);
static int check_claim(struct wallet *wallet, const json_t *claim);
static int check_sets(struct wallet *wallet, const struct dcql *query);
static bool type_matches(const struct dcql *query, const struct sdjwt *credential);
static bool authority_matches(
    struct wallet *wallet, const struct dcql *query, const struct sdjwt *credential);
static bool claims_match(const json_t *claims, const struct sdjwt *credential, bool *is_shown);
static json_t *claims_of_set(struct wallet *wallet, const struct dcql *query, const json_t *set);
static json_t *claim_paths(struct wallet *wallet, const json_t *claims);
static json_t *find_claim(const struct dcql *query, const char *id);
static bool is_id(const json_t *value);

int
dcql_read(struct wallet *wallet, const json_t *query, struct dcql *ret_query)
{
	const json_t *credentials = json_object_get(query, "credentials");

	if (json_array_size(credentials) != 1)
		return wallet_fail(wallet, WALLET_FAILED,
		    "dcql_query asks for %zu credentials; this wallet presents one",
		    json_array_size(credentials));
	return read_credential(wallet, json_array_get(credentials, 0), ret_query);
}

static int
read_credential(struct wallet *wallet, const json_t *query, struct dcql *ret_query)
{
	const char *format = json_string_value(json_object_get(query, "format"));
	struct dcql dcql = {
	    .id = json_string_value(json_object_get(query, "id")),
	    .vct_values = json_object_get(json_object_get(query, "meta"), "vct_values"),
	    .claims = json_object_get(query, "claims"),
	    .claim_sets = json_object_get(query, "claim_sets"),
	    .authorities = json_object_get(query, "trusted_authorities"),
	};
	int r;

	if (!is_id(json_object_get(query, "id")))
		return wallet_fail(wallet, WALLET_FAILED, "dcql_query has a bad id");
	if (!format || strcmp(format, "dc+sd-jwt") != 0)
		return wallet_fail(wallet, WALLET_FAILED, "dcql_query does not ask for dc+sd-jwt");
	if (json_array_size(dcql.vct_values) == 0)
		return wallet_fail(wallet, WALLET_FAILED, "dcql_query has no vct_values");
	if (dcql.authorities && json_array_size(dcql.authorities) == 0)
		return wallet_fail(wallet, WALLET_FAILED, "dcql_query has bad trusted_authorities");
	r = dcql.claims ? check_claims(wallet, dcql.claims) : 0;
	if (r < 0)
		return r;
	r = dcql.claim_sets ? check_sets(wallet, &dcql) : 0;
	if (r < 0)
		return r;
	*ret_query = dcql;
	return 0;
}

static bool
is_id(const json_t *value)
{
	const char *text = json_string_value(value);

	return text && *text &&
	       text[strspn(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
				 "0123456789-_")] == '\0';
}

static int
check_claims(struct wallet *wallet, const json_t *claims)
{
	json_t *claim;
	size_t i;
	int r;

	if (json_array_size(claims) == 0)
		return wallet_fail(wallet, WALLET_FAILED, "dcql_query has empty claims");
	json_array_foreach(claims, i, claim) {
		r = check_claim(wallet, claim);
		if (r < 0)
			return r;
	}
	return 0;
}

static int
check_claim(struct wallet *wallet, const json_t *claim)
{
	const json_t *id = json_object_get(claim, "id");
	const json_t *values = json_object_get(claim, "values");

	if (!claims_path_is_valid(json_object_get(claim, "path")))
		return wallet_fail(wallet, WALLET_FAILED, "dcql_query has a bad claim path");
	if (id && !is_id(id))
		return wallet_fail(wallet, WALLET_FAILED, "dcql_query has a bad claim id");
	if (values && json_array_size(values) == 0)
		return wallet_fail(wallet, WALLET_FAILED, "dcql_query has bad claim values");
	return 0;
}

static int
check_sets(struct wallet *wallet, const struct dcql *query)
{
	json_t *set, *id;
	size_t i, j;

	if (!query->claims || json_array_size(query->claim_sets) == 0)
		return wallet_fail(wallet, WALLET_FAILED, "dcql_query has bad claim_sets");
	json_array_foreach(query->claim_sets, i, set) {
		if (json_array_size(set) == 0)
			return wallet_fail(wallet, WALLET_FAILED, "dcql_query has bad claim_sets");
		json_array_foreach(set, j, id)
			if (!json_is_string(id) || !find_claim(query, json_string_value(id)))
				return wallet_fail(
				    wallet, WALLET_FAILED, "dcql_query has bad claim_sets");
	}
	return 0;
}

static json_t *
find_claim(const struct dcql *query, const char *id)
{
	json_t *claim;
	size_t i;

	json_array_foreach(query->claims, i, claim) {
		const char *claim_id = json_string_value(json_object_get(claim, "id"));

		if (claim_id && strcmp(claim_id, id) == 0)
			return claim;
	}
	return NULL;
}

bool
dcql_matches(struct wallet *wallet, const struct dcql *query, const struct sdjwt *credential,
    bool *is_shown, json_t **ret_paths)
{
	json_t *set, *claims;
	size_t i;

	if (!type_matches(query, credential) || !authority_matches(wallet, query, credential))
		return false;
	if (!query->claim_sets) {
		*ret_paths = claim_paths(wallet, query->claims);
		return claims_match(query->claims, credential, is_shown);
	}
	json_array_foreach(query->claim_sets, i, set) {
		claims = claims_of_set(wallet, query, set);
		*ret_paths = claim_paths(wallet, claims);
		if (claims_match(claims, credential, is_shown))
			return true;
	}
	return false;
}

static bool
type_matches(const struct dcql *query, const struct sdjwt *credential)
{
	const json_t *vct = json_object_get(credential->issuer.payload, "vct");
	json_t *one;
	size_t i;

	json_array_foreach(query->vct_values, i, one)
		if (json_is_string(one) && json_equal(one, vct))
			return true;
	return false;
}

/* Types of authority that are not known here never match (section 6.1.1). */
static bool
authority_matches(struct wallet *wallet, const struct dcql *query, const struct sdjwt *credential)
{
	json_t *entry, *value;
	struct chain chain;
	size_t i, j;

	if (!query->authorities)
		return true;
	if (chain_read(wallet, "the credential", credential->issuer.header, &chain) < 0)
		return false;
	json_array_foreach(query->authorities, i, entry) {
		const char *type = json_string_value(json_object_get(entry, "type"));

		if (!type || strcmp(type, "aki") != 0)
			continue;
		json_array_foreach(json_object_get(entry, "values"), j, value)
			if (json_is_string(value) &&
			    chain_has_authority(wallet, &chain, json_string_value(value)))
				return true;
	}
	return false;
}

static bool
claims_match(const json_t *claims, const struct sdjwt *credential, bool *is_shown)
{
	json_t *claim;
	size_t i;

	memset(is_shown, 0, credential->n_disclosures * sizeof(*is_shown));
	json_array_foreach(claims, i, claim)
		if (claims_select(credential, json_object_get(claim, "path"),
			json_object_get(claim, "values"), is_shown) == 0)
			return false;
	return true;
}

static json_t *
claims_of_set(struct wallet *wallet, const struct dcql *query, const json_t *set)
{
	json_t *claims = wallet_json(wallet, json_array());
	json_t *id;
	size_t i;

	json_array_foreach(set, i, id)
		json_array_append(claims, find_claim(query, json_string_value(id)));
	return claims;
}

static json_t *
claim_paths(struct wallet *wallet, const json_t *claims)
{
	json_t *paths = wallet_json(wallet, json_array());
	json_t *claim;
	size_t i;

	json_array_foreach(claims, i, claim)
		json_array_append(paths, json_object_get(claim, "path"));
	return paths;
}

json_t *
dcql_paths(struct wallet *wallet, const struct dcql *query)
{
	return claim_paths(wallet, query->claims);
}
