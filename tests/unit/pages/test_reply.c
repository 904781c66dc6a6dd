/* SPDX-License-Identifier: Apache-2.0
 *
 * Pages as a browser gets them, from a real server: language, faults, refusals.
 */
#include "unit/unit.h"

#include "pages/page.h"
#include "unit/http/served.h"

static struct served served;
static struct heard heard;

/* ?ui= is what a service asked for. */
static int
notice(struct task *task, const struct request *request, struct reply *reply)
{
	json_t *view;

	page_language(task, request, reply, request_query(request, "ui"));
	view = json_keep(task, json_pack("{s:s}", "title", page_text(task, "Yes")));
	return page_reply(task, request, reply,
	    &(struct page_show){
		.page = PAGE_NOTICE, .view = view, .form_targets = "https://rp.test"});
}

static int
away(struct task *task, const struct request *request, struct reply *reply)
{
	(void)request;
	(void)reply;
	return fail(task, STORE_AWAY, "redis at /run/redis.sock is away");
}

static int
refused(struct task *task, const struct request *request, struct reply *reply)
{
	return page_refuse(task, request, reply, 403, request_query(request, "reason"));
}

static int
own_view(struct task *task, const struct request *request, struct reply *reply)
{
	json_t *view = json_keep(
	    task, json_pack("{s:{s:s}, s:s}", "page", "nonce", "x", "title", "{{page.nonce}}"));

	return page_reply(
	    task, request, reply, &(struct page_show){.page = PAGE_NOTICE, .view = view});
}

static const struct route routes[] = {
    {"GET", "/notice", notice, page_fault, ROUTE_PAGE, "notice", 0, NULL},
    {"GET", "/away", away, page_fault, ROUTE_PAGE, "away", 0, NULL},
    {"GET", "/refused", refused, page_fault, ROUTE_PAGE, "refused", 0, NULL},
    {"POST", "/ours", notice, page_fault, ROUTE_PAGE | ROUTE_FROM_OURS, "ours", 0, NULL},
    {"GET", "/own", own_view, page_fault, ROUTE_PAGE, "own", 0, NULL},
};

