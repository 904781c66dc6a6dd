/* SPDX-License-Identifier: Apache-2.0
 *
 * What the server of the tests serves.
 */
#include "../unit.h"

#include "stand.h"

#include "core/fiber.h"
#include "core/task.h"

#include <stdlib.h>

atomic_int n_handled;
const char *_Atomic document = "one";

static int
hello(struct task *task, const struct request *request, struct reply *reply)
{
	(void)request;
	n_handled++;
	(void)task;
	return reply_text(reply, 200, "text/plain", "hello");
}

static int
statically(struct task *task, const struct request *request, struct reply *reply)
{
	(void)request;
	(void)task;
	return reply_text(reply, 200, "text/plain", document);
}

static int
slow(struct task *task, const struct request *request, struct reply *reply)
{
	const char *ms = request_query(request, "ms");
	int r = fiber_sleep(task, ms == NULL ? 50 : atoi(ms));

	if (r < 0)
		return r;
	return reply_text(reply, 200, "text/plain", "slow");
}

static int
echo(struct task *task, const struct request *request, struct reply *reply)
{
	json_auto_t *json = json_object();
	size_t i;

	(void)task;
	n_handled++;
	for (i = 0; i < request->form.n; i++)
		json_set_text(json, request->form.at[i].name, request->form.at[i].value);
	json_object_set_new(json, "bytes", json_integer((json_int_t)request->body.len));
	json_set_text(json, "duplicate", request->duplicate);
	json_set_text(json, "address", request->address);
	return reply_json(reply, 200, json);
}

static int
away(struct task *task, const struct request *request, struct reply *reply)
{
	(void)request;
	(void)reply;
	return fail(task, STORE_AWAY, "redis is away");
}

static int
go(struct task *task, const struct request *request, struct reply *reply)
{
	const char *state = request_query(request, "state");

	return reply_redirect(
	    reply, task_printf(task, "https://rp.test/cb?state=%s", state == NULL ? "" : state));
}

static int
other_fault(struct reply *reply)
{
	return reply_text(
	    reply, fault_status(reply_task(reply)->fault.code), "text/plain", "other");
}

const struct route stand_routes[] = {
    {"GET", "/hello", hello, reply_oauth_fault, 0, "hello", 0, NULL},
    {"GET", "/static", statically, reply_oauth_fault, ROUTE_STATIC, "static", 0, NULL},
    {"GET", "/slow", slow, reply_oauth_fault, 0, "slow", 0, NULL},
    {"POST", "/echo", echo, reply_oauth_fault, ROUTE_NO_QUERY, "echo", 0, "claim"},
    {"POST", "/any", echo, reply_oauth_fault, ROUTE_MAY_DUPLICATE, "any", 0, NULL},
    {"GET", "/any", echo, reply_oauth_fault, ROUTE_MAY_DUPLICATE, "any", 0, NULL},
    {"POST", "/other", echo, other_fault, 0, "other", 0, NULL},
    {"GET", "/away", away, reply_oauth_fault, 0, "away", 0, NULL},
    {"GET", "/go", go, reply_oauth_fault, 0, "go", 0, NULL},
    {"POST", "/small", echo, reply_oauth_fault, 0, "small", 100, NULL},
    {"POST", "/ours", echo, reply_oauth_fault, ROUTE_FROM_OURS, "ours", 0, NULL},
    {"*", "/services/{id}/*", echo, reply_oauth_fault, 0, "services", 0, NULL},
};
const size_t stand_n_routes = sizeof stand_routes / sizeof *stand_routes;
