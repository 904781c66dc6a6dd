/* SPDX-License-Identifier: Apache-2.0
 *
 * Client certificates in a client's metadata (see client_tls.h).
 */
#include "records/client_tls.h"

#include "core/task.h"
#include "x509/trust.h"

#include <string.h>

static const struct {
	const char *member;
	enum leaf_name kind;
} names[] = {
    {"tls_client_auth_subject_dn", LEAF_SUBJECT_DN},
    {"tls_client_auth_san_dns", LEAF_SAN_DNS},
    {"tls_client_auth_san_uri", LEAF_SAN_URI},
    {"tls_client_auth_san_ip", LEAF_SAN_IP},
    {"tls_client_auth_san_email", LEAF_SAN_EMAIL},
};

static int names_check(struct task *task, const json_t *metadata);
static int certificates_check(struct task *task, const json_t *metadata);
static int certificate_check(struct task *task, const json_t *json);

int
client_tls_check(struct task *task, const json_t *metadata, enum client_auth_method method)
{
	if (method == CLIENT_AUTH_TLS)
		return names_check(task, metadata);
	if (method == CLIENT_AUTH_SELF_SIGNED_TLS)
		return certificates_check(task, metadata);
	return 0;
}

/* RFC 8705 section 2.1.2. */
static int
names_check(struct task *task, const json_t *metadata)
{
	size_t n = 0;

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		n += json_get_text(metadata, names[i].member) != NULL;
	if (n == 1)
		return 0;
	return fail(task, INVALID_CLIENT_METADATA,
	    "tls_client_auth asks for one of tls_client_auth_subject_dn, _san_dns, _san_uri, "
	    "_san_ip, _san_email, not for %zu",
	    n);
}

static int
certificates_check(struct task *task, const json_t *metadata)
{
	const json_t *keys = json_object_get(json_object_get(metadata, "jwks"), "keys"), *key;
	size_t i, n = json_object_get(metadata, "jwks_uri") != NULL;

	json_array_foreach(keys, i, key) {
		if (json_object_get(key, "x5c") == NULL)
			continue;
		if (certificate_check(task, key) < 0)
			return fault_as(task, INVALID_CLIENT_METADATA);
		n++;
	}
	if (n > 0)
		return 0;
	return fail(task, INVALID_CLIENT_METADATA,
	    "jwks: self_signed_tls_client_auth asks for a key with its certificate (x5c)");
}

/* RFC 7517 section 4.7: the key in the first certificate is the key of the JWK. */
static int
certificate_check(struct task *task, const json_t *json)
{
	const json_t *first = json_array_get(json_object_get(json, "x5c"), 0);
	const char *text = json_string_value(first);
	auto_jwk *key = NULL, *certified = NULL;
	struct bytes der, spki;
	int r;

	if (text == NULL || !b64_decode(task, text, strlen(text), &der) ||
	    !chain_spki(task, der, &spki))
		return fail(task, INVALID_CLIENT_METADATA, "jwks: x5c is not a certificate");
	r = jwk_parse_spki(task, spki, &certified);
	if (r < 0)
		return r;
	r = jwk_parse(task, json, &key);
	if (r < 0)
		return r;
	if (!str_equal(jwk_thumbprint(task, key), jwk_thumbprint(task, certified)))
		return fail(task, INVALID_CLIENT_METADATA, "jwks: x5c is of another key");
	return 0;
}

void
client_tls_name(const json_t *metadata, enum leaf_name *ret_kind, const char **ret_name)
{
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		const char *name = json_get_text(metadata, names[i].member);

		if (name == NULL)
			continue;
		*ret_kind = names[i].kind;
		*ret_name = name;
	}
}
