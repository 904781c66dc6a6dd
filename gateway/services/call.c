/* SPDX-License-Identifier: Apache-2.0
 *
 * /services/{id}/…: a call forwarded to the service, its answer held against what may pass.
 *
 * The gateway knows which tokens still live (a code used twice, a consent withdrawn); the service
 * itself checks signature, audience and time once more, as any resource server.
 */
#include "services/services.h"

#include "core/buf.h"
#include "core/clock.h"
#include "core/settings.h"
#include "core/task.h"
#include "http/client_cert.h"
#include "http/fetch.h"
#include "services/service.h"
#include "services/token.h"

#include <string.h>

#define ANSWER_MAX_BYTES (1u << 20)
#define N_HEADERS        7
#define RETRY_MAX_DIGITS 5

static int forward(struct task *task, const struct request *request, struct service *service,
    struct fetched *ret_fetched);
static bool is_hung(const struct service *service, int r, int64_t begun_ms);
static int answer_pass(struct task *task, const struct fetched *fetched, struct reply *reply);
static const char *retry_after(const struct fetched *fetched);

int
services_call(struct task *task, const struct request *request, struct reply *reply)
{
	const char *id = request_capture(request, "id");
	struct service *service = service_find(task->rooms->services, id);
	struct fetched fetched;
	struct bearer bearer;
	int r;

	if (!service)
		return fail(task, NOT_FOUND, "there is no such service");
	r = token_of_call(task, request, service->id, &bearer);
	if (r < 0)
		return r;
	if (bearer.grant->person_id == NULL && !service->takes_clients)
		return fail(task, INSUFFICIENT_SCOPE, "the token speaks for no person");
	if (service->is_paused)
		return fail(task, BUSY, "the service is paused");
	r = forward(task, request, service, &fetched);
	if (r < 0)
		return r;
	return answer_pass(task, &fetched, reply);
}

/* Its path begins anew: the service does not know under which name it is served. */
static const char *
url_of(struct task *task, const struct request *request)
{
	struct buf url;

	buf_open(&url, task, 16u << 10);
	buf_text_add(&url, "http://service/");
	for (const char *at = request->rest ? request->rest : ""; *at; at++) {
		if (*at == '/')
			buf_char_add(&url, '/');
		else
			buf_url_add(&url, task_dup_n(task, at, 1));
	}
	if (request->raw_query[0])
		buf_printf(&url, "?%s", request->raw_query);
	return buf_text(&url);
}

static size_t
headers_fill(struct task *task, const struct request *request, struct pair headers[N_HEADERS])
{
	const struct pair all[N_HEADERS] = {
	    {"Authorization", request_header(request, "Authorization")},
	    {"DPoP", request_header(request, "DPoP")},
	    {"Client-Cert", request->peer_certificate.len
				? client_cert_text(task, request->peer_certificate)
				: NULL},
	    {"X-Request-Id", task->request_id},
	    {"traceparent", task_printf(task, "00-%s-%.16s-01", task->trace_id, task->request_id)},
	    {"Accept-Language", task->language},
	    {"Content-Type", request_header(request, "Content-Type")},
	};
	size_t n = 0;

	for (size_t i = 0; i < N_HEADERS; i++)
		if (all[i].value)
			headers[n++] = all[i];
	return n;
}

static int
forward(struct task *task, const struct request *request, struct service *service,
    struct fetched *ret_fetched)
{
	struct pair headers[N_HEADERS];
	struct fetch fetch = {
	    .method = request->method,
	    .url = url_of(task, request),
	    .unix_socket = service->socket,
	    .is_ours = true,
	    .headers = {headers, headers_fill(task, request, headers)},
	    .body = request->body,
	    .timeout_ms = service->timeout_ms,
	    .max_answer_bytes = ANSWER_MAX_BYTES,
	};
	int64_t begun_ms = clock_mono_ms();
	int r = fetch.url ? http_fetch(task, &fetch, ret_fetched)
			  : fail(task, TOO_LARGE, "the path is too long");

	if (r == 0)
		service->answered_ms = clock_mono_ms();
	if (is_hung(service, r, begun_ms))
		service_kill(service);
	return r;
}

/* It has had the call all its time, or has not come to it, and has answered nobody else meanwhile:
 * else it is only busy.  Who has read a call lives, as its end would have cut it. */
static bool
is_hung(const struct service *service, int r, int64_t begun_ms)
{
	if (service->answered_ms >= begun_ms)
		return false;
	return r == UPSTREAM_LATE || (r == UNTAKEN && !service_is_starting(service));
}

static int
answer_pass(struct task *task, const struct fetched *fetched, struct reply *reply)
{
	const char *type = fetched->content_type ? fetched->content_type : "application/json";
	bool is_json = str_equal(type, "application/json") || str_ends(type, "+json");

	if (fetched->status == 500)
		return fail(task, UPSTREAM_BROKEN, "the service failed");
	if (is_json && fetched->body.len) {
		json_auto_t *json = NULL;

		if (json_parse_sized(task, (const char *)fetched->body.at, fetched->body.len,
			ANSWER_MAX_BYTES, &json) < 0)
			return fault_as(task, UPSTREAM_BROKEN);
	}
	if (retry_after(fetched))
		reply_header(reply, "Retry-After", retry_after(fetched));
	/* Nothing else of its head but the type; and where a browser shows it, it is of no origin.
	 */
	reply_header(reply, "Content-Security-Policy", "default-src 'none'; sandbox");
	return reply_bytes(reply, fetched->status, type, fetched->body);
}

/* Seconds, where it says that it can be asked again; or NULL. */
static const char *
retry_after(const struct fetched *fetched)
{
	const char *value = fetched_header(fetched, "Retry-After");
	size_t n_digits = value ? strspn(value, "0123456789") : 0;

	if (fetched->status != 503 && fetched->status != 429)
		return NULL;
	return n_digits > 0 && n_digits <= RETRY_MAX_DIGITS && !value[n_digits] ? value : NULL;
}
