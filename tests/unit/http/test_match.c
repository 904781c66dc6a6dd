/* SPDX-License-Identifier: Apache-2.0
 *
 * The route table (http/match.h).
 */
#include "../unit.h"

#include "http/match.h"

static int
nothing(struct task *task, const struct request *request, struct reply *reply)
{
	(void)task, (void)request, (void)reply;
	return 0;
}

#define ROUTE(method, path) \
	{ \
		method, path, nothing, reply_oauth_fault, 0, path, 0, NULL \
	}

static const struct route routes[] = {
    ROUTE("GET", "/"),
    ROUTE("GET", "/token"),
    ROUTE("POST", "/token"),
    ROUTE("GET", "/vp/request/{h}"),
    ROUTE("POST", "/vp/request/{h}"),
    ROUTE("GET", "/vp/request/known"),
    ROUTE("*", "/services/{id}/*"),
    ROUTE("GET", "/services/{id}/special"),
    ROUTE("GET", "/a/{x}/b/{y}"),
    ROUTE("GET", "/assets/*"),
    ROUTE("DELETE", "/only"),
};

static struct match_table *table;
static struct match found;

static const char *
find(struct task *task, const char *method, const char *path)
{
	int r;

	fault_clear(task);
	memset(&found, 0, sizeof found);
	r = match_find(task, table, method, path, &found);
	if (r == NOT_FOUND)
		return "404";
	if (r == METHOD_NOT_ALLOWED)
		return "405";
	return found.route->path;
}

static void
matches(void **state)
{
	struct task *task = *state;

	assert_string_equal(find(task, "GET", "/"), "/");
	assert_string_equal(find(task, "GET", "/token"), "/token");
	assert_string_equal(find(task, "HEAD", "/token"), "/token");
	assert_string_equal(find(task, "POST", "/token"), "/token");
	assert_string_equal(found.route->method, "POST");
	assert_string_equal(find(task, "GET", "/vp/request/abc"), "/vp/request/{h}");
	assert_string_equal(found.captures.at[0].name, "h");
	assert_string_equal(found.captures.at[0].value, "abc");
	assert_string_equal(find(task, "GET", "/vp/request/known"), "/vp/request/known");
	assert_string_equal(find(task, "PATCH", "/services/x/a/b"), "/services/{id}/*");
	assert_string_equal(found.rest, "a/b");
	assert_string_equal(found.captures.at[0].value, "x");
	assert_string_equal(find(task, "GET", "/services/x/"), "/services/{id}/*");
	assert_string_equal(found.rest, "");
	assert_string_equal(find(task, "GET", "/services/x/special"), "/services/{id}/special");
	assert_null(found.rest);
	assert_string_equal(find(task, "GET", "/a/1/b/2"), "/a/{x}/b/{y}");
	assert_int_equal(found.captures.n, 2);
	assert_string_equal(found.captures.at[1].value, "2");
	assert_string_equal(find(task, "GET", "/assets/x.css"), "/assets/*");
}

static void
refusals(void **state)
{
	struct task *task = *state;

	assert_string_equal(find(task, "GET", "/tokens"), "404");
	assert_string_equal(find(task, "GET", "/token/"), "404");
	assert_string_equal(find(task, "GET", "/TOKEN"), "404");
	assert_string_equal(find(task, "GET", "/vp/request/"), "404");
	assert_string_equal(find(task, "GET", "/vp/request/a/b"), "404");
	assert_string_equal(find(task, "GET", "/services/x"), "404");
	assert_string_equal(find(task, "GET", "/a/1/b"), "404");
	assert_string_equal(find(task, "PUT", "/token"), "405");
	assert_string_equal(found.allow, "GET, HEAD, POST");
	assert_non_null(found.route);
	assert_string_equal(find(task, "GET", "/only"), "405");
	assert_string_equal(found.allow, "DELETE");
	assert_string_equal(find(task, "HEAD", "/only"), "405");
	assert_string_equal(find(task, "TRACE", "/services/x/y"), "405");
	assert_string_equal(find(task, "get", "/token"), "405");
	assert_string_equal(find(task, "*", "/services/x/y"), "405");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {task_test(matches), task_test(refusals)};
	int n;

	table = match_table_new(routes, sizeof routes / sizeof *routes);
	n = cmocka_run_group_tests(tests, NULL, NULL);
	match_table_free(table);
	return n;
}
