/* SPDX-License-Identifier: Apache-2.0
 *
 * The door: checks before any handler.  Called by the server (server_exchange.c) for every request.
 * libmicrohttpd forgives much; what it forgives is refused here.
 */
#include "http/door.h"

#include "core/settings.h"
#include "core/task.h"
#include "http/client_cert.h"
#include "http/form.h"
#include "http/forwarded.h"
#include "http/path.h"
#include "http/reply_inner.h"

#include <string.h>
#include <strings.h>

/* Headers that the door itself reads, each allowed once. */
enum once {
	HOST,
	CONTENT_LENGTH,
	TRANSFER_ENCODING,
	CONTENT_TYPE,
	CONTENT_ENCODING,
	EXPECT,
	COOKIE,
	ORIGIN,
	N_ONCE
};
struct once_seen {
	const char *at[N_ONCE];
	unsigned n_authorizations;
};

static int sizes_check(struct task *task, const struct door_wire *wire);
static int headers_check(
    struct task *task, const struct door_wire *wire, struct once_seen *ret_seen);
static bool is_clean(const char *value);
static int once_note(struct task *task, const struct pair *header, struct once_seen *seen);
static int framing_check(struct task *task, const struct door_wire *wire,
    const struct once_seen *seen, struct door_body *ret_body);
static int host_check(
    struct task *task, const struct door *door, const char *host, struct request *request);
static const char *base_of(const struct settings *settings, const char *host, size_t len);
static bool host_is(const char *ours, bool is_https, const char *host, size_t len);
static int certificate_read(
    struct task *task, const struct door_wire *wire, struct request *request);
static int caller_read(struct task *task, const struct door *door, const struct door_wire *wire,
    struct request *request);
static int target_read(struct task *task, const struct door *door, const struct door_wire *wire,
    struct request *request);
static const char *origin_form(const char *target, const char **ret_authority, size_t *ret_len);
static int route_check(struct task *task, const struct match *match, const struct once_seen *seen,
    struct door_body *body, struct request *request);
static int form_take(struct task *task, const struct route *route, struct bytes text,
    struct pairs *ret_pairs, struct request *request);
static const char *media_type(struct task *task, const char *value);
static void across_duplicate(struct request *request);

int
door_head(struct task *task, const struct door *door, const struct door_wire *wire,
    struct request *ret_request, struct match *ret_match, struct door_body *ret_body)
{
	struct once_seen seen = {0};
	int r;

	ret_request->method = wire->method;
	ret_request->headers = wire->headers;
	ret_request->address = wire->peer_text;
	ret_request->is_tls = wire->is_tls;
	ret_request->path = "";
	ret_request->raw_query = "";
	r = sizes_check(task, wire);
	if (r < 0)
		return r;
	r = headers_check(task, wire, &seen);
	if (r < 0)
		return r;
	r = framing_check(task, wire, &seen, ret_body);
	if (r < 0)
		return r;
	r = host_check(task, door, seen.at[HOST], ret_request);
	if (r < 0)
		return r;
	r = caller_read(task, door, wire, ret_request);
	if (r < 0)
		return r;
	r = target_read(task, door, wire, ret_request);
	if (r < 0)
		return r;
	r = match_find(task, door->routes, wire->method, ret_request->path, ret_match);
	ret_request->captures = ret_match->captures;
	ret_request->rest = ret_match->rest;
	if (r < 0)
		return r;
	if (ret_request->is_plain && door->settings->is_https && !door->is_management)
		return fail(task, BAD_REQUEST, "the caller came by http, not https");
	return route_check(task, ret_match, &seen, ret_body, ret_request);
}

void
door_guess(struct task *task, const struct door *door, const struct door_wire *wire,
    struct match *ret_match)
{
	struct request request = {.path = "", .raw_query = ""};

	if (target_read(task, door, wire, &request) == 0)
		(void)match_find(task, door->routes, wire->method, request.path, ret_match);
}

