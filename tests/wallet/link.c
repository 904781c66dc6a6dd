/* SPDX-License-Identifier: Apache-2.0
 *
 * Links such as openid4vp://?client_id=… and openid-credential-offer://?…, and forms
 * (URL Standard section 5, the encoding RFC 6749 appendix B asks for).
 */
#include "link.h"

#include <ctype.h>
#include <string.h>

static int read_params(struct wallet *wallet, const char *query, json_t *params);
static int read_param(struct wallet *wallet, const char *pair, size_t n_pair, json_t *params);
static int decode(struct wallet *wallet, const char *text, size_t n_text, const char **ret_text);
static void append_encoded(char **out, const char *text);

int
link_read(struct wallet *wallet, const char *uri, struct link *ret_link)
{
	const char *colon = strchr(uri, ':');
	const char *query = strchr(uri, '?');
	struct link link;
	char *scheme;
	int r;

	if (!colon || !query || colon > query)
		return wallet_fail(wallet, WALLET_USAGE, "not a link with parameters");
	scheme = wallet_copy(wallet, uri, (size_t)(colon - uri));
	for (char *c = scheme; *c; c++)
		*c = (char)tolower((unsigned char)*c);
	link.scheme = scheme;
	link.params = wallet_json(wallet, json_object());
	r = read_params(wallet, query + 1, link.params);
	if (r < 0)
		return r;
	*ret_link = link;
	return 0;
}

static int
read_params(struct wallet *wallet, const char *query, json_t *params)
{
	size_t n_query = strcspn(query, "#");
	int r;

	for (size_t at = 0; at < n_query;) {
		size_t n_pair = strcspn(query + at, "&#");

		r = n_pair > 0 ? read_param(wallet, query + at, n_pair, params) : 0;
		if (r < 0)
			return r;
		at += n_pair + 1;
	}
	return 0;
}

static int
read_param(struct wallet *wallet, const char *pair, size_t n_pair, json_t *params)
{
	const char *equals = memchr(pair, '=', n_pair);
	size_t n_name = equals ? (size_t)(equals - pair) : n_pair;
	const char *name;
	const char *value = "";
	int r;

	r = decode(wallet, pair, n_name, &name);
	if (r < 0)
		return r;
	r = equals ? decode(wallet, equals + 1, n_pair - n_name - 1, &value) : 0;
	if (r < 0)
		return r;
	if (json_object_get(params, name))
		return wallet_fail(wallet, WALLET_USAGE, "the link has %s twice", name);
	if (json_object_set_new(params, name, json_string(value)) < 0)
		return wallet_fail(wallet, WALLET_USAGE, "the link is not UTF-8");
	return 0;
}

static int
hex_value(char digit)
{
	if (digit >= '0' && digit <= '9')
		return digit - '0';
	if (digit >= 'a' && digit <= 'f')
		return digit - 'a' + 10;
	if (digit >= 'A' && digit <= 'F')
		return digit - 'A' + 10;
	return -1;
}

static int
decode(struct wallet *wallet, const char *text, size_t n_text, const char **ret_text)
{
	char *decoded = wallet_alloc(wallet, n_text + 1);
	char *out = decoded;

	for (size_t i = 0; i < n_text; i++) {
		int high, low;

		if (text[i] != '%') {
			*out++ = text[i] == '+' ? ' ' : text[i];
			continue;
		}
		high = n_text - i > 2 ? hex_value(text[i + 1]) : -1;
		low = n_text - i > 2 ? hex_value(text[i + 2]) : -1;
		if (high < 0 || low < 0 || high + low == 0)
			return wallet_fail(wallet, WALLET_USAGE, "the link has a bad escape");
		*out++ = (char)(high << 4 | low);
		i += 2;
	}
	*ret_text = decoded;
	return 0;
}

const char *
link_get(const struct link *link, const char *name)
{
	return json_string_value(json_object_get(link->params, name));
}

char *
link_form(struct wallet *wallet, json_t *params)
{
	const char *name;
	json_t *value;
	size_t n_form = 1;
	char *form, *out;

	json_object_foreach(params, name, value)
		n_form += 3 * (strlen(name) + json_string_length(value)) + 2;
	out = form = wallet_alloc(wallet, n_form);
	json_object_foreach(params, name, value) {
		if (out != form)
			*out++ = '&';
		append_encoded(&out, name);
		*out++ = '=';
		append_encoded(&out, json_string_value(value));
	}
	return form;
}

static void
append_encoded(char **out, const char *text)
{
	static const char hex[] = "0123456789ABCDEF";

	for (const unsigned char *c = (const unsigned char *)text; *c; c++) {
		if (isalnum(*c) || strchr("-._*", *c)) {
			*(*out)++ = (char)*c;
			continue;
		}
		*(*out)++ = '%';
		*(*out)++ = hex[*c >> 4];
		*(*out)++ = hex[*c & 15];
	}
}
