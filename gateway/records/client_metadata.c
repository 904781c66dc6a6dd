/* SPDX-License-Identifier: Apache-2.0
 *
 * Checks a client's metadata (see client_metadata.h): first each member by itself, from one table,
 * then what they mean together (client_rules.c).
 */
#include "records/client_metadata.h"

#include "core/names.h"
#include "core/task.h"
#include "records/client_rules.h"
#include "records/client_uri.h"

#include <string.h>

#define TEXT_MAX_BYTES 1000
#define NAME_MAX_BYTES 200
#define LIST_MAX       32
#define TAG_MAX_BYTES  36 /* a language, '#' before it */

enum member_type { TEXT = 1, NAME, ADDRESS, TRUTH, COUNT, TEXTS, ANY };
static const struct member {
	const char *name;
	enum member_type type;
} members[] = {
    {"application_type", TEXT},
    {"authorization_encrypted_response_alg", TEXT},
    {"authorization_encrypted_response_enc", TEXT},
    {"authorization_signed_response_alg", TEXT},
    {"backchannel_authentication_request_signing_alg", TEXT},
    {"backchannel_client_notification_endpoint", ADDRESS},
    {"backchannel_logout_session_required", TRUTH},
    {"backchannel_logout_uri", ADDRESS},
    {"backchannel_token_delivery_mode", TEXT},
    {"backchannel_user_code_parameter", TRUTH},
    {"client_name", NAME},
    {"client_uri", ADDRESS},
    {"contacts", TEXTS},
    {"default_acr_values", TEXTS},
    {"default_max_age", COUNT},
    {"dpop_bound_access_tokens", TRUTH},
    {"dvara_events", ANY},
    {"dvara_profile", TEXT},
    {"dvara_purposes", ANY},
    {"dvara_require_pkce", TRUTH},
    {"dvara_resources", TEXTS},
    {"dvara_response_modes", TEXTS},
    {"dvara_same_device", TRUTH},
    {"dvara_service", TRUTH},
    {"frontchannel_logout_session_required", TRUTH},
    {"frontchannel_logout_uri", ADDRESS},
    {"grant_types", TEXTS},
    {"id_token_encrypted_response_alg", TEXT},
    {"id_token_encrypted_response_enc", TEXT},
    {"id_token_signed_response_alg", TEXT},
    {"initiate_login_uri", ADDRESS},
    {"introspection_signed_response_alg", TEXT},
    {"jwks", ANY},
    {"jwks_uri", ADDRESS},
    {"logo_uri", ADDRESS},
    {"policy_uri", ADDRESS},
    {"post_logout_redirect_uris", TEXTS},
    {"redirect_uris", TEXTS},
    {"require_auth_time", TRUTH},
    {"request_object_signing_alg", TEXT},
    {"require_pushed_authorization_requests", TRUTH},
    {"require_signed_request_object", TRUTH},
    {"response_types", TEXTS},
    {"scope", TEXT},
    {"sector_identifier_uri", ADDRESS},
    {"software_id", TEXT},
    {"software_version", TEXT},
    {"subject_type", TEXT},
    {"tls_client_auth_san_dns", TEXT},
    {"tls_client_auth_san_email", TEXT},
    {"tls_client_auth_san_ip", TEXT},
    {"tls_client_auth_san_uri", TEXT},
    {"tls_client_auth_subject_dn", TEXT},
    {"tls_client_certificate_bound_access_tokens", TRUTH},
    {"token_endpoint_auth_method", TEXT},
    {"token_endpoint_auth_signing_alg", TEXT},
    {"tos_uri", ADDRESS},
    {"userinfo_encrypted_response_alg", TEXT},
    {"userinfo_encrypted_response_enc", TEXT},
    {"userinfo_signed_response_alg", TEXT},
};

/* What would promise the client something that it does not get. */
static const char *const refused[] = {
    "software_statement",
    "request_object_encryption_alg",
};

/* What stands beside metadata, in a registration and in its answer. */
static const char *const of_registration[] = {"client_id", "client_secret", "client_id_issued_at",
    "client_secret_expires_at", "registration_access_token", "registration_client_uri",
    "private_jwks", NULL};

static int member_check(
    struct task *task, const char *name, const json_t *value, const struct member **ret_member);
static int stranger_check(struct task *task, const char *name, const json_t *value);
static const struct member *member_find(const char *name);
static const struct member *member_in_a_language(const char *name);
static const char *member_meant(const char *name);
static const char *stranger_said(struct task *task, const char *name);
static const char *member_wrong(enum member_type type, const json_t *value);
static const char *texts_wrong(const json_t *value);
static const char *address_wrong(const json_t *value);

int
client_metadata_check(struct task *task, const json_t *given, json_t **ret_metadata)
{
	json_t *metadata = json_keep(task, json_object());
	const char *name;
	json_t *value;
	int r;

	if (!json_is_object(given))
		return fail(task, INVALID_CLIENT_METADATA, "metadata is not an object");
	if (json_dumpb(given, NULL, 0, JSON_COMPACT) > CLIENT_METADATA_MAX_BYTES)
		return fail(task, INVALID_CLIENT_METADATA, "metadata is over %u bytes",
		    CLIENT_METADATA_MAX_BYTES);
	json_object_foreach((json_t *)(uintptr_t)given, name, value) {
		const struct member *member = NULL;

		if (json_is_null(value)) /* RFC 7591 section 2: as if it were not there */
			continue;
		r = member_check(task, name, value, &member);
		if (r < 0)
			return r;
		if (member != NULL)
			json_object_set_new(metadata, name, json_deep_copy(value));
	}
	r = client_rules_apply(task, given, metadata);
	if (r < 0)
		return r;
	*ret_metadata = metadata;
	return 0;
}

