/* SPDX-License-Identifier: Apache-2.0
 *
 * One outbound call.  Called by whoever needs another system: JWKS and sector documents, status
 * lists, OCSP, webhooks, upstream providers, sources, service plugins.
 */
#include "http/fetch.h"

#include "core/clock.h"
#include "core/settings.h"
#include "core/task.h"
#include "http/fetch_inner.h"
#include "http/reply_inner.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <linux/sockios.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#define CONNECT_MS         3000 /* a first packet that was lost is sent again after 1 s */
#define TOTAL_MS           3000
#define MAX_ANSWER_BYTES   (1u << 20)
#define POST_ANSWER_BYTES  (16u << 10)
#define MAX_ANSWER_HEADERS 64
#define MAX_HEAD_BYTES     (32u << 10)
#define KEEP_IDLE_S        30L
#define LINE_PATH          "line" /* nothing is looked up there: the connection is made already */
/* So that the call's own end comes before the task's deadline, with its own fault. */
#define BEFORE_DEADLINE_MS 10

static enum fetch_outcome outcome_of(const struct call *call, int r);
static const char *origin_read(struct call *call);
static const char *part(struct task *task, CURLU *url, CURLUPart which);
static bool prepare(struct call *call);
static void options_set(struct call *call);
static void authorities_set(struct call *call);
static void tls_set(struct call *call, const struct fetch_tls *tls);
static void pem_set(struct call *call, CURLoption option, struct bytes pem);
static void method_set(struct call *call);
static bool headers_set(struct call *call);
static int64_t timeout_of(const struct call *call);
static curl_socket_t on_open(void *arg, curlsocktype purpose, struct curl_sockaddr *address);
static void alone_set(struct call *call);
static int on_close(void *arg, curl_socket_t fd);
static int on_line(void *arg, curl_socket_t fd, curlsocktype purpose);
static size_t on_header(char *at, size_t size, size_t n, void *arg);
static bool header_keep(struct call *call, const char *at, size_t len);
static bool says_length(const char *name);
static bool is_length(const char *name, const char *value);
static bool has_said_length(const struct call *call);
static size_t on_body(char *at, size_t size, size_t n, void *arg);
static int judge(struct call *call);
static void fetched_make(struct call *call, struct fetched *ret_fetched);
static const char *media_type(struct task *task, const char *value);

int
http_fetch(struct task *task, const struct fetch *fetch, struct fetched *ret_fetched)
{
	struct fetcher *fetcher = task->rooms->fetcher;
	struct call call = {.fetcher = fetcher, .task = task, .fetch = fetch};
	const char *origin_name;
	struct origin *origin;
	int r;

	if (fetcher == NULL)
		return fail(task, BROKEN, "there is no outbound HTTP here");
	origin_name = origin_read(&call);
	if (origin_name == NULL)
		return task->fault.code;
	origin = fetch_origin_enter(task, fetcher, origin_name, !fetch->is_ours);
	if (origin == NULL)
		return task->fault.code;
	if (!prepare(&call) || !fetch_begin(&call)) {
		fetch_end(&call);
		fetch_origin_leave(fetcher, origin, FETCH_CALLED_OFF);
		return fail(task, BROKEN, "an outbound call could not be made");
	}
	r = fiber_wait(task, &call.wait);
	if (r == 0)
		r = judge(&call);
	if (r == 0)
		fetched_make(&call, ret_fetched);
	fetch_end(&call);
	fetch_origin_leave(fetcher, origin, outcome_of(&call, r));
	return r;
}

/* What we refuse of an answer is the answer of a host that is there: whoever has us ask it for the
 * wrong thing must not close it to the others. */
static enum fetch_outcome
outcome_of(const struct call *call, int r)
{
	if (r == 0 || call->why != NULL)
		return FETCH_ANSWERED;
	return r == STOPPING || call->is_refused ? FETCH_CALLED_OFF : FETCH_FAILED;
}

/* scheme://host:port in lower case, or the path of a Unix socket. */
static const char *
origin_read(struct call *call)
{
	struct task *task = call->task;
	const char *scheme, *host, *port, *user;
	CURLU *url = curl_url();

	if (curl_url_set(url, CURLUPART_URL, call->fetch->url, 0) != CURLUE_OK) {
		curl_url_cleanup(url);
		fail(task, UPSTREAM_BROKEN, "an outbound address is no URL");
		return NULL;
	}
	scheme = part(task, url, CURLUPART_SCHEME);
	host = part(task, url, CURLUPART_HOST);
	port = part(task, url, CURLUPART_PORT);
	user = part(task, url, CURLUPART_USER);
	curl_url_cleanup(url);
	if (user != NULL || host == NULL || scheme == NULL ||
	    (strcmp(scheme, "https") != 0 && strcmp(scheme, "http") != 0)) {
		fail(task, UPSTREAM_BROKEN, "an outbound address is not https, or names a user");
		return NULL;
	}
	if (call->fetch->unix_socket != NULL)
		return call->fetch->unix_socket;
	if (call->fetch->line != NULL)
		return LINE_PATH;
	call->is_plain = strcmp(scheme, "http") == 0;
	return task_printf(task, "%s://%s:%s", scheme, host, port);
}