static int
sizes_check(struct task *task, const struct door_wire *wire)
{
	size_t target_bytes = strlen(wire->target);

	if (target_bytes > DOOR_MAX_TARGET_BYTES)
		return fail(task, URI_TOO_LONG, "the target is longer than 8 KB");
	if (wire->headers.n > DOOR_MAX_HEADERS)
		return fail(task, HEADERS_TOO_LARGE, "more than 100 headers");
	if (wire->head_bytes - target_bytes > DOOR_MAX_HEAD_BYTES)
		return fail(task, HEADERS_TOO_LARGE, "the headers are larger than 16 KB");
	return 0;
}

static int
headers_check(struct task *task, const struct door_wire *wire, struct once_seen *ret_seen)
{
	size_t i;
	int r;

	for (i = 0; i < wire->headers.n; i++) {
		if (!reply_name_is_token(wire->headers.at[i].name))
			return fail(task, BAD_REQUEST, "a header's name is no token");
		if (!is_clean(wire->headers.at[i].value))
			return fail(task, BAD_REQUEST,
			    "a header's value is not UTF-8 without control characters");
		r = once_note(task, &wire->headers.at[i], ret_seen);
		if (r < 0)
			return r;
	}
	return 0;
}

/* Horizontal tab may stand in a value (RFC 9110 section 5.5). */
static bool
is_clean(const char *value)
{
	const unsigned char *at;
	bool is_ascii = true;

	for (at = (const unsigned char *)value; *at != 0; at++) {
		if ((*at < 0x20 && *at != '\t') || *at == 0x7f)
			return false;
		is_ascii = is_ascii && *at < 0x80;
	}
	return is_ascii || (str_is_utf8(value, strlen(value)) && !str_has_control(value));
}

static int
once_note(struct task *task, const struct pair *header, struct once_seen *seen)
{
	static const char *const names[N_ONCE] = {[HOST] = "Host",
	    [CONTENT_LENGTH] = "Content-Length",
	    [TRANSFER_ENCODING] = "Transfer-Encoding",
	    [CONTENT_TYPE] = "Content-Type",
	    [CONTENT_ENCODING] = "Content-Encoding",
	    [EXPECT] = "Expect",
	    [COOKIE] = "Cookie",
	    [ORIGIN] = "Origin"};
	size_t i;

	if (header_is(header->name, "Authorization"))
		seen->n_authorizations++;
	for (i = 0; i < N_ONCE; i++) {
		if (!header_is(header->name, names[i]))
			continue;
		if (seen->at[i] != NULL)
			return fail(task, BAD_REQUEST, "the header %s stands twice", names[i]);
		seen->at[i] = header->value;
		return 0;
	}
	return 0;
}

/* RFC 9112 section 6: where the body ends must be beyond doubt, or another request hides in it. */
static int
framing_check(struct task *task, const struct door_wire *wire, const struct once_seen *seen,
    struct door_body *ret_body)
{
	const char *encoding = seen->at[TRANSFER_ENCODING], *length = seen->at[CONTENT_LENGTH];
	bool is_get = str_equal(wire->method, "GET") || str_equal(wire->method, "HEAD");

	ret_body->content_length = -1;
	if (encoding != NULL && length != NULL)
		return fail(task, BAD_REQUEST, "Transfer-Encoding beside Content-Length");
	if (encoding != NULL && strcasecmp(encoding, "chunked") != 0)
		return fail(task, BAD_REQUEST, "a Transfer-Encoding other than chunked");
	if (encoding != NULL && !str_equal(wire->version, "HTTP/1.1"))
		return fail(task, BAD_REQUEST, "Transfer-Encoding in HTTP/1.0");
	if (length != NULL && !str_to_i64(length, 0, INT64_MAX, &ret_body->content_length))
		return fail(task, BAD_REQUEST, "a bad Content-Length");
	if (seen->at[EXPECT] != NULL && strcasecmp(seen->at[EXPECT], "100-continue") != 0)
		return fail(task, EXPECTATION_FAILED, "an unknown Expect");
	ret_body->is_chunked = encoding != NULL;
	if (is_get && (ret_body->is_chunked || ret_body->content_length > 0))
		return fail(task, BAD_REQUEST, "a body behind GET or HEAD");
	return 0;
}

