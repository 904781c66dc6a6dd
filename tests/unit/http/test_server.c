/* SPDX-License-Identifier: Apache-2.0
 *
 * The server as a whole: real sockets, a small route table.
 */
#include "../unit.h"

#include "served.h"

#include "core/clock.h"
#include "core/fiber.h"
#include "core/task.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static struct served served;
static int n_handled;

static int
hello(struct task *task, const struct request *request, struct reply *reply)
{
	(void)request;
	n_handled++;
	(void)task;
	return reply_text(reply, 200, "text/plain", "hello");
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

static const struct route routes[] = {
    {"GET", "/hello", hello, reply_oauth_fault, 0, "hello", 0, NULL},
    {"GET", "/static", hello, reply_oauth_fault, ROUTE_STATIC, "static", 0, NULL},
    {"GET", "/slow", slow, reply_oauth_fault, 0, "slow", 0, NULL},
    {"POST", "/echo", echo, reply_oauth_fault, ROUTE_NO_QUERY, "echo", 0, "claim"},
    {"POST", "/any", echo, reply_oauth_fault, ROUTE_MAY_DUPLICATE, "any", 0, NULL},
    {"GET", "/any", echo, reply_oauth_fault, ROUTE_MAY_DUPLICATE, "any", 0, NULL},
    {"GET", "/away", away, reply_oauth_fault, 0, "away", 0, NULL},
    {"GET", "/go", go, reply_oauth_fault, 0, "go", 0, NULL},
    {"POST", "/small", echo, reply_oauth_fault, 0, "small", 100, NULL},
    {"POST", "/ours", echo, reply_oauth_fault, ROUTE_FROM_OURS, "ours", 0, NULL},
    {"*", "/services/{id}/*", echo, reply_oauth_fault, 0, "services", 0, NULL},
};

static int
open_server(void **state)
{
	(void)state;
	served_default(&served);
	served.listen.routes = routes;
	served.listen.n_routes = sizeof routes / sizeof *routes;
	served_open(&served);
	return 0;
}

static int
close_server(void **state)
{
	(void)state;
	served_close(&served);
	return 0;
}

static struct heard heard;

static void
expect(int status, const char *text)
{
	ask(&served, text, &heard);
	if (heard.status != status)
		fail_msg("%d instead of %d to %.60s: %s", heard.status, status, text, heard.body);
}

static void
answers(void **state)
{
	(void)state;
	expect(200, "GET /hello HTTP/1.1\r\nHost: HOST\r\n\r\n");
	assert_string_equal(heard.body, "hello");
	assert_string_equal(heard_header(&heard, "X-Content-Type-Options"), "nosniff");
	assert_string_equal(heard_header(&heard, "Cache-Control"), "no-store");
	assert_int_equal(strlen(heard_header(&heard, "X-Request-Id")), 24);
	expect(200, "HEAD /hello HTTP/1.1\r\nHost: HOST\r\n\r\n");
	assert_string_equal(heard_header(&heard, "Content-Length"), "5");
	expect(200, "GET /slow HTTP/1.1\r\nHost: HOST\r\n\r\n");
	assert_string_equal(heard.body, "slow");
	expect(200, "POST /echo HTTP/1.1\r\nHost: HOST\r\nContent-Length: 11\r\n"
		    "Content-Type: application/x-www-form-urlencoded\r\n\r\na=b%20c&d=1");
	assert_string_equal(
	    heard.body, "{\"a\":\"b c\",\"d\":\"1\",\"bytes\":11,\"address\":\"127.0.0.1\"}");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(answers),
	};

	return cmocka_run_group_tests(tests, open_server, close_server);
}
