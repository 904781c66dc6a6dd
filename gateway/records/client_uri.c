/* SPDX-License-Identifier: Apache-2.0
 *
 * Addresses in a client's metadata (see client_uri.h).
 */
#include "records/client_uri.h"

#include "core/task.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define URI_MAX_BYTES 2000

static const char *letters_wrong(const char *text);
static const char *authority_split(const char *text, struct client_uri *uri);
static const char *port_split(struct client_uri *uri, const char *end);
static bool host_is_good(const char *host, size_t len);
static bool host_is(const struct client_uri *uri, const char *host);
static bool has_dot_segment(const char *path);
static bool scheme_is_reverse_domain(const char *text, size_t len);
static size_t loopback_len(const char *text);

bool
client_uri_split(const char *text, struct client_uri *ret_uri, const char **ret_why)
{
	struct client_uri uri = {0};
	const char *colon = strchr(text, ':'), *why = letters_wrong(text);

	if (why == NULL && (colon == NULL || colon == text))
		why = "it is not absolute";
	for (const char *c = text; why == NULL && c < colon; c++) {
		if (!islower((unsigned char)*c) &&
		    (c == text || strchr("0123456789+-.", *c) == NULL))
			why = "its scheme is not in lower-case letters";
	}
	if (why == NULL) {
		uri.scheme_len = (size_t)(colon - text);
		uri.is_https = uri.scheme_len == 5 && strncmp(text, "https", 5) == 0;
		uri.is_http = uri.scheme_len == 4 && strncmp(text, "http", 4) == 0;
		why = authority_split(colon + 1, &uri);
	}
	if (why == NULL && has_dot_segment(uri.rest))
		why = "its path has a dot segment";
	if (why != NULL) {
		*ret_why = why;
		return false;
	}
	*ret_uri = uri;
	return true;
}

static const char *
letters_wrong(const char *text)
{
	if (*text == '\0' || strlen(text) > URI_MAX_BYTES)
		return "it is empty or over 2000 bytes";
	if (!str_is_printable_ascii(text))
		return "it has other than printable ASCII letters";
	if (strchr(text, '#') != NULL)
		return "it has a fragment";
	if (strchr(text, '*') != NULL)
		return "it has a wildcard";
	if (strpbrk(text, " \\\"<>^`{|}") != NULL)
		return "it has a letter that no address has";
	for (const char *c = text; (c = strchr(c, '%')) != NULL; c++) {
		if (!isxdigit((unsigned char)c[1]) || !isxdigit((unsigned char)c[2]))
			return "it has a broken escape";
	}
	return NULL;
}

static const char *
authority_split(const char *text, struct client_uri *uri)
{
	const char *end;

	uri->rest = text;
	if (strncmp(text, "//", 2) != 0)
		return uri->is_https || uri->is_http ? "it has no host" : NULL;
	uri->host = text + 2;
	end = uri->host + strcspn(uri->host, "/?");
	uri->rest = end;
	if (memchr(uri->host, '@', (size_t)(end - uri->host)) != NULL)
		return "it has user information";
	uri->host_len = *uri->host == '[' ? strcspn(uri->host, "]") + 1 : strcspn(uri->host, ":/?");
	if (uri->host_len > (size_t)(end - uri->host) || !host_is_good(uri->host, uri->host_len))
		return "its host is not a lower-case name or address";
	uri->is_loopback_ip = host_is(uri, "127.0.0.1") || host_is(uri, "[::1]");
	uri->is_loopback = uri->is_loopback_ip || host_is(uri, "localhost");
	return port_split(uri, end);
}

static const char *
port_split(struct client_uri *uri, const char *end)
{
	const char *at = uri->host + uri->host_len;
	long port = 0;

	if (at == end)
		return NULL;
	if (*at != ':')
		return "its host is not a lower-case name or address";
	uri->port = at + 1;
	uri->port_len = (size_t)(end - uri->port);
	for (size_t i = 0; i < uri->port_len && port <= 65535; i++) {
		if (!isdigit((unsigned char)uri->port[i]))
			return "its port is not a number";
		port = port * 10 + (uri->port[i] - '0');
	}
	return port < 1 || port > 65535 ? "its port is not a number" : NULL;
}