static int
host_check(struct task *task, const struct door *door, const char *host, struct request *request)
{
	if (host == NULL)
		return fail(task, BAD_REQUEST, "no Host");
	if (door->is_management)
		return 0;
	request->base = base_of(door->settings, host, strlen(host));
	if (request->base == NULL)
		return fail(task, MISDIRECTED, "Host is not this gateway");
	return 0;
}

/* Which of our names it is; NULL: none. */
static const char *
base_of(const struct settings *settings, const char *host, size_t len)
{
	const char *mtls = settings->gateway_mtls_url;

	if (host_is(settings->host, settings->is_https, host, len))
		return settings->gateway_issuer;
	if (mtls != NULL && host_is(settings->mtls_host, str_starts(mtls, "https:"), host, len))
		return mtls;
	return NULL;
}

/* The default port may be spelt out. */
static bool
host_is(const char *ours, bool is_https, const char *host, size_t len)
{
	const char *port = is_https ? ":443" : ":80";
	size_t port_len = strlen(port), ours_len = strlen(ours);

	if (len == ours_len + port_len && memcmp(host + ours_len, port, port_len) == 0)
		len = ours_len;
	return len == ours_len && strncasecmp(host, ours, len) == 0;
}

static int
caller_read(struct task *task, const struct door *door, const struct door_wire *wire,
    struct request *request)
{
	struct caller caller = {.address = wire->peer, .is_tls = wire->is_tls};
	char *text;
	int r;

	if (!networks_hold(&door->trusted_proxies, &wire->peer))
		return 0;
	r = forwarded_read(task, &wire->headers, &door->trusted_proxies, &caller);
	if (r < 0)
		return r;
	text = task_alloc(task, NETWORK_TEXT_BYTES);
	network_text(&caller.address, text);
	request->address = text;
	request->is_tls = caller.is_tls;
	request->is_plain = caller.is_plain;
	return door->settings->gateway_proxy_certificates ? certificate_read(task, wire, request)
							  : 0;
}

/* Of a trusted proxy; from anybody else the header is one like any other. */
static int
certificate_read(struct task *task, const struct door_wire *wire, struct request *request)
{
	struct bytes *certs = task_new_n(task, struct bytes, CLIENT_CERT_MAX);
	size_t n;
	int r;

	r = client_cert_read(task, &wire->headers, certs, &n);
	if (r < 0 || n == 0)
		return r;
	request->peer_certificate = certs[0];
	request->peer_issuers = certs + 1;
	request->n_peer_issuers = n - 1;
	return 0;
}

static int
target_read(struct task *task, const struct door *door, const struct door_wire *wire,
    struct request *request)
{
	const char *authority, *path, *query;
	size_t authority_len;

	if (!str_is_printable_ascii(wire->target) || strpbrk(wire->target, " #") != NULL)
		return fail(task, BAD_REQUEST, "the target holds a letter that no URI has");
	if (str_equal(wire->target, "*") || str_equal(wire->method, "CONNECT"))
		return fail(task, METHOD_NOT_ALLOWED, "this gateway has no target of that form");
	path = origin_form(wire->target, &authority, &authority_len);
	if (authority != NULL && !door->is_management &&
	    base_of(door->settings, authority, authority_len) == NULL)
		return fail(task, BAD_REQUEST, "the target is of another host");
	query = strchr(path, '?');
	if (query != NULL)
		request->raw_query = query + 1;
	return path_read(
	    task, path, query == NULL ? strlen(path) : (size_t)(query - path), &request->path);
}