static const char *
part(struct task *task, CURLU *url, CURLUPart which)
{
	char *text = NULL;
	const char *copy;

	if (curl_url_get(url, which, &text, CURLU_DEFAULT_PORT) != CURLUE_OK)
		return NULL;
	copy = task_dup(task, text);
	curl_free(text);
	return copy;
}

static bool
prepare(struct call *call)
{
	const struct fetch *fetch = call->fetch;
	struct fetcher *fetcher = call->fetcher;
	size_t max = fetch->max_answer_bytes == 0 ? MAX_ANSWER_BYTES : fetch->max_answer_bytes;

	call->easy = fetcher->n_spare > 0 ? fetcher->spare[--fetcher->n_spare] : curl_easy_init();
	if (call->easy == NULL)
		abort();
	call->headers = task_new_n(call->task, struct pair, MAX_ANSWER_HEADERS);
	buf_open(&call->body, call->task, max);
	options_set(call);
	method_set(call);
	return headers_set(call);
}

static void
options_set(struct call *call)
{
	const struct fetch *fetch = call->fetch;
	CURL *easy = call->easy;

	curl_easy_setopt(easy, CURLOPT_PRIVATE, call);
	curl_easy_setopt(easy, CURLOPT_URL, fetch->url);
	curl_easy_setopt(
	    easy, CURLOPT_UNIX_SOCKET_PATH, fetch->line == NULL ? fetch->unix_socket : LINE_PATH);
	curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
	curl_easy_setopt(easy, CURLOPT_FOLLOWLOCATION, 0L);
	curl_easy_setopt(easy, CURLOPT_PROXY, "");
	curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
	/* Without it a call that is called off waits for the resolver's thread, and the loop too.
	 */
	curl_easy_setopt(easy, CURLOPT_QUICK_EXIT, 1L);
	curl_easy_setopt(easy, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
	curl_easy_setopt(easy, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
	authorities_set(call);
	if (fetch->tls != NULL)
		tls_set(call, fetch->tls);
	curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS, (long)CONNECT_MS);
	curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, (long)timeout_of(call));
	curl_easy_setopt(easy, CURLOPT_MAXAGE_CONN, KEEP_IDLE_S);
	curl_easy_setopt(easy, CURLOPT_OPENSOCKETFUNCTION, on_open);
	curl_easy_setopt(easy, CURLOPT_OPENSOCKETDATA, call);
	if (fetch->line != NULL)
		curl_easy_setopt(easy, CURLOPT_SOCKOPTFUNCTION, on_line);
	if (fetch->unix_socket != NULL)
		alone_set(call);
	curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, on_header);
	curl_easy_setopt(easy, CURLOPT_HEADERDATA, call);
	curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, on_body);
	curl_easy_setopt(easy, CURLOPT_WRITEDATA, call);
}

/* A kept connection that ends without an answer curl takes for one that was idle, and sends the
 * call once more (RFC 9110 section 9.2.2 has it for methods that may be repeated): what one process
 * died of would be handed to its successor. */
static void
alone_set(struct call *call)
{
	curl_easy_setopt(call->easy, CURLOPT_FRESH_CONNECT, 1L);
	curl_easy_setopt(call->easy, CURLOPT_FORBID_REUSE, 1L);
	curl_easy_setopt(call->easy, CURLOPT_CLOSESOCKETFUNCTION, on_close);
	curl_easy_setopt(call->easy, CURLOPT_CLOSESOCKETDATA, call);
}

/* Those of the settings stand in place of the system's. */
static void
authorities_set(struct call *call)
{
	const char *ca_file = call->task->rooms->settings->outbound_ca_file;

	if (ca_file == NULL)
		return;
	curl_easy_setopt(call->easy, CURLOPT_CAINFO, ca_file);
	curl_easy_setopt(call->easy, CURLOPT_CAPATH, NULL);
}

/* From memory: no file is read on a loop, and none can change under a running gateway. */
static void
tls_set(struct call *call, const struct fetch_tls *tls)
{
	pem_set(call, CURLOPT_SSLCERT_BLOB, tls->certificate);
	pem_set(call, CURLOPT_SSLKEY_BLOB, tls->key);
	pem_set(call, CURLOPT_CAINFO_BLOB, tls->authorities);
	if (tls->authorities.len > 0)
		curl_easy_setopt(call->easy, CURLOPT_CAPATH, NULL);
}

static void
pem_set(struct call *call, CURLoption option, struct bytes pem)
{
	struct curl_blob blob = {
	    .data = (void *)(uintptr_t)pem.at, .len = pem.len, .flags = CURL_BLOB_NOCOPY};

	if (pem.len > 0)
		curl_easy_setopt(call->easy, option, &blob);
}

