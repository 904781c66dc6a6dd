/* SPDX-License-Identifier: Apache-2.0
 *
 * Other hosts in a client's metadata (see client_outside.h).
 */
#include "access/client_outside.h"

#include "access/picture.h"
#include "core/settings.h"
#include "core/task.h"
#include "http/fetch.h"
#include "http/network.h"
#include "records/asset.h"
#include "records/client_uri.h"

#include <ctype.h>
#include <string.h>

/* Larger than a logo may be, so that one that is too large is told from one that is not there. */
#define LOGO_FETCH_BYTES (256u << 10)

static int address_check(struct task *task, const char *name, const char *address);
static bool is_callable(const struct task *task, const struct client_uri *uri);
static bool is_number(const char *host, size_t len);
static bool is_open(const struct task *task, const struct network *network);
static int sector_read(struct task *task, const char *uri, json_t **ret_addresses);

int
client_outside_check(struct task *task, const json_t *metadata)
{
	static const char *const names[] = {
	    "jwks_uri", "sector_identifier_uri", "logo_uri", "backchannel_logout_uri"};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		const json_t *member = json_object_get(metadata, names[i]);
		int r;

		if (member == NULL || json_is_null(member))
			continue;
		r = address_check(task, names[i], json_string_value(member));
		if (r < 0)
			return r;
	}
	return 0;
}

static int
address_check(struct task *task, const char *name, const char *address)
{
	struct client_uri uri;
	const char *why;

	if (address == NULL || !client_uri_split(address, &uri, &why) || !uri.is_https)
		return fail(task, INVALID_CLIENT_METADATA, "%s is not an https address", name);
	if (!is_callable(task, &uri))
		return fail(task, INVALID_CLIENT_METADATA,
		    "%s is not an address of the open Internet", name);
	return 0;
}

static bool
is_callable(const struct task *task, const struct client_uri *uri)
{
	size_t brackets = *uri->host == '[' ? 1 : 0;
	struct network network;

	if (network_read(uri->host + brackets, uri->host_len - 2 * brackets, &network))
		return is_open(task, &network);
	/* 2130706433, 0177.1 and 0x7f.1 are 127.0.0.1 to some; a name without a dot is one of our
	 * own network. */
	return brackets == 0 && !is_number(uri->host, uri->host_len) &&
	       memchr(uri->host, '.', uri->host_len) != NULL;
}

/* As the URL standard has it: a host whose last label is a number is an address. */
static bool
is_number(const char *host, size_t len)
{
	size_t begin = len;

	while (begin > 0 && host[begin - 1] != '.')
		begin--;
	if (len - begin > 2 && host[begin] == '0' && host[begin + 1] == 'x')
		return true;
	for (size_t i = begin; i < len; i++)
		if (!isdigit((unsigned char)host[i]))
			return false;
	return true;
}

static bool
is_open(const struct task *task, const struct network *network)
{
	const char *const *words = task->rooms->settings->outbound_allow;

	for (; words != NULL && *words != NULL; words++) {
		struct network allowed;

		if (network_read(*words, strlen(*words), &allowed) &&
		    network_holds(&allowed, network))
			return true;
	}
	return network_is_public(network);
}

int
client_outside_sector(struct task *task, const json_t *metadata)
{
	const char *uri = json_get_text(metadata, "sector_identifier_uri");
	const json_t *redirects = json_object_get(metadata, "redirect_uris"), *redirect;
	json_auto_t *addresses = NULL;
	size_t i;
	int r;

	if (uri == NULL)
		return 0;
	r = sector_read(task, uri, &addresses);
	if (r < 0)
		return r;
	json_array_foreach(redirects, i, redirect) {
		if (!json_is_string(redirect) ||
		    !json_has_text(addresses, json_string_value(redirect)))
			return fail(task, INVALID_CLIENT_METADATA,
			    "sector_identifier_uri does not list redirect_uris[%zu]", i);
	}
	return 0;
}

static int
sector_read(struct task *task, const char *uri, json_t **ret_addresses)
{
	static const struct pair accept = {"Accept", "application/json"};
	const struct fetch fetch = {
	    .url = uri, .headers = {&accept, 1}, .max_answer_bytes = JSON_MAX_BYTES};
	struct fetched fetched;
	json_t *json;
	int r;

	r = http_fetch(task, &fetch, &fetched);
	if (r == STOPPING)
		return r;
	if (r < 0 || fetched.status != 200) {
		fault_clear(task);
		return fail(
		    task, INVALID_CLIENT_METADATA, "sector_identifier_uri could not be read");
	}
	r = json_parse(task, (const char *)fetched.body.at, fetched.body.len, &json);
	if (r < 0)
		return fault_as(task, INVALID_CLIENT_METADATA);
	if (!json_is_array(json)) {
		json_decref(json);
		return fail(
		    task, INVALID_CLIENT_METADATA, "sector_identifier_uri is no array of texts");
	}
	*ret_addresses = json;
	return 0;
}

int
client_outside_logo(
    struct task *task, const json_t *metadata, struct asset *ret_logo, bool *ret_is_there)
{
	const struct fetch fetch = {
	    .url = json_get_text(metadata, "logo_uri"), .max_answer_bytes = LOGO_FETCH_BYTES};
	struct fetched fetched;
	const char *type;
	int r;

	*ret_is_there = false;
	if (fetch.url == NULL)
		return 0;
	r = http_fetch(task, &fetch, &fetched);
	if (r == STOPPING)
		return r;
	if (r < 0 || fetched.status != 200) {
		fault_clear(task);
		return 0;
	}
	type = picture_type(fetched.body);
	if (type == NULL)
		return fail(task, INVALID_CLIENT_METADATA,
		    "logo_uri is not PNG, JPEG or WebP of at most 20 KB and 2048 pixels a side");
	*ret_logo = (struct asset){type, fetched.body};
	*ret_is_there = true;
	return 0;
}
