/* SPDX-License-Identifier: Apache-2.0
 *
 * curl on the loop (libcurl-multi(3), "multi_socket"): it names the sockets to watch and the time
 * to wake, the loop calls it back.
 */
#include "core/clock.h"
#include "core/log.h"
#include "core/metrics.h"
#include "core/settings.h"
#include "http/fetch_inner.h"

#include <pthread.h>
#include <stdlib.h>
#include <sys/epoll.h>

#define KEPT_CONNECTIONS 64L

static void curl_setup(void);
static int on_socket(CURL *easy, curl_socket_t fd, int what, void *arg, void *slot);
static int on_timer(CURLM *multi, long timeout_ms, void *arg);
static void on_events(void *arg, uint32_t events);
static void on_time(void *arg);
static void carry_on(struct fetcher *fetcher, curl_socket_t fd, int mask);

/* What curl keeps with a socket. */
struct fetch_socket {
	struct fetcher *fetcher;
	curl_socket_t fd;
	struct loop_watch *watch;
};

struct fetcher *
fetcher_new(struct loop *loop, const struct settings *settings)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;
	struct fetcher *fetcher = calloc(1, sizeof *fetcher);
	static const char *const outcomes[N_FETCH_OUTCOMES] = {
	    [FETCH_ANSWERED] = "outcome=\"answered\"",
	    [FETCH_FAILED] = "outcome=\"failed\"",
	    [FETCH_CALLED_OFF] = "outcome=\"called_off\""};
	const char *bad;
	size_t i;

	pthread_once(&once, curl_setup);
	if (fetcher == NULL)
		abort();
	fetcher->loop = loop;
	if (!networks_read(settings->outbound_allow, &fetcher->allowed, &bad))
		log_line(LOG_ERR, "config", "outbound.allow: %s is no address or network", bad);
	for (i = 0; i < N_FETCH_OUTCOMES; i++)
		fetcher->counts[i] = metric_counter(
		    "dvara_outbound_calls_total", "calls of other systems", outcomes[i]);
	fetcher->multi = curl_multi_init();
	if (fetcher->multi == NULL)
		abort();
	curl_multi_setopt(fetcher->multi, CURLMOPT_SOCKETFUNCTION, on_socket);
	curl_multi_setopt(fetcher->multi, CURLMOPT_SOCKETDATA, fetcher);
	curl_multi_setopt(fetcher->multi, CURLMOPT_TIMERFUNCTION, on_timer);
	curl_multi_setopt(fetcher->multi, CURLMOPT_TIMERDATA, fetcher);
	curl_multi_setopt(fetcher->multi, CURLMOPT_MAXCONNECTS, KEPT_CONNECTIONS);
	return fetcher;
}

static void
curl_setup(void)
{
	if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK)
		abort();
}

void
fetcher_free(struct fetcher *fetcher)
{
	if (fetcher == NULL)
		return;
	while (fetcher->n_spare > 0)
		curl_easy_cleanup(fetcher->spare[--fetcher->n_spare]);
	curl_multi_cleanup(fetcher->multi);
	timer_end(fetcher->loop, &fetcher->timer);
	fetch_origins_free(fetcher);
	networks_free(&fetcher->allowed);
	free(fetcher);
}

bool
fetch_begin(struct call *call)
{
	return curl_multi_add_handle(call->fetcher->multi, call->easy) == CURLM_OK;
}

void
fetch_end(struct call *call)
{
	struct fetcher *fetcher = call->fetcher;

	curl_multi_remove_handle(fetcher->multi, call->easy);
	curl_slist_free_all(call->sent_headers);
	call->sent_headers = NULL;
	if (fetcher->n_spare < sizeof fetcher->spare / sizeof *fetcher->spare) {
		curl_easy_reset(call->easy);
		fetcher->spare[fetcher->n_spare++] = call->easy;
		return;
	}
	curl_easy_cleanup(call->easy);
}

static int
on_socket(CURL *easy, curl_socket_t fd, int what, void *arg, void *slot)
{
	struct fetcher *fetcher = arg;
	struct fetch_socket *of = slot;
	uint32_t events =
	    (what & CURL_POLL_IN ? EPOLLIN : 0u) | (what & CURL_POLL_OUT ? EPOLLOUT : 0u);

	(void)easy;
	if (what == CURL_POLL_REMOVE) {
		if (of != NULL)
			loop_watch_end(of->watch);
		curl_multi_assign(fetcher->multi, fd, NULL);
		free(of);
		return 0;
	}
	if (of != NULL) {
		loop_watch_change(of->watch, events);
		return 0;
	}
	of = calloc(1, sizeof *of);
	if (of == NULL)
		abort();
	of->fetcher = fetcher;
	of->fd = fd;
	of->watch = loop_watch(fetcher->loop, fd, events, on_events, of);
	curl_multi_assign(fetcher->multi, fd, of);
	return 0;
}

static void
on_events(void *arg, uint32_t events)
{
	struct fetch_socket *of = arg;
	int mask = 0;

	if (events & (EPOLLIN | EPOLLHUP | EPOLLERR))
		mask |= CURL_CSELECT_IN;
	if (events & EPOLLOUT)
		mask |= CURL_CSELECT_OUT;
	if (events & EPOLLERR)
		mask |= CURL_CSELECT_ERR;
	carry_on(of->fetcher, of->fd, mask);
}

/* Never calls curl back from here, which is inside of it; a turn later is soon enough. */
static int
on_timer(CURLM *multi, long timeout_ms, void *arg)
{
	struct fetcher *fetcher = arg;

	(void)multi;
	if (timeout_ms < 0)
		timer_end(fetcher->loop, &fetcher->timer);
	else
		timer_set(
		    fetcher->loop, &fetcher->timer, clock_mono_ms() + timeout_ms, on_time, fetcher);
	return 0;
}

static void
on_time(void *arg)
{
	carry_on(arg, CURL_SOCKET_TIMEOUT, 0);
}

static void
carry_on(struct fetcher *fetcher, curl_socket_t fd, int mask)
{
	struct call *call;
	CURLMsg *message;
	int n;

	curl_multi_socket_action(fetcher->multi, fd, mask, &n);
	while ((message = curl_multi_info_read(fetcher->multi, &n)) != NULL) {
		if (message->msg != CURLMSG_DONE)
			continue;
		curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, &call);
		call->result = message->data.result;
		wait_done(&call->wait);
	}
}
