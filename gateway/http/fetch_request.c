/* SPDX-License-Identifier: Apache-2.0
 *
 * What is asked of curl for one call: where, how, by whom (see fetch_inner.h).
 */
#include "http/fetch_inner.h"

#include "core/settings.h"
#include "core/task.h"

#include <linux/sockios.h>
#include <string.h>
#include <strings.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#define CONNECT_MS         3000 /* a first packet that was lost is sent again after 1 s */
#define TOTAL_MS           3000
#define KEEP_IDLE_S        30L
/* So that the call's own end comes before the task's deadline, with its own fault. */
#define BEFORE_DEADLINE_MS 10

static void options_set(struct call *call);
static void alone_set(struct call *call);
static int on_close(void *arg, curl_socket_t fd);
static void authorities_set(struct call *call);
static void tls_set(struct call *call, const struct fetch_tls *tls);
static void pem_set(struct call *call, CURLoption option, struct bytes pem);
static int64_t timeout_of(const struct call *call);
static void method_set(struct call *call);
static bool headers_set(struct call *call);
static curl_socket_t on_open(void *arg, curlsocktype purpose, struct curl_sockaddr *address);
static int on_line(void *arg, curl_socket_t fd, curlsocktype purpose);

bool
fetch_request_set(struct call *call)
{
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
	curl_easy_setopt(easy, CURLOPT_UNIX_SOCKET_PATH,
	    fetch->line == NULL ? fetch->unix_socket : FETCH_LINE_PATH);
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

static int
on_close(void *arg, curl_socket_t fd)
{
	struct call *call = arg;
	int unread_bytes = 0;

	call->is_untaken = ioctl(fd, SIOCOUTQ, &unread_bytes) == 0 && unread_bytes > 0;
	return close(fd);
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

static int
on_line(void *arg, curl_socket_t fd, curlsocktype purpose)
{
	(void)arg;
	(void)fd;
	(void)purpose;
	return CURL_SOCKOPT_ALREADY_CONNECTED;
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
