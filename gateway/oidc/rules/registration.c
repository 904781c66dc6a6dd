/* SPDX-License-Identifier: Apache-2.0
 *
 * What a client that registers itself may say (see registration.h).
 */
#include "oidc/rules/registration.h"

#include "core/settings.h"
#include "core/str.h"
#include "core/task.h"
#include "records/client_addresses.h"

#include <string.h>

#define SCOPES_MAX   64
#define DEVICE_GRANT "urn:ietf:params:oauth:grant-type:device_code"

static int members_take(
    struct task *task, const json_t *given, const json_t *before, json_t *metadata);
static bool may_say(const char *name);
static int statement_take(struct task *task, const json_t *statement, json_t *metadata);
static int redirects_check(struct task *task, const json_t *stated, const json_t *metadata);
static int grants_check(struct task *task, const json_t *metadata);
static int sector_check(struct task *task, const json_t *metadata);
static int scopes_take(struct task *task, json_t *metadata);
static int pkce_take(struct task *task, json_t *metadata);
static bool is_ours(const char *name);

int
registration_allowed(struct task *task, const json_t *given, const json_t *before,
    const json_t *statement, json_t **ret_metadata)
{
	json_t *metadata = json_keep(task, json_object());
	int r;

	r = members_take(task, given, before, metadata);
	if (r == 0 && statement != NULL)
		r = statement_take(task, statement, metadata);
	if (r == 0)
		r = grants_check(task, metadata);
	if (r == 0)
		r = sector_check(task, metadata);
	if (r == 0)
		r = scopes_take(task, metadata);
	if (r == 0)
		r = pkce_take(task, metadata);
	if (r < 0)
		return r;
	if (str_equal(json_get_text(metadata, "subject_type"), "public"))
		json_object_del(metadata, "subject_type");
	*ret_metadata = metadata;
	return 0;
}

/* RFC 7592 section 2.2: a client sends back what it was told, the operator's part of it as well. */
static int
members_take(struct task *task, const json_t *given, const json_t *before, json_t *metadata)
{
	const char *name;
	json_t *value;

	if (!json_is_object(given))
		return fail(task, INVALID_CLIENT_METADATA, "metadata is not an object");
	json_object_foreach((json_t *)(uintptr_t)given, name, value) {
		if (is_ours(name))
			continue;
		if (!may_say(name) && !json_equal(value, json_object_get(before, name)))
			return fail(
			    task, INVALID_CLIENT_METADATA, "%.80s is for an operator to set", name);
		json_object_set_new(metadata, name, json_deep_copy(value));
	}
	return 0;
}

static bool
may_say(const char *name)
{
	return !str_starts(name, "dvara_") || strcmp(name, "dvara_profile") == 0 ||
	       strcmp(name, "dvara_require_pkce") == 0;
}

/* What we choose ourselves. */
static bool
is_ours(const char *name)
{
	static const char *const names[] = {"client_id", "client_secret", "software_statement"};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (strcmp(name, names[i]) == 0)
			return true;
	return false;
}

static int
statement_take(struct task *task, const json_t *statement, json_t *metadata)
{
	const json_t *stated = json_object_get(statement, "redirect_uris");
	const char *name;
	json_t *value;
	int r;

	r = stated == NULL ? 0 : redirects_check(task, stated, metadata);
	if (r < 0)
		return r;
	json_object_foreach((json_t *)(uintptr_t)statement, name, value) {
		bool is_fewer =
		    strcmp(name, "redirect_uris") == 0 && json_object_get(metadata, name) != NULL;

		if (!is_ours(name) && !str_starts(name, "dvara_") && !is_fewer)
			json_object_set_new(metadata, name, json_deep_copy(value));
	}
	return 0;
}

static int
redirects_check(struct task *task, const json_t *stated, const json_t *metadata)
{
	const json_t *redirects = json_object_get(metadata, "redirect_uris"), *redirect;
	size_t i;

	json_array_foreach(redirects, i, redirect) {
		const char *text = json_string_value(redirect);

		if (text == NULL || !json_has_text(stated, text))
			return fail(task, INVALID_REDIRECT_URI,
			    "redirect_uris[%zu] is not in the software statement", i);
	}
	return 0;
}

