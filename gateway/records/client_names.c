/* SPDX-License-Identifier: Apache-2.0
 *
 * How profiles and ways to authenticate are called (see client_rules.h).
 */
#include "records/client_rules.h"

#include "core/str.h"

static const char *const profiles[] = {
    [CLIENT_STANDARD] = "standard",
    [CLIENT_FAPI2] = "fapi2",
    [CLIENT_PUBLIC_NATIVE] = "public-native",
};
static const char *const auth_methods[] = {
    [CLIENT_AUTH_NONE] = "none",
    [CLIENT_AUTH_SECRET_BASIC] = "client_secret_basic",
    [CLIENT_AUTH_SECRET_POST] = "client_secret_post",
    [CLIENT_AUTH_PRIVATE_KEY_JWT] = "private_key_jwt",
    [CLIENT_AUTH_TLS] = "tls_client_auth",
    [CLIENT_AUTH_SELF_SIGNED_TLS] = "self_signed_tls_client_auth",
};

const char *
client_profile_name(enum client_profile profile)
{
	return profiles[profile];
}

enum client_profile
client_profile_of(const char *name)
{
	for (size_t i = 1; i < sizeof(profiles) / sizeof(profiles[0]); i++) {
		if (str_equal(profiles[i], name))
			return (enum client_profile)i;
	}
	return 0;
}

const char *
client_auth_name(enum client_auth_method method)
{
	return auth_methods[method];
}

enum client_auth_method
client_auth_of(const char *name)
{
	for (size_t i = 1; i < sizeof(auth_methods) / sizeof(auth_methods[0]); i++) {
		if (str_equal(auth_methods[i], name))
			return (enum client_auth_method)i;
	}
	return 0;
}
