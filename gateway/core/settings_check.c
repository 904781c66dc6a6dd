/* SPDX-License-Identifier: Apache-2.0
 *
 * What must hold between settings, each of which is right by itself.
 */
#include "core/settings_inside.h"

#include "core/str.h"

#include <arpa/inet.h>
#include <string.h>

static int issuer_check(const struct settings *settings, struct settings_error *ret_error);
static int listeners_check(const struct settings *settings, struct settings_error *ret_error);
static int certificates_check(const struct settings *settings, struct settings_error *ret_error);
static int pairs_check(const struct settings *settings, struct settings_error *ret_error);
static int words_check(const struct settings *settings, struct settings_error *ret_error);
static int methods_check(const struct settings *settings, struct settings_error *ret_error);
static int times_check(const struct settings *settings, struct settings_error *ret_error);

int
settings_check(const struct settings *settings, struct settings_error *ret_error)
{
	if (issuer_check(settings, ret_error) < 0 || listeners_check(settings, ret_error) < 0 ||
	    pairs_check(settings, ret_error) < 0 || words_check(settings, ret_error) < 0)
		return -1;
	return times_check(settings, ret_error);
}

/* OpenID Connect Discovery section 3: https, no query; RFC 9700 section 2.6 for loopback.  Paths,
 * cookies and pages stand at the root of their host. */
static int
issuer_check(const struct settings *settings, struct settings_error *ret_error)
{
	if (strchr(settings->gateway_issuer, '?') != NULL)
		return settings_refuse(ret_error, 0, "[gateway] issuer must not have a query");
	if (!str_ends(settings->gateway_issuer, settings->host))
		return settings_refuse(ret_error, 0, "[gateway] issuer must not have a path");
	if (!settings->is_https && !settings_is_loopback(settings->host))
		return settings_refuse(
		    ret_error, 0, "[gateway] issuer must be https, except on loopback");
	return 0;
}

static int
listeners_check(const struct settings *settings, struct settings_error *ret_error)
{
	if (!settings_is_loopback(settings->gateway_management))
		return settings_refuse(
		    ret_error, 0, "[gateway] management must be a loopback address");
	if (settings->gateway_demo && !settings_is_loopback(settings->gateway_listen))
		return settings_refuse(ret_error, 0,
		    "[gateway] demo lets anybody in: listen must then be a loopback address");
	if (str_equal(settings->gateway_listen, settings->gateway_management))
		return settings_refuse(
		    ret_error, 0, "[gateway] listen and management are the same");
	return certificates_check(settings, ret_error);
}

/* Where client certificates come in (RFC 8705). */
static int
certificates_check(const struct settings *settings, struct settings_error *ret_error)
{
	if (settings->gateway_proxy_certificates && *settings->gateway_trusted_proxies == NULL)
		return settings_refuse(ret_error, 0,
		    "[gateway] proxy_certificates needs trusted_proxies to come from");
	/* Whoever reaches the listener past the proxy, from an address that is trusted, is whom
	 * they say they are. */
	if (settings->gateway_proxy_certificates && !settings_is_private(settings->gateway_listen))
		return settings_refuse(ret_error, 0,
		    "[gateway] proxy_certificates: listen is open to more than the proxy: it must "
		    "be "
		    "loopback or a private address");
	if (settings->gateway_mtls_url != NULL &&
	    !str_starts(settings->gateway_mtls_url, "https://") &&
	    !settings_is_loopback(settings->mtls_host))
		return settings_refuse(
		    ret_error, 0, "[gateway] mtls_url must be https, except on loopback");
	if (settings->gateway_mtls_listen == NULL)
		return 0;
	if (settings->gateway_mtls_url == NULL || settings->tls_certificate_file == NULL)
		return settings_refuse(ret_error, 0,
		    "[gateway] mtls_listen needs mtls_url, and [tls] certificate_file");
	if (str_equal(settings->gateway_mtls_listen, settings->gateway_listen) ||
	    str_equal(settings->gateway_mtls_listen, settings->gateway_management))
		return settings_refuse(
		    ret_error, 0, "[gateway] mtls_listen is the address of another listener");
	return 0;
}

/* A certificate and its key come together. */
static int
pairs_check(const struct settings *settings, struct settings_error *ret_error)
{
	if ((settings->tls_certificate_file == NULL) != (settings->tls_key_file == NULL))
		return settings_refuse(
		    ret_error, 0, "[tls] certificate_file and key_file go together");
	if ((settings->registration_statement_issuer == NULL) !=
	    (settings->registration_statement_keys_file == NULL))
		return settings_refuse(ret_error, 0,
		    "[registration] statement_issuer and statement_keys_file go together");
	if ((settings->wallet_certificate_file == NULL) != (settings->wallet_key_file == NULL))
		return settings_refuse(
		    ret_error, 0, "[wallet] certificate_file and key_file go together");
	if ((settings->issue_certificate_file == NULL) != (settings->issue_key_file == NULL))
		return settings_refuse(
		    ret_error, 0, "[issue] certificate_file and key_file go together");
	return 0;
}

static bool
is_country(const char *code)
{
	return code == NULL ||
	       (strlen(code) == 2 && strspn(code, "ABCDEFGHIJKLMNOPQRSTUVWXYZ") == 2);
}