/* RFC 9112 section 3.2.2: "http://host/path" has to be understood. */
static const char *
origin_form(const char *target, const char **ret_authority, size_t *ret_len)
{
	size_t scheme_len = 0;

	if (strncasecmp(target, "http://", 7) == 0)
		scheme_len = 7;
	if (strncasecmp(target, "https://", 8) == 0)
		scheme_len = 8;
	*ret_authority = NULL;
	*ret_len = 0;
	if (scheme_len == 0)
		return target;
	*ret_authority = target + scheme_len;
	*ret_len = strcspn(*ret_authority, "/?");
	target = *ret_authority + *ret_len;
	return *target == 0 ? "/" : target;
}

static int
route_check(struct task *task, const struct match *match, const struct once_seen *seen,
    struct door_body *body, struct request *request)
{
	const struct route *route = match->route;
	int r;

	body->max_bytes = route->max_body_bytes == 0 ? DOOR_MAX_BODY_BYTES : route->max_body_bytes;
	request->content_type = media_type(task, seen->at[CONTENT_TYPE]);
	if (seen->n_authorizations > 1)
		return fail(task, INVALID_REQUEST, "the header Authorization stands twice");
	if (seen->at[CONTENT_ENCODING] != NULL)
		return fail(task, UNSUPPORTED_MEDIA_TYPE, "the body is compressed");
	if ((route->guards & ROUTE_NO_QUERY) && request->raw_query[0] != 0)
		return fail(task, INVALID_REQUEST, "parameters do not belong in the address here");
	r = form_take(task, route, BYTES_OF(request->raw_query), &request->query, request);
	if (r < 0)
		return r;
	if ((route->guards & ROUTE_FROM_OURS) && str_equal(request->method, "POST")) {
		r = request_is_ours(task, request);
		if (r < 0)
			return r;
	}
	if (body->content_length > 0 && (uint64_t)body->content_length > body->max_bytes)
		return fail(task, TOO_LARGE, "the body is larger than %zu bytes", body->max_bytes);
	return 0;
}

static int
form_take(struct task *task, const struct route *route, struct bytes text, struct pairs *ret_pairs,
    struct request *request)
{
	struct form form = {0};
	int r;

	if (text.len == 0)
		return 0;
	r = form_read(task, text, route->repeats, &form);
	if (r < 0)
		return r;
	*ret_pairs = form.pairs;
	if (route->guards & ROUTE_MAY_DUPLICATE) {
		if (request->duplicate == NULL)
			request->duplicate = form.duplicate;
		request->too_many_params = request->too_many_params || form.too_many;
		return 0;
	}
	if (form.duplicate != NULL)
		return fail(task, INVALID_REQUEST, "a parameter stands twice");
	if (form.too_many)
		return fail(task, INVALID_REQUEST, "more than %d parameters", FORM_MAX_PARAMS);
	return 0;
}

static const char *
media_type(struct task *task, const char *value)
{
	char *type, *at;
	size_t len;

	if (value == NULL)
		return NULL;
	value += strspn(value, " \t");
	len = strcspn(value, "; \t");
	if (len == 0)
		return NULL;
	type = task_dup_n(task, value, len);
	for (at = type; *at != 0; at++)
		if (*at >= 'A' && *at <= 'Z')
			*at = (char)(*at + 'a' - 'A');
	return type;
}

int
door_body(struct task *task, const struct match *match, struct request *request)
{
	const struct route *route = match->route;
	int r;

	if (!str_equal(request->content_type, "application/x-www-form-urlencoded"))
		return 0;
	r = form_take(task, route, request->body, &request->form, request);
	if (r < 0)
		return r;
	across_duplicate(request);
	if (request->duplicate != NULL && !(route->guards & ROUTE_MAY_DUPLICATE))
		return fail(task, INVALID_REQUEST, "a parameter stands in address and body");
	return 0;
}

/* RFC 6749 section 3.1 counts parameters of a request, wherever they stand. */
static void
across_duplicate(struct request *request)
{
	size_t i, j;

	for (i = 0; i < request->query.n && request->duplicate == NULL; i++)
		for (j = 0; j < request->form.n; j++)
			if (str_equal(request->query.at[i].name, request->form.at[j].name))
				request->duplicate = request->query.at[i].name;
}
