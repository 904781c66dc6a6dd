/* SPDX-License-Identifier: Apache-2.0
 *
 * Answers without a server: headers, faults, compression (http/reply.h, http/gzip.h).
 */
#include "../unit.h"

#include "core/settings.h"
#include "http/gzip.h"
#include "http/reply_inner.h"

#include <zlib.h>

static struct settings settings = {.gateway_issuer = "https://login.gov.test"};
/* Each test's task leaves them. */
static struct rooms rooms = {.settings = &settings, .n_tasks = 100};
static struct request request;
static struct pair authorization[1];

static struct reply
new_reply(struct task *task, const char *authorized_by)
{
	fault_clear(task);
	task->rooms = &rooms;
	authorization[0] = (struct pair){"Authorization", authorized_by};
	request = (struct request){.headers = {authorization, authorized_by == NULL ? 0 : 1}};
	return (struct reply){.task = task, .request = &request};
}

static const char *
body(const struct reply *reply)
{
	static char text[1000];

	snprintf(text, sizeof text, "%.*s", (int)reply->body.len, (const char *)reply->body.at);
	return text;
}

static void
headers(void **state)
{
	struct reply reply = new_reply(*state, NULL);

	reply_header(&reply, "X-A", "1");
	reply_header(&reply, "x-a", "2\r\nEvil: \xc3\xa9");
	assert_int_equal(reply.n_headers, 1);
	assert_string_equal(reply_header_find(&reply, "X-A"), "2%0D%0AEvil: %C3%A9");
	reply_cookie(&reply, "a", "1", 0);
	reply_cookie(&reply, "b", "2", 60);
	assert_int_equal(reply.n_headers, 3);
	assert_string_equal(reply.headers[1].value, "a=1; Path=/; HttpOnly; SameSite=Lax");
	assert_string_equal(
	    reply.headers[2].value, "b=2; Path=/; HttpOnly; SameSite=Lax; Max-Age=60");
}

static void
headers_of_another_server(void **state)
{
	struct reply reply = new_reply(*state, NULL);
	int i;

	reply_header(&reply, "Content-Length", "7");
	reply_header(&reply, "transfer-encoding", "chunked");
	reply_header(&reply, "Connection", "Upgrade");
	reply_header(&reply, "X Y", "a");
	reply_header(&reply, "X-Empty", "");
	assert_int_equal(reply.n_headers, 0);
	for (i = 0; i < 100; i++)
		reply_header(&reply, task_printf(*state, "X-%d", i), "a");
	assert_int_equal(reply.n_headers, REPLY_HANDLERS_HEADERS);
	reply.is_page = true;
	reply_finish(&reply);
	assert_string_equal(reply_header_find(&reply, "X-Content-Type-Options"), "nosniff");
	assert_string_equal(reply_header_find(&reply, "X-Frame-Options"), "DENY");
}

static void
oauth_faults(void **state)
{
	struct task *task = *state;
	struct reply reply = new_reply(task, "Basic eDp5");

	fail(task, INVALID_CLIENT, "a \"quoted\" \\ reason");
	assert_int_equal(reply_oauth_fault(&reply), 0);
	assert_int_equal(reply.status, 401);
	assert_string_equal(reply_header_find(&reply, "WWW-Authenticate"), "Basic realm=\"dvara\"");
	assert_string_equal(body(&reply),
	    task_printf(task,
		"{\"error\":\"invalid_client\",\"error_description\":\"a 'quoted' ? reason\","
		"\"error_uri\":\"https://login.gov.test/errors/invalid_client?id=%.10s\"}",
		task->request_id));
	reply = new_reply(task, NULL);
	fail(task, INVALID_CLIENT, "x");
	reply_oauth_fault(&reply);
	assert_null(reply_header_find(&reply, "WWW-Authenticate"));
	reply = new_reply(task, NULL);
	fail(task, BROKEN, "SELECT * FROM secrets");
	reply_oauth_fault(&reply);
	assert_int_equal(reply.status, 500);
	assert_null(strstr(body(&reply), "SELECT"));
}

static void
bearer_faults(void **state)
{
	struct task *task = *state;
	struct reply reply = new_reply(task, NULL);

	fail(task, NO_TOKEN, "no token");
	reply_bearer_fault(&reply);
	assert_int_equal(reply.status, 401);
	assert_string_equal(reply_header_find(&reply, "WWW-Authenticate"),
	    "Bearer, DPoP algs=\"ES256 PS256 EdDSA\"");
	assert_int_equal(reply.body.len, 0);
	reply = new_reply(task, "dpop abc");
	fail(task, INVALID_TOKEN, "it has expired");
	reply_bearer_fault(&reply);
	assert_string_equal(reply_header_find(&reply, "WWW-Authenticate"),
	    "DPoP error=\"invalid_token\", error_description=\"it has expired\", "
	    "algs=\"ES256 PS256 EdDSA\"");
	reply = new_reply(task, "Bearer abc");
	fault_clear(task);
	fail(task, INVALID_TOKEN_PROOF, "x");
	reply_problem_fault(&reply);
	assert_string_equal(reply_header_find(&reply, "WWW-Authenticate"),
	    "Bearer error=\"invalid_dpop_proof\", error_description=\"x\", "
	    "DPoP algs=\"ES256 PS256 EdDSA\"");
	fault_clear(task);
	reply = new_reply(task, "Bearer abc");
	fail(task, STORE_AWAY, "redis");
	reply_bearer_fault(&reply);
	assert_int_equal(reply.status, 503);
	assert_null(reply_header_find(&reply, "WWW-Authenticate"));
	assert_non_null(reply_header_find(&reply, "Retry-After"));
}

static void
problems(void **state)
{
	struct task *task = *state;
	struct reply reply = new_reply(task, NULL);

	fail(task, NOT_FOUND, "no such consent");
	reply_problem_fault(&reply);
	assert_int_equal(reply.status, 404);
	assert_string_equal(reply_header_find(&reply, "Content-Type"), "application/problem+json");
	assert_non_null(strstr(body(&reply), "\"status\":404,\"detail\":\"no such consent\""));
}

static void
compression(void **state)
{
	struct task *task = *state;
	char text[3000], plain[4000];
	struct bytes packed;
	z_stream stream = {0};

	assert_false(gzip_is_accepted(NULL));
	assert_false(gzip_is_accepted("br, xgzip, gzip;q=0"));
	assert_false(gzip_is_accepted("gzip; q=0.000"));
	assert_true(gzip_is_accepted("deflate, GZIP;q=0.1, br"));
	memset(text, 'a', sizeof text);
	assert_true(gzip_bytes(task, (struct bytes){(uint8_t *)text, sizeof text}, &packed));
	assert_true(packed.len < 100);
	assert_int_equal(inflateInit2(&stream, 15 + 16), Z_OK);
	stream.next_in = (Bytef *)(uintptr_t)packed.at;
	stream.avail_in = (uInt)packed.len;
	stream.next_out = (Bytef *)plain;
	stream.avail_out = sizeof plain;
	assert_int_equal(inflate(&stream, Z_FINISH), Z_STREAM_END);
	assert_int_equal(stream.total_out, sizeof text);
	inflateEnd(&stream);
	for (size_t i = 0; i < sizeof text; i++)
		text[i] = (char)(rand() & 255);
	assert_false(gzip_bytes(task, (struct bytes){(uint8_t *)text, sizeof text}, &packed));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {task_test(headers), task_test(headers_of_another_server),
	    task_test(oauth_faults), task_test(bearer_faults), task_test(problems),
	    task_test(compression)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