static int
open_server(void **state)
{
	(void)state;
	served_default(&served);
	served.settings.gateway_language = "fr";
	served.listen.routes = routes;
	served.listen.n_routes = sizeof(routes) / sizeof(*routes);
	served.listen.fault = page_fault;
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

static void
get(const char *path, const char *headers)
{
	char text[1024];

	snprintf(text, sizeof(text), "GET %s HTTP/1.1\r\nHost: HOST\r\n%s\r\n", path, headers);
	ask(&served, text, &heard);
}

static void
expect_language(const char *code, const char *path, const char *headers)
{
	char begin[32];

	get(path, headers);
	snprintf(begin, sizeof(begin), "<html lang=\"%s\"", code);
	assert_int_equal(heard.status, 200);
	if (!strstr(heard.body, begin))
		fail_msg("%s %s: not %s", path, headers, code);
}

static void
language_is_chosen_in_order(void **state)
{
	char fresh[64], stale[64];

	(void)state;
	expect_language("fr", "/notice", "");
	expect_language("km", "/notice", "Accept-Language: de, km;q=0.5\r\n");
	expect_language("lo", "/notice", "Accept-Language: km\r\nCookie: dvara_language=lo\r\n");
	expect_language("ar", "/notice?ui=de%20ar", "Cookie: dvara_language=lo\r\n");
	expect_language("en", "/notice?ui=ar&lang=en", "Cookie: dvara_language=lo\r\n");
	expect_language("ar", "/notice?ui=ar&lang=xx", "");
	/* A language the person just switched to stands before what the service asks for. */
	snprintf(fresh, sizeof(fresh), "Cookie: dvara_language=lo.%lld\r\n", (long long)time(NULL));
	snprintf(stale, sizeof(stale), "Cookie: dvara_language=lo.%lld\r\n",
	    (long long)time(NULL) - 3600);
	expect_language("lo", "/notice?ui=ar", fresh);
	expect_language("ar", "/notice?ui=ar", stale);
	expect_language("fr", "/notice", "Cookie: dvara_language=../../x\r\n");
	expect_language("fr", "/notice", "Cookie: dvara_language=.1\r\n");
}

static void
a_switch_is_remembered(void **state)
{
	(void)state;
	get("/notice?lang=km", "");
	assert_non_null(strstr(heard_header(&heard, "Set-Cookie"), "dvara_language=km."));
	assert_non_null(strstr(heard_header(&heard, "Set-Cookie"), "Max-Age=31536000"));
	get("/notice", "");
	assert_null(heard_header(&heard, "Set-Cookie"));
	get("/notice?lang=xx", "");
	assert_null(heard_header(&heard, "Set-Cookie"));
}

static void
style_and_script_have_the_policys_nonce(void **state)
{
	char first[64];
	const char *policy, *nonce;

	(void)state;
	get("/notice", "");
	policy = heard_header(&heard, "Content-Security-Policy");
	nonce = strstr(policy, "'nonce-");
	assert_non_null(nonce);
	snprintf(first, sizeof(first), "<style nonce=\"%.22s\"", nonce + strlen("'nonce-"));
	assert_non_null(strstr(heard.body, first));
	assert_non_null(strstr(
	    heard_header(&heard, "Content-Security-Policy"), "form-action 'self' https://rp.test"));
	get("/notice", "");
	assert_null(strstr(heard.body, first));
}

static void
faults_are_pages(void **state)
{
	char code[64];

	(void)state;
	get("/away?lang=en", "");
	assert_int_equal(heard.status, 503);
	assert_non_null(heard_header(&heard, "Retry-After"));
	assert_non_null(strstr(heard.body, "Try again in a minute."));
	assert_null(strstr(heard.body, "redis"));
	snprintf(code, sizeof(code), "<code id=\"error-code\" dir=\"ltr\">%.10s</code>",
	    heard_header(&heard, "X-Request-Id"));
	assert_non_null(strstr(heard.body, code));

	get("/nowhere", "Accept-Language: km\r\n");
	assert_int_equal(heard.status, 404);
	assert_non_null(strstr(heard.body, "<html lang=\"km\""));
	assert_non_null(strstr(heard.body, "href=\"/nowhere?lang=en\""));
	assert_non_null(strstr(heard.body, "id=\"error-action\""));
	get("/nowhere?lang=lo", "Accept-Language: km\r\n");
	assert_non_null(strstr(heard.body, "<html lang=\"lo\""));
	assert_non_null(heard_header(&heard, "Set-Cookie"));

	/* Nothing of a caller's address comes back, not even inside a link of ours. */
	get("/nowhere?redirect_uri=https://evil.test/&state=%22%3E", "");
	assert_null(strstr(heard.body, "evil"));
	assert_null(strstr(heard.body, "%22"));
}

static void
doors_faults_are_pages(void **state)
{
	(void)state;
	ask(&served,
	    "POST /ours?lang=en HTTP/1.1\r\nHost: HOST\r\nOrigin: https://evil.test\r\n"
	    "Content-Length: 0\r\n\r\n",
	    &heard);
	assert_int_equal(heard.status, 403);
	assert_non_null(strstr(heard.body, "did not come from our page"));
	assert_null(strstr(heard.body, "hreflang"));
	ask(&served, "POST /notice?lang=en HTTP/1.1\r\nHost: HOST\r\nContent-Length: 0\r\n\r\n",
	    &heard);
	assert_int_equal(heard.status, 405);
	assert_non_null(strstr(heard.body, "cannot be opened like this"));
	get("/notice?lang=en&a=%ff", "");
	assert_int_equal(heard.status, 400);
	assert_non_null(strstr(heard.body, "id=\"error-code\""));
}

static void
a_refusal_has_its_status_and_texts(void **state)
{
	(void)state;
	get("/refused?reason=person-dead&lang=en", "");
	assert_int_equal(heard.status, 403);
	assert_non_null(strstr(heard.body, "A relative can go"));
	assert_non_null(strstr(heard.body, "Nothing about you was shared."));
	get("/refused?reason=person-dead", "Accept-Language: ar\r\n");
	assert_non_null(strstr(heard.body, "<html lang=\"ar\" dir=\"rtl\">"));
	/* Our own mistake is not hidden behind an empty page. */
	get("/refused?reason=nonsense&lang=en", "");
	assert_int_equal(heard.status, 500);
	assert_non_null(strstr(heard.body, "Something went wrong on our side."));
	assert_null(strstr(heard.body, ">nonsense"));
}

static void
a_view_cannot_replace_what_is_common(void **state)
{
	(void)state;
	get("/own", "");
	assert_null(strstr(heard.body, "nonce=\"x\""));
	assert_non_null(strstr(heard.body, "{{page.nonce}}"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(language_is_chosen_in_order),
	    cmocka_unit_test(a_switch_is_remembered),
	    cmocka_unit_test(style_and_script_have_the_policys_nonce),
	    cmocka_unit_test(faults_are_pages),
	    cmocka_unit_test(doors_faults_are_pages),
	    cmocka_unit_test(a_refusal_has_its_status_and_texts),
	    cmocka_unit_test(a_view_cannot_replace_what_is_common),
	};
	return cmocka_run_group_tests(tests, open_server, close_server);
}