static int64_t
timeout_of(const struct call *call)
{
	int64_t timeout_ms = call->fetch->timeout_ms == 0 ? TOTAL_MS : call->fetch->timeout_ms;
	int64_t left_ms = task_left_ms(call->task) - BEFORE_DEADLINE_MS;

	if (left_ms < timeout_ms)
		timeout_ms = left_ms;
	return timeout_ms > 0 ? timeout_ms : 1;
}

static void
method_set(struct call *call)
{
	const char *method = call->fetch->method == NULL ? "GET" : call->fetch->method;
	struct bytes body = call->fetch->body;

	if (body.len > 0 || strcmp(method, "POST") == 0) {
		curl_easy_setopt(call->easy, CURLOPT_POST, 1L);
		curl_easy_setopt(call->easy, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)body.len);
		curl_easy_setopt(
		    call->easy, CURLOPT_POSTFIELDS, body.len > 0 ? (const char *)body.at : "");
	}
	if (strcmp(method, "HEAD") == 0)
		curl_easy_setopt(call->easy, CURLOPT_NOBODY, 1L);
	else if (strcmp(method, "GET") != 0 || body.len > 0)
		curl_easy_setopt(call->easy, CURLOPT_CUSTOMREQUEST, method);
}

static bool
headers_set(struct call *call)
{
	/* "Name:" takes away what curl would say by itself. */
	struct curl_slist *list = curl_slist_append(NULL, "Expect:"), *longer;
	const struct pairs *headers = &call->fetch->headers;
	bool has_type = false;
	const char *line;
	size_t i;

	for (i = 0; i < headers->n && list != NULL; i++) {
		has_type = has_type || strcasecmp(headers->at[i].name, "Content-Type") == 0;
		line = task_printf(call->task, headers->at[i].value[0] == 0 ? "%s;" : "%s: %s",
		    headers->at[i].name, headers->at[i].value);
		longer = str_has_control(line) ? NULL : curl_slist_append(list, line);
		if (longer == NULL)
			curl_slist_free_all(list);
		list = longer;
	}
	if (list != NULL && !has_type)
		curl_slist_append(list, "Content-Type:");
	call->sent_headers = list;
	curl_easy_setopt(call->easy, CURLOPT_HTTPHEADER, list);
	return list != NULL;
}

/* Here, and not by the name: what a name means can change between two looks. */
static curl_socket_t
on_open(void *arg, curlsocktype purpose, struct curl_sockaddr *address)
{
	struct call *call = arg;
	struct network network;
	bool is_allowed;

	(void)purpose;
	if (call->fetch->line != NULL) {
		int fd = call->fetch->line();

		return fd < 0 ? CURL_SOCKET_BAD : fd;
	}
	is_allowed = address->family == AF_UNIX && call->fetch->unix_socket != NULL;
	if (network_of(&address->addr, &network))
		is_allowed =
		    networks_hold(&call->fetcher->allowed, &network) ||
		    ((!call->is_plain || call->fetch->may_be_plain) && network_is_public(&network));
	if (!is_allowed) {
		call->is_refused = true;
		return CURL_SOCKET_BAD;
	}
	return socket(
	    address->family, address->socktype | SOCK_CLOEXEC | SOCK_NONBLOCK, address->protocol);
}

bool
fetch_may_reach(const struct task *task, const char *host, size_t len)
{
	struct network network;

	if (len > 2 && host[0] == '[') {
		host++;
		len -= 2;
	}
	return !network_read(host, len, &network) || network_is_public(&network) ||
	       networks_hold(&task->rooms->fetcher->allowed, &network);
}

static int
on_close(void *arg, curl_socket_t fd)
{
	struct call *call = arg;
	int unread_bytes = 0;

	call->is_untaken = ioctl(fd, SIOCOUTQ, &unread_bytes) == 0 && unread_bytes > 0;
	return close(fd);
}

static int
on_line(void *arg, curl_socket_t fd, curlsocktype purpose)
{
	(void)arg;
	(void)fd;
	(void)purpose;
	return CURL_SOCKOPT_ALREADY_CONNECTED;
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

static int
judge(struct call *call)
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
	if (call->result == CURLE_COULDNT_CONNECT && call->fetch->unix_socket != NULL)
		return fail(task, BUSY, "nobody takes calls there");
	if (call->result == CURLE_OPERATION_TIMEDOUT)
		return fail(task, UPSTREAM_LATE, "an outbound call took too long");
	return fail(
	    task, UPSTREAM_BROKEN, "an outbound call failed: %s", curl_easy_strerror(call->result));
}

static void
fetched_make(struct call *call, struct fetched *ret_fetched)
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

int
http_post(
    struct task *task, const char *url, struct pairs headers, const char *body, int *ret_status)
{
	const struct fetch fetch = {
	    .method = "POST",
	    .url = url,
	    .headers = headers,
	    .body = BYTES_OF(body),
	    .max_answer_bytes = POST_ANSWER_BYTES,
	    .wants_status_alone = true,
	};
	struct fetched fetched = {0};
	int r;

	r = http_fetch(task, &fetch, &fetched);
	if (r < 0)
		return r;
	*ret_status = fetched.status;
	return 0;
}