/* Texts of which only a few mean something. */
static int
words_check(const struct settings *settings, struct settings_error *ret_error)
{
	if (!str_has_word("km lo en fr ar", settings->gateway_language))
		return settings_refuse(
		    ret_error, 0, "[gateway] language must be one of: km lo en fr ar");
	if (!is_country(settings->gateway_country))
		return settings_refuse(
		    ret_error, 0, "[gateway] country is not two capital letters (ISO 3166-1)");
	if (!str_has_word("error warning notice info debug", settings->gateway_log_level))
		return settings_refuse(ret_error, 0,
		    "[gateway] log_level must be one of: error warning notice info debug");
	if (!str_has_word("openid4vp haip-vp", settings->wallet_scheme))
		return settings_refuse(
		    ret_error, 0, "[wallet] scheme must be openid4vp or haip-vp");
	return methods_check(settings, ret_error);
}

/* login/login_ways.c has their table. */
static int
methods_check(const struct settings *settings, struct settings_error *ret_error)
{
	const char *const *method = settings->login_methods, *const * before;

	for (; *method != NULL; method++) {
		if (!str_has_word("wallet card upstream", *method))
			return settings_refuse(
			    ret_error, 0, "[login] methods must be of: wallet card upstream");
		for (before = settings->login_methods; before != method; before++)
			if (str_equal(*before, *method))
				return settings_refuse(
				    ret_error, 0, "[login] methods names one twice");
	}
	return 0;
}

/* What lives no time at all would make every login fail, one by one. */
static int
times_check(const struct settings *settings, struct settings_error *ret_error)
{
	const int64_t lives_s[] = {settings->session_idle, settings->session_absolute,
	    settings->tokens_code, settings->tokens_access, settings->tokens_id,
	    settings->tokens_refresh, settings->tokens_refresh_idle, settings->par_life,
	    settings->device_life, settings->device_interval, settings->login_transaction,
	    settings->wallet_handle, settings->wallet_transaction, settings->issue_life,
	    settings->issue_offer, settings->consent_life, settings->consent_request_life,
	    settings->redis_timeout, settings->services_deadline, settings->registration_invite,
	    settings->account_answer, settings->account_appeal};

	for (size_t i = 0; i < sizeof(lives_s) / sizeof(*lives_s); i++) {
		if (lives_s[i] == 0)
			return settings_refuse(ret_error, 0,
			    "no life and no time-out may be 0s; only [wallet] status_stale may");
	}
	if (settings->keys_rotate != 0 &&
	    (settings->keys_stage < 360 || settings->keys_stage > settings->keys_rotate / 2))
		return settings_refuse(
		    ret_error, 0, "[keys] stage is under 6m, or over half of [keys] rotate");
	if (settings->session_idle > settings->session_absolute)
		return settings_refuse(
		    ret_error, 0, "[session] idle is longer than [session] absolute");
	if (settings->tokens_code > 60)
		return settings_refuse(
		    ret_error, 0, "[tokens] code is over 60s (FAPI 2.0 section 5.3.2.1)");
	if (settings->tokens_access > SETTINGS_ACCESS_MAX_S)
		return settings_refuse(ret_error, 0,
		    "[tokens] access is over 1h: refresh tokens are there for longer work");
	if (settings->par_life >= 600)
		return settings_refuse(
		    ret_error, 0, "[par] life is 10 minutes or more (FAPI 2.0 section 5.3.2.2)");
	if (settings->gateway_loops > 256)
		return settings_refuse(ret_error, 0, "[gateway] loops is over 256");
	if (settings->gateway_connections == 0 || settings->gateway_connections_per_address == 0)
		return settings_refuse(ret_error, 0, "[gateway] connections must not be 0");
	return 0;
}

bool
settings_is_loopback(const char *host)
{
	char name[INET6_ADDRSTRLEN + 2] = "";
	const char *colon = strrchr(host, ':');
	size_t len = strlen(host);
	uint8_t ip[4];

	if (colon != NULL && !str_ends(host, "]"))
		len = (size_t)(colon - host);
	if (len >= sizeof(name))
		return false;
	memcpy(name, host, len);
	if (str_equal(name, "localhost") || str_equal(name, "[::1]"))
		return true;
	return inet_pton(AF_INET, name, ip) == 1 && ip[0] == 127;
}

/* RFC 1918, RFC 4193, and link-local addresses, beside loopback. */
bool
settings_is_private(const char *listen)
{
	char name[INET6_ADDRSTRLEN + 2] = "";
	const char *colon = strrchr(listen, ':');
	size_t len = colon != NULL ? (size_t)(colon - listen) : strlen(listen);
	uint8_t ip[16];

	if (settings_is_loopback(listen))
		return true;
	if (len >= sizeof(name))
		return false;
	memcpy(name, listen, len);
	if (inet_pton(AF_INET, name, ip) == 1)
		return ip[0] == 10 || (ip[0] == 172 && (ip[1] & 0xF0) == 16) ||
		       (ip[0] == 192 && ip[1] == 168) || (ip[0] == 169 && ip[1] == 254);
	if (name[0] != '[' || name[len - 1] != ']')
		return false;
	name[len - 1] = '\0';
	return inet_pton(AF_INET6, name + 1, ip) == 1 &&
	       ((ip[0] & 0xFE) == 0xFC || (ip[0] == 0xFE && (ip[1] & 0xC0) == 0x80));
}