/* *ret_member stays as it is where the member is left out. */
static int
member_check(
    struct task *task, const char *name, const json_t *value, const struct member **ret_member)
{
	const struct member *member = member_find(name);
	const char *why;

	if (member == NULL)
		return stranger_check(task, name, value);
	why = member_wrong(member->type, value);
	if (why != NULL)
		return fail(task, INVALID_CLIENT_METADATA, "%s %s", name, why);
	*ret_member = member;
	return 0;
}

static const struct member *
member_find(const char *name)
{
	for (size_t i = 0; i < sizeof(members) / sizeof(members[0]); i++) {
		if (strcmp(members[i].name, name) == 0)
			return &members[i];
	}
	return member_in_a_language(name);
}

/* client_name#km (OpenID Connect Dynamic Client Registration section 2.1) */
static const struct member *
member_in_a_language(const char *name)
{
	static const char *const names[] = {"client_name", "policy_uri", "tos_uri"};
	size_t len = strcspn(name, "#");

	if (name[len] == '\0' || strlen(name + len) > TAG_MAX_BYTES)
		return NULL;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (strlen(names[i]) == len && strncmp(names[i], name, len) == 0)
			return member_find(names[i]);
	return NULL;
}

static int
stranger_check(struct task *task, const char *name, const json_t *value)
{
	const char *text = json_string_value(value);

	if (str_starts(name, "dvara_"))
		return fail(task, INVALID_CLIENT_METADATA, "%s", stranger_said(task, name));
	for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++) {
		if (strcmp(name, refused[i]) == 0)
			return fail(task, INVALID_CLIENT_METADATA, "%s is not supported", name);
	}
	if (text != NULL && str_ends(name, "_alg") &&
	    (strcmp(text, "none") == 0 || str_starts(text, "HS")))
		return fail(task, INVALID_CLIENT_METADATA, "%.80s is not safe", name);
	return 0;
}

/* "… is not known", and what was meant. */
static const char *
stranger_said(struct task *task, const char *name)
{
	const char *meant = member_meant(name);

	if (meant == NULL)
		return task_printf(task, "%.80s is not known", name);
	return task_printf(task, "%.80s is not known: did you mean %s?", name, meant);
}

static const char *
member_meant(const char *name)
{
	const char *names[sizeof(members) / sizeof(members[0]) + 1] = {NULL};

	for (size_t i = 0; i < sizeof(members) / sizeof(members[0]); i++)
		names[i] = members[i].name;
	return names_nearest(names, name);
}

const char *
client_metadata_left_out(struct task *task, const json_t *given)
{
	const char *name;
	json_t *value;

	json_object_foreach((json_t *)(uintptr_t)given, name, value)
		if (member_find(name) == NULL && !names_have(of_registration, name) &&
		    member_meant(name) != NULL)
			return stranger_said(task, name);
	return NULL;
}

static const char *
member_wrong(enum member_type type, const json_t *value)
{
	switch (type) {
	case TEXT:
		return client_text_is_plain(value, TEXT_MAX_BYTES) ? NULL : "is not a plain text";
	case NAME:
		return client_text_is_plain(value, NAME_MAX_BYTES)
			   ? NULL
			   : "is not a plain text of up to 200 bytes";
	case ADDRESS: return address_wrong(value);
	case TRUTH: return json_is_boolean(value) ? NULL : "is not true or false";
	case COUNT:
		return json_is_integer(value) && json_integer_value(value) >= 0 &&
			       json_integer_value(value) <= INT32_MAX
			   ? NULL
			   : "is not a number of seconds";
	case TEXTS: return texts_wrong(value);
	case ANY: return NULL;
	}
	return "is of no known type";
}

static const char *
texts_wrong(const json_t *value)
{
	const json_t *text;
	size_t i;

	if (!json_is_array(value) || json_array_size(value) > LIST_MAX)
		return "is not an array of at most 32 texts";
	json_array_foreach(value, i, text) {
		if (!client_text_is_plain(text, 2 * TEXT_MAX_BYTES))
			return "is not an array of plain texts";
		for (size_t n = 0; n < i; n++) {
			if (json_equal(text, json_array_get(value, n)))
				return "names the same twice";
		}
	}
	return NULL;
}

static const char *
address_wrong(const json_t *value)
{
	const char *text = json_string_value(value), *why;
	struct client_uri uri;

	if (text == NULL || !client_uri_split(text, &uri, &why))
		return "is not an absolute address";
	if (!uri.is_https && !(uri.is_http && uri.is_loopback))
		return "is not an https address";
	return NULL;
}

bool
client_text_is_plain(const json_t *text, size_t max_bytes)
{
	const char *at = json_string_value(text);
	size_t len = json_string_length(text);

	return at != NULL && len > 0 && len <= max_bytes && strlen(at) == len && str_is_visible(at);
}

bool
client_texts_are_plain(const json_t *texts, size_t max_bytes)
{
	const char *language;
	json_t *text;

	if (!json_is_object(texts) || json_object_size(texts) == 0)
		return false;
	json_object_foreach((json_t *)(uintptr_t)texts, language, text) {
		if (strlen(language) < 2 || strlen(language) > 35 ||
		    !client_text_is_plain(text, max_bytes))
			return false;
	}
	return true;
}