static int
grants_check(struct task *task, const json_t *metadata)
{
	static const char *const names[] = {"authorization_code", "refresh_token", DEVICE_GRANT};
	const json_t *grants = json_object_get(metadata, "grant_types"), *grant;
	size_t i;

	json_array_foreach(grants, i, grant) {
		bool is_known = false;

		for (size_t n = 0; n < sizeof(names) / sizeof(names[0]); n++)
			is_known = is_known || str_equal(json_string_value(grant), names[n]);
		if (!is_known)
			return fail(task, INVALID_CLIENT_METADATA,
			    "grant_types[%zu] is not for a client that registers itself", i);
	}
	return 0;
}

/* A host's subjects are for who is given codes there (OpenID Connect Core section 8.1): not for who
 * names it and takes its tokens elsewhere, on a loopback address, in an app or by a device. */
static int
sector_check(struct task *task, const json_t *metadata)
{
	const json_t *redirects = json_object_get(metadata, "redirect_uris"), *redirect;
	bool has_sector = json_get_text(metadata, "sector_identifier_uri") != NULL;
	bool has_web = false, has_other = false;
	struct client_uri uri;
	size_t i;

	json_array_foreach(redirects, i, redirect) {
		bool is_web = client_uri_is_of_web(json_string_value(redirect), &uri);

		has_web = has_web || is_web;
		has_other = has_other || !is_web;
	}
	if ((has_web || has_sector) &&
	    json_has_text(json_object_get(metadata, "grant_types"), DEVICE_GRANT))
		return fail(task, INVALID_CLIENT_METADATA,
		    "grant_types: a device shares its subjects with no https address");
	if (has_web && has_other && !has_sector)
		return fail(task, INVALID_CLIENT_METADATA,
		    "redirect_uris are of https and of others: sector_identifier_uri is missing");
	if (has_sector && json_array_size(redirects) == 0)
		return fail(task, INVALID_CLIENT_METADATA,
		    "sector_identifier_uri: there are no redirect_uris for it to list");
	return 0;
}

int
registration_sector_check(struct task *task, const json_t *before, const json_t *metadata)
{
	struct client_uri had, has;
	bool had_one = client_addresses_sector(before, &had);
	bool has_one = client_addresses_sector(metadata, &has);

	if (had_one == has_one && (!has_one || (had.host_len == has.host_len &&
						   memcmp(had.host, has.host, has.host_len) == 0)))
		return 0;
	return fail(task, INVALID_CLIENT_METADATA,
	    "redirect_uris, sector_identifier_uri: another sector needs another registration");
}

static int
scopes_take(struct task *task, json_t *metadata)
{
	static const char ours[] = "openid profile email phone address offline_access";
	const char *scope = json_get_text(metadata, "scope");
	const char **words, *kept[SCOPES_MAX + 1] = {NULL};
	size_t n = 0;

	if (scope == NULL)
		return 0;
	words = str_words(task, scope, SCOPES_MAX);
	if (words == NULL)
		return fail(task, INVALID_CLIENT_METADATA, "scope has too many words");
	for (; *words != NULL; words++)
		if (str_has_word(ours, *words))
			kept[n++] = *words;
	if (n == 0)
		json_object_del(metadata, "scope");
	else
		json_set_text(metadata, "scope", str_join(task, kept, " "));
	return 0;
}

/* Where the operator lets clients do without, one that says nothing does: what a stock client that
 * registers itself does not know it cannot keep to. */
static int
pkce_take(struct task *task, json_t *metadata)
{
	static const char name[] = "dvara_require_pkce";
	const char *method = json_get_text(metadata, "token_endpoint_auth_method");
	const char *profile = json_get_text(metadata, "dvara_profile");
	bool is_strict = task->rooms->settings->registration_require_pkce;

	if (is_strict && json_is_false(json_object_get(metadata, name)))
		return fail(task, INVALID_CLIENT_METADATA, "%s: every client uses PKCE here", name);
	if (is_strict || json_object_get(metadata, name) != NULL || str_equal(method, "none") ||
	    (profile != NULL && strcmp(profile, "standard") != 0) ||
	    str_equal(json_get_text(metadata, "application_type"), "native"))
		return 0;
	json_object_set_new(metadata, name, json_false());
	return 0;
}
