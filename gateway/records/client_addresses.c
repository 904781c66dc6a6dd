/* SPDX-License-Identifier: Apache-2.0
 *
 * The addresses in a client's metadata (see client_addresses.h).
 */
#include "records/client_addresses.h"

#include "core/str.h"
#include "core/task.h"

#include <string.h>

struct checking {
	struct task *task;
	const json_t *metadata;
	enum client_profile profile;
};

static int redirects_check(const struct checking *checking, const char *name);
static int frontchannel_check(const struct checking *checking);
static int sector_check(const struct checking *checking);

int
client_addresses_check(struct task *task, const json_t *metadata, enum client_profile profile)
{
	const struct checking checking = {task, metadata, profile};
	int r;

	r = redirects_check(&checking, "redirect_uris");
	if (r < 0)
		return r;
	r = redirects_check(&checking, "post_logout_redirect_uris");
	if (r < 0)
		return r;
	if (json_object_get(metadata, "initiate_login_uri") != NULL &&
	    !str_starts(json_get_text(metadata, "initiate_login_uri"), "https:"))
		return fail(task, INVALID_CLIENT_METADATA,
		    "initiate_login_uri is not an https address"); /* Core section 4 */
	r = frontchannel_check(&checking);
	if (r < 0)
		return r;
	return sector_check(&checking);
}

/* OpenID Connect Front-Channel Logout 1.0 section 2: nobody puts another's page into ours. */
static int
frontchannel_check(const struct checking *checking)
{
	const char *uri = json_get_text(checking->metadata, "frontchannel_logout_uri"), *origin;
	const json_t *address;
	size_t i;

	if (uri == NULL)
		return 0;
	origin = client_uri_source(checking->task, uri);
	json_array_foreach(json_object_get(checking->metadata, "redirect_uris"), i, address)
		if (str_equal(
			client_uri_source(checking->task, json_string_value(address)), origin))
			return 0;
	return fail(checking->task, INVALID_CLIENT_METADATA,
	    "frontchannel_logout_uri is not of the origin of one of redirect_uris");
}

static int
redirects_check(const struct checking *checking, const char *name)
{
	const json_t *address;
	size_t i;

	json_array_foreach(json_object_get(checking->metadata, name), i, address) {
		const char *why;

		if (!client_uri_may_redirect(json_string_value(address), checking->profile, &why))
			return fail(
			    checking->task, INVALID_REDIRECT_URI, "%s[%zu]: %s", name, i, why);
	}
	return 0;
}

/* OpenID Connect Core section 8.1: whose subjects are the same must not be left to chance. */
static int
sector_check(const struct checking *checking)
{
	const json_t *address;
	struct client_uri first = {0}, uri;
	size_t i;

	if (json_get_text(checking->metadata, "sector_identifier_uri") != NULL) {
		const char *text = json_get_text(checking->metadata, "sector_identifier_uri");

		if (!str_starts(text, "https:"))
			return fail(checking->task, INVALID_CLIENT_METADATA,
			    "sector_identifier_uri is not an https address");
		return 0;
	}
	json_array_foreach(json_object_get(checking->metadata, "redirect_uris"), i, address) {
		if (!client_uri_is_of_web(json_string_value(address), &uri))
			continue;
		if (first.host != NULL && (first.host_len != uri.host_len ||
					      memcmp(first.host, uri.host, uri.host_len) != 0))
			return fail(checking->task, INVALID_CLIENT_METADATA,
			    "redirect_uris have several hosts: sector_identifier_uri is missing");
		first = uri;
	}
	return 0;
}

bool
client_addresses_sector(const json_t *metadata, struct client_uri *ret_uri)
{
	const char *identifier = json_get_text(metadata, "sector_identifier_uri"), *why;
	const json_t *address;
	size_t i;

	if (identifier != NULL)
		return client_uri_split(identifier, ret_uri, &why) && ret_uri->host != NULL;
	json_array_foreach(json_object_get(metadata, "redirect_uris"), i, address)
		if (client_uri_is_of_web(json_string_value(address), ret_uri))
			return true;
	return false;
}
