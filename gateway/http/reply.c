/* SPDX-License-Identifier: Apache-2.0
 *
 * What a handler answers.  The server turns it into bytes (server_answer.c).
 */
#include "http/reply.h"

#include "core/buf.h"
#include "core/settings.h"
#include "core/task.h"
#include "http/cookie.h"
#include "http/reply_inner.h"
#include "http/server.h"

#include <assert.h>
#include <inttypes.h>
#include <string.h>
#include <strings.h>

#define LOCATION_MAX_BYTES (24u << 10)
#define TEXT_OF_(word)     #word
#define TEXT_OF(word)      TEXT_OF_(word)
#define HSTS_ONE_YEAR      "max-age=31536000"

static const char *escaped(struct task *task, const char *text);
static void default_header(struct reply *reply, const char *name, const char *value);
static void page_headers(struct reply *reply);
static bool is_https(const struct reply *reply);

int
reply_status_of(const struct reply *reply)
{
	return reply->status;
}

struct task *
reply_task(const struct reply *reply)
{
	return reply->task;
}

const struct request *
reply_request(const struct reply *reply)
{
	return reply->request;
}

void
reply_header(struct reply *reply, const char *name, const char *value)
{
	static const char *const not_ours[] = {"Connection", "Content-Length", "Date", "Keep-Alive",
	    "Trailer", "Transfer-Encoding", "Upgrade"};
	size_t i;

	for (i = 0; i < sizeof not_ours / sizeof *not_ours; i++)
		if (header_is(name, not_ours[i]))
			return;
	if (value[0] != 0 && reply_name_is_token(name) && reply->n_headers < REPLY_HANDLERS_HEADERS)
		reply_header_set(reply, name, value);
}

void
reply_header_set(struct reply *reply, const char *name, const char *value)
{
	struct pair pair = {name, escaped(reply->task, value)};
	size_t i = reply->n_headers;

	if (strcasecmp(name, "Set-Cookie") != 0)
		for (i = 0; i < reply->n_headers; i++)
			if (header_is(reply->headers[i].name, name))
				break;
	assert(i < REPLY_MAX_HEADERS);
	reply->headers[i] = pair;
	if (i == reply->n_headers)
		reply->n_headers++;
}

bool
reply_name_is_token(const char *name)
{
	static const bool letters[256] = {['!'] = 1,
	    ['#'] = 1,
	    ['$'] = 1,
	    ['%'] = 1,
	    ['&'] = 1,
	    ['\''] = 1,
	    ['*'] = 1,
	    ['+'] = 1,
	    ['-'] = 1,
	    ['.'] = 1,
	    ['^'] = 1,
	    ['_'] = 1,
	    ['`'] = 1,
	    ['|'] = 1,
	    ['~'] = 1,
	    ['0' ... '9'] = 1,
	    ['A' ... 'Z'] = 1,
	    ['a' ... 'z'] = 1};
	const unsigned char *at;

	for (at = (const unsigned char *)name; *at != 0; at++)
		if (!letters[*at])
			return false;
	return at != (const unsigned char *)name;
}

/* A header's value is printable ASCII; whatever else a handler hands on leaves as %XX. */
static const char *
escaped(struct task *task, const char *text)
{
	struct buf buf;
	const char *at;

	if (str_is_printable_ascii(text))
		return text;
	buf_open(&buf, task, LOCATION_MAX_BYTES);
	for (at = text; *at != 0; at++) {
		if (*at >= 0x20 && *at < 0x7f)
			buf_char_add(&buf, *at);
		else
			buf_printf(&buf, "%%%02X", (unsigned)(unsigned char)*at);
	}
	text = buf_text(&buf);
	return text == NULL ? "" : text;
}

const char *
reply_header_find(const struct reply *reply, const char *name)
{
	size_t i;

	for (i = 0; i < reply->n_headers; i++)
		if (header_is(reply->headers[i].name, name))
			return reply->headers[i].value;
	return NULL;
}

int
reply_bytes(struct reply *reply, int status, const char *content_type, struct bytes bytes)
{
	reply->status = status;
	reply->body = bytes;
	reply_header(reply, "Content-Type", content_type);
	return 0;
}

int
reply_text(struct reply *reply, int status, const char *content_type, const char *text)
{
	return reply_bytes(reply, status, content_type, BYTES_OF(text));
}

