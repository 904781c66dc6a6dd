/* SPDX-License-Identifier: Apache-2.0
 *
 * What comes back of one call, as it comes: headers, the body, and whether it is an answer (see
 * fetch_inner.h).
 */
#include "http/fetch_inner.h"

#include "core/task.h"
#include "http/reply_inner.h"

#include <errno.h>
#include <string.h>
#include <strings.h>

#define MAX_ANSWER_BYTES   (1u << 20)
#define MAX_ANSWER_HEADERS 64
#define MAX_HEAD_BYTES     (32u << 10)

static size_t on_header(char *at, size_t size, size_t n, void *arg);
static bool header_keep(struct call *call, const char *at, size_t len);
static bool says_length(const char *name);
static bool is_length(const char *name, const char *value);
static bool has_said_length(const struct call *call);
static size_t on_body(char *at, size_t size, size_t n, void *arg);
static bool was_left(const struct call *call);
static const char *media_type(struct task *task, const char *value);

void
fetch_answer_open(struct call *call)
{
	size_t max = call->fetch->max_answer_bytes;

	call->headers = task_new_n(call->task, struct pair, MAX_ANSWER_HEADERS);
	buf_open(&call->body, call->task, max == 0 ? MAX_ANSWER_BYTES : max);
	curl_easy_setopt(call->easy, CURLOPT_HEADERFUNCTION, on_header);
	curl_easy_setopt(call->easy, CURLOPT_HEADERDATA, call);
	curl_easy_setopt(call->easy, CURLOPT_WRITEFUNCTION, on_body);
	curl_easy_setopt(call->easy, CURLOPT_WRITEDATA, call);
}

/* A line of the head; a new status line (after 100 Continue) begins it anew. */
static size_t
on_header(char *at, size_t size, size_t n, void *arg)
{
	struct call *call = arg;
	size_t len = size * n;

	call->head_bytes += len;
	if (call->head_bytes > MAX_HEAD_BYTES) {
		call->why = "its headers are larger than 32 KB";
		return 0;
	}
	if (len >= 5 && memcmp(at, "HTTP/", 5) == 0) {
		call->n_headers = 0;
		return len;
	}
	while (len > 0 && (at[len - 1] == '\r' || at[len - 1] == '\n'))
		len--;
	/* Trailers are none of the head. */
	if (len > 0 && call->body.len == 0 && !header_keep(call, at, len))
		return 0;
	return size * n;
}

static bool
header_keep(struct call *call, const char *at, size_t len)
{
	const char *colon = memchr(at, ':', len);
	char *name, *value;

	if (colon == NULL || colon == at) {
		call->why = "a line of its head is no header";
		return false;
	}
	if (call->n_headers == MAX_ANSWER_HEADERS) {
		call->why = "it has more than 64 headers";
		return false;
	}
	name = task_dup_n(call->task, at, (size_t)(colon - at));
	for (colon++; colon < at + len && (*colon == ' ' || *colon == '\t');)
		colon++;
	while (len > (size_t)(colon - at) && (at[len - 1] == ' ' || at[len - 1] == '\t'))
		len--;
	value = task_dup_n(call->task, colon, (size_t)(at + len - colon));
	if (strlen(value) != (size_t)(at + len - colon) || !str_is_utf8(value, strlen(value)) ||
	    str_has_control(value) || !reply_name_is_token(name)) {
		call->why = "a header is no token, holds control characters or is not UTF-8";
		return false;
	}
	if (says_length(name) && (has_said_length(call) || !is_length(name, value))) {
		call->why = "it says twice how long it is, or not at all";
		return false;
	}
	call->headers[call->n_headers++] = (struct pair){name, value};
	return true;
}

static bool
says_length(const char *name)
{
	return strcasecmp(name, "Content-Length") == 0 ||
	       strcasecmp(name, "Transfer-Encoding") == 0;
}

/* Not "2, 40", of which curl takes the first. */
static bool
is_length(const char *name, const char *value)
{
	return strcasecmp(name, "Content-Length") != 0 ||
	       (value[0] != '\0' && value[strspn(value, "0123456789")] == '\0');
}

/* Of two lengths each reader believes another (RFC 9112 section 6.3): what is left over would be
 * the next answer on this connection. */
static bool
has_said_length(const struct call *call)
{
	for (size_t i = 0; i < call->n_headers; i++)
		if (says_length(call->headers[i].name))
			return true;
	return false;
}

static size_t
on_body(char *at, size_t size, size_t n, void *arg)
{
	struct call *call = arg;

	buf_add(&call->body, at, size * n);
	if (!call->body.overflown)
		return size * n;
	call->is_enough = call->fetch->wants_status_alone;
	call->why = "it is longer than allowed";
	return 0;
}

/* Over a Unix socket: nobody listens, or who did has gone without reading all of it.  From somebody
 * who had read it, and then went, comes an end of file. */
static bool
was_left(const struct call *call)
{
	long why = 0;

	if (call->result == CURLE_COULDNT_CONNECT)
		return true;
	curl_easy_getinfo(call->easy, CURLINFO_OS_ERRNO, &why);
	return (call->result == CURLE_RECV_ERROR || call->result == CURLE_SEND_ERROR) &&
	       (why == ECONNRESET || why == EPIPE);
}

int
fetch_answer_judge(struct call *call)
{
	struct task *task = call->task;

	if (call->result == CURLE_OK || call->is_enough)
		return 0;
	if (call->is_refused)
		return fail(task, UPSTREAM_BROKEN, "an outbound address is not allowed");
	if (call->why != NULL)
		return fail(task, UPSTREAM_BROKEN, "an answer is refused: %s", call->why);
	if (call->result == CURLE_OPERATION_TIMEDOUT && call->is_untaken)
		return fail(task, UNTAKEN, "an outbound call was not taken in time");
	if (call->fetch->unix_socket != NULL && was_left(call))
		return fail(task, BUSY, "nobody takes the call there");
	if (call->result == CURLE_OPERATION_TIMEDOUT)
		return fail(task, UPSTREAM_LATE, "an outbound call took too long");
	return fail(
	    task, UPSTREAM_BROKEN, "an outbound call failed: %s", curl_easy_strerror(call->result));
}

void
fetch_answer_read(struct call *call, struct fetched *ret_fetched)
{
	struct fetched fetched = {.headers = {call->headers, call->n_headers}};
	long status = 0;

	curl_easy_getinfo(call->easy, CURLINFO_RESPONSE_CODE, &status);
	fetched.status = (int)status;
	fetched.body = BYTES_OF("");
	if (call->body.len > 0 && !call->is_enough)
		fetched.body = (struct bytes){(const uint8_t *)call->body.at, call->body.len};
	fetched.content_type = media_type(call->task, fetched_header(&fetched, "Content-Type"));
	*ret_fetched = fetched;
}

static const char *
media_type(struct task *task, const char *value)
{
	char *type, *at;

	if (value == NULL)
		return NULL;
	type = task_dup_n(task, value, strcspn(value, "; \t"));
	for (at = type; *at != 0; at++)
		if (*at >= 'A' && *at <= 'Z')
			*at = (char)(*at + 'a' - 'A');
	return type;
}

const char *
fetched_header(const struct fetched *fetched, const char *name)
{
	size_t i;

	for (i = 0; i < fetched->headers.n; i++)
		if (strcasecmp(fetched->headers.at[i].name, name) == 0)
			return fetched->headers.at[i].value;
	return NULL;
}