static bool
host_is_good(const char *host, size_t len)
{
	if (len == 0 || len > 253)
		return false;
	if (*host == '[')
		return len > 4 && strspn(host + 1, "0123456789abcdef:.") == len - 2;
	if (*host == '.' || *host == '-' || memmem(host, len, "..", 2) != NULL)
		return false;
	for (size_t i = 0; i < len; i++) {
		if (!islower((unsigned char)host[i]) && !isdigit((unsigned char)host[i]) &&
		    strchr("-._", host[i]) == NULL)
			return false;
	}
	return host[len - 1] != '.';
}

static bool
host_is(const struct client_uri *uri, const char *host)
{
	return uri->host_len == strlen(host) && memcmp(uri->host, host, uri->host_len) == 0;
}

static bool
has_dot_segment(const char *path)
{
	size_t path_len = strcspn(path, "?");

	for (size_t i = 0; i < path_len; i++) {
		const char *at = path + i + 1;

		if (path[i] != '/')
			continue;
		for (int n = 0; n < 2; n++) {
			if (*at == '.')
				at++;
			else if (strncasecmp(at, "%2e", 3) == 0)
				at += 3;
			else
				break;
			if (*at == '\0' || *at == '/' || *at == '?')
				return true;
		}
	}
	return false;
}

bool
client_uri_is_of_web(const char *text, struct client_uri *ret_uri)
{
	const char *why;

	return text != NULL && client_uri_split(text, ret_uri, &why) && ret_uri->is_https &&
	       !ret_uri->is_loopback;
}

bool
client_uri_may_redirect(const char *text, enum client_profile profile, const char **ret_why)
{
	struct client_uri uri;

	if (!client_uri_split(text, &uri, ret_why))
		return false;
	if (uri.is_https || (uri.is_http && uri.is_loopback))
		return true;
	if (uri.is_http) {
		*ret_why = "http is for loopback addresses only";
		return false;
	}
	if (profile != CLIENT_PUBLIC_NATIVE || !scheme_is_reverse_domain(text, uri.scheme_len)) {
		*ret_why = "its scheme is neither https nor http";
		return false;
	}
	return true;
}

/* com.example.app: at least two labels, none empty (RFC 8252 section 7.1). */
static bool
scheme_is_reverse_domain(const char *text, size_t len)
{
	return memchr(text, '.', len) != NULL && text[len - 1] != '.' &&
	       memmem(text, len, "..", 2) == NULL;
}

bool
client_uri_is(const char *registered, const char *asked, bool any_port)
{
	size_t host_len = any_port ? loopback_len(registered) : 0;
	const char *rest = registered + host_len, *at = asked + host_len;

	if (host_len == 0)
		return strcmp(registered, asked) == 0;
	if (strncmp(registered, asked, host_len) != 0)
		return false;
	if (*rest == ':')
		rest += 1 + strspn(rest + 1, "0123456789");
	if (*at == ':') {
		size_t n_digits = strspn(at + 1, "0123456789");

		if (n_digits < 1 || n_digits > 5 || strtol(at + 1, NULL, 10) > 65535)
			return false;
		at += 1 + n_digits;
	}
	return strcmp(rest, at) == 0;
}

/* Of "http://127.0.0.1" or "http://[::1]" at the beginning, else 0. */
static size_t
loopback_len(const char *text)
{
	static const char *const begins[] = {"http://127.0.0.1", "http://[::1]"};

	for (size_t i = 0; i < sizeof(begins) / sizeof(begins[0]); i++) {
		size_t len = strlen(begins[i]);

		if (strncmp(text, begins[i], len) == 0 && strchr(":/?", text[len]) != NULL)
			return len; /* strchr finds the NUL at the end as well */
	}
	return 0;
}

const char *
client_uri_source(struct task *task, const char *address)
{
	struct client_uri uri;
	const char *why, *end;

	if (!client_uri_split(address, &uri, &why))
		return NULL;
	if (uri.host == NULL || (!uri.is_http && !uri.is_https))
		end = address + uri.scheme_len + 1;
	else if (uri.port == NULL)
		end = uri.host + uri.host_len;
	else
		end = uri.port + uri.port_len;
	return task_dup_n(task, address, (size_t)(end - address));
}

size_t
client_uri_origin(const char *text)
{
	struct client_uri uri;
	const char *why;

	if (!client_uri_split(text, &uri, &why) || (!uri.is_http && !uri.is_https))
		return 0;
	return (
	    size_t)((uri.port == NULL ? uri.host + uri.host_len : uri.port + uri.port_len) - text);
}
