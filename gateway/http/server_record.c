/* SPDX-License-Identifier: Apache-2.0
 *
 * What is kept of a request: one line in the log, a counter and a histogram.  A path, a query and a
 * full address are never in it.
 */
#include "core/log.h"
#include "core/metrics.h"
#include "http/server_inner.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* Methods times statuses of one route; rare ones past that are not counted apart. */
#define MAX_CELLS 24

struct cell {
	const char *method;
	int status;
	struct metric *count;
};
struct server_meter {
	const char *route;
	struct metric *seconds;
	struct cell cells[MAX_CELLS];
	size_t n_cells;
};

static struct server_meter *meter_of(const struct exchange *exchange);
static struct metric *count_of(struct server_meter *meter, const char *method, int status);
static struct metric *fault_count(const struct server_meter *meter, int code);
static const char *known_method(const char *method);
static void line_write(struct exchange *exchange, const char *method, int status, int64_t took_us);

struct server_meter *
server_meters_new(const struct http_listen *listen)
{
	struct server_meter *meters = calloc(listen->n_routes + 1, sizeof *meters);
	char labels[128];
	size_t i;

	if (meters == NULL)
		abort();
	for (i = 0; i <= listen->n_routes; i++) {
		meters[i].route = i < listen->n_routes ? listen->routes[i].metric : "none";
		snprintf(labels, sizeof labels, "route=\"%s\"", meters[i].route);
		meters[i].seconds = metric_seconds("dvara_http_request_seconds",
		    "time from a request's first line to the end of its answer", labels);
	}
	return meters;
}

void
server_meters_free(struct server_meter *meters)
{
	free(meters);
}

void
server_record(struct exchange *exchange, int status)
{
	const struct route *route = exchange->match.route;
	struct server_meter *meter = meter_of(exchange);
	const char *method = known_method(exchange->method == NULL ? "" : exchange->method);
	int64_t took_us = server_now_us() - exchange->began_us;
	bool is_quiet = route != NULL && (route->guards & ROUTE_STATIC) && status < 400;

	metric_add(count_of(meter, method, status), 1);
	metric_time(meter->seconds, took_us);
	if (status >= 400 && exchange->has_task && exchange->task.fault.code != 0)
		metric_add(fault_count(meter, exchange->task.fault.code), 1);
	/* A document that anyone may read and caches ask for says nothing in a log. */
	if (!is_quiet && log_is_written(LOG_INFO))
		line_write(exchange, method, status, took_us);
}

static struct server_meter *
meter_of(const struct exchange *exchange)
{
	const struct http_server *server = exchange->server;
	const struct route *route = exchange->match.route;

	return &server->meters[route == NULL ? server->listen.n_routes
					     : (size_t)(route - server->listen.routes)];
}

static struct metric *
count_of(struct server_meter *meter, const char *method, int status)
{
	struct cell *cell;
	char labels[160];

	for (cell = meter->cells; cell < meter->cells + meter->n_cells; cell++)
		if (cell->status == status && strcmp(cell->method, method) == 0)
			return cell->count;
	if (meter->n_cells == MAX_CELLS)
		return meter->cells[MAX_CELLS - 1].count;
	cell->method = method;
	cell->status = status;
	snprintf(labels, sizeof labels, "route=\"%s\",method=\"%s\",code=\"%d\"", meter->route,
	    method, status);
	cell->count = metric_counter("dvara_http_requests_total", "requests answered", labels);
	meter->n_cells++;
	return cell->count;
}

static struct metric *
fault_count(const struct server_meter *meter, int code)
{
	char labels[160];

	snprintf(
	    labels, sizeof labels, "route=\"%s\",error=\"%s\"", meter->route, fault_name(code));
	return metric_counter("dvara_faults_total", "refusals and failures by their name", labels);
}

/* A caller may make up methods; the label may not. */
static const char *
known_method(const char *method)
{
	static const char *const known[] = {
	    "GET", "HEAD", "POST", "PUT", "DELETE", "PATCH", "OPTIONS"};
	size_t i;

	for (i = 0; i < sizeof known / sizeof *known; i++)
		if (strcmp(method, known[i]) == 0)
			return known[i];
	return "other";
}

static void
line_write(struct exchange *exchange, const char *method, int status, int64_t took_us)
{
	struct task *task = exchange->has_task ? &exchange->task : NULL;
	char status_text[12], ms_text[24];

	snprintf(status_text, sizeof status_text, "%d", status);
	snprintf(ms_text, sizeof ms_text, "%lld.%01lld", (long long)(took_us / 1000),
	    (long long)(took_us / 100 % 10));
	log_event(task, LOG_INFO, "request", NULL, "route", meter_of(exchange)->route, "method",
	    method, "status", status_text, "duration_ms", ms_text, "address",
	    task == NULL ? NULL : log_address(task, exchange->request.address), NULL);
}

int64_t
server_now_us(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}
