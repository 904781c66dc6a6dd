/* SPDX-License-Identifier: Apache-2.0
 *
 * One outbound call.  Called by whoever needs another system: JWKS and sector documents, status
 * lists, OCSP, webhooks, upstream providers, sources, service plugins.
 */
#include "http/fetch.h"

#include "core/task.h"
#include "http/fetch_inner.h"

#include <stdlib.h>
#include <string.h>

#define POST_ANSWER_BYTES (16u << 10)

static const char *origin_read(struct call *call);
static const char *part(struct task *task, CURLU *url, CURLUPart which);
static bool prepare(struct call *call);
static enum fetch_outcome outcome_of(const struct call *call, int r);

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
		r = fetch_answer_judge(&call);
	if (r == 0)
		fetch_answer_read(&call, ret_fetched);
	fetch_end(&call);
	fetch_origin_leave(fetcher, origin, outcome_of(&call, r));
	return r;
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
		return FETCH_LINE_PATH;
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
	struct fetcher *fetcher = call->fetcher;

	call->easy = fetcher->n_spare > 0 ? fetcher->spare[--fetcher->n_spare] : curl_easy_init();
	if (call->easy == NULL)
		abort();
	fetch_answer_open(call);
	return fetch_request_set(call);
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