int
reply_json(struct reply *reply, int status, const json_t *json)
{
	return reply_text(reply, status, "application/json", json_text(reply->task, json));
}

int
reply_empty(struct reply *reply, int status)
{
	reply->status = status;
	reply->body = (struct bytes){0};
	return 0;
}

/* 303: the browser comes with GET, and never repeats a body with a password in it (RFC 9700 section
 * 4.12). */
int
reply_redirect(struct reply *reply, const char *location)
{
	reply_header(reply, "Location", location);
	return reply_empty(reply, 303);
}

void
reply_may_frame(struct reply *reply, const char *sources)
{
	reply->frame_sources = str_is_empty(sources) ? NULL : sources;
}

int
reply_page(
    struct reply *reply, int status, const char *html, const char *nonce, const char *form_targets)
{
	const char *policy = task_printf(reply->task,
	    "default-src 'none'; style-src 'nonce-%s'; script-src 'nonce-%s'; img-src 'self' "
	    "data:; "
	    "connect-src 'self'; form-action 'self'%s%s; frame-ancestors 'none'; base-uri 'none'"
	    "%s%s",
	    nonce, nonce, str_is_empty(form_targets) ? "" : " ",
	    form_targets == NULL ? "" : form_targets,
	    reply->frame_sources == NULL ? "" : "; frame-src ",
	    reply->frame_sources == NULL ? "" : reply->frame_sources);

	reply->is_page = true;
	reply_header(reply, "Content-Security-Policy", policy);
	return reply_text(reply, status, "text/html; charset=utf-8", html);
}

void
reply_origin(struct reply *reply, const char *origin)
{
	reply_header(reply, "Access-Control-Allow-Origin", origin);
	reply_header(reply, "Access-Control-Expose-Headers", "WWW-Authenticate, DPoP-Nonce");
}

void
reply_cookie(struct reply *reply, const char *name, const char *value, int64_t max_age_s)
{
	struct task *task = reply->task;
	const char *age = "";

	if (max_age_s != 0)
		age = task_printf(task, "; Max-Age=%" PRId64, max_age_s < 0 ? 0 : max_age_s);
	reply_header(reply, "Set-Cookie",
	    task_printf(task, "%s=%s; Path=/; HttpOnly; SameSite=Lax%s%s",
		cookie_wire_name(task, name), max_age_s < 0 ? "" : value, age,
		is_https(reply) ? "; Secure" : ""));
}

void
reply_finish(struct reply *reply)
{
	static const char static_max_age[] = "public, max-age=" TEXT_OF(REPLY_STATIC_MAX_AGE_S);
	bool is_static = (reply->guards & ROUTE_STATIC) != 0 && reply->status < 400;

	default_header(reply, "X-Content-Type-Options", "nosniff");
	default_header(reply, "Referrer-Policy", "no-referrer");
	default_header(reply, "Cache-Control", is_static ? static_max_age : "no-store");
	if (reply->guards & ROUTE_STATIC)
		default_header(reply, "Access-Control-Allow-Origin", "*");
	if (reply->guards & (ROUTE_CORS | ROUTE_WALLETS))
		default_header(reply, "Vary", "Origin");
	if (reply->task->dpop_nonce != NULL)
		default_header(reply, "DPoP-Nonce", reply->task->dpop_nonce);
	if (is_https(reply) && !reply->is_management)
		default_header(reply, "Strict-Transport-Security", HSTS_ONE_YEAR);
	if (reply->is_page)
		page_headers(reply);
}

static void
default_header(struct reply *reply, const char *name, const char *value)
{
	if (reply_header_find(reply, name) == NULL)
		reply_header_set(reply, name, value);
}

static void
page_headers(struct reply *reply)
{
	default_header(reply, "X-Frame-Options", "DENY");
	default_header(reply, "Cross-Origin-Opener-Policy", "same-origin");
	default_header(reply, "Cross-Origin-Resource-Policy", "same-origin");
	default_header(
	    reply, "Permissions-Policy", "camera=(), geolocation=(), microphone=(), payment=()");
	default_header(reply, "Vary", "Accept-Encoding");
}

static bool
is_https(const struct reply *reply)
{
	const struct rooms *rooms = reply->task->rooms;

	return rooms != NULL && rooms->settings != NULL && rooms->settings->is_https;
}
