/* SPDX-License-Identifier: Apache-2.0
 *
 * The door: method, target and headers, one a line; behind an empty line the body.  Forwarded and
 * X-Forwarded-For are read too, because the peer is a trusted proxy.
 */
#include "fuzz.h"

#include "core/settings.h"
#include "core/task.h"
#include "http/door.h"

#define MAX_LINES 128

static char *line_take(char **text);
static void fields_read(struct task *task, char **text, struct door_wire *wire);
static void passed_check(const struct request *request, const struct match *match);

static int
nothing(struct task *task, const struct request *request, struct reply *reply)
{
	(void)task, (void)request, (void)reply;
	return 0;
}

static const struct route routes[] = {
    {"GET", "/", nothing, reply_oauth_fault, 0, "a", 0, NULL},
    {"POST", "/token", nothing, reply_oauth_fault, ROUTE_NO_QUERY, "b", 0, NULL},
    {"POST", "/consent", nothing, reply_oauth_fault, ROUTE_FROM_OURS, "c", 0, "claim"},
    {"GET", "/authorize", nothing, reply_oauth_fault, ROUTE_MAY_DUPLICATE, "d", 0, NULL},
    {"*", "/services/{id}/*", nothing, reply_oauth_fault, 0, "e", 100, NULL},
};

int
LLVMFuzzerTestOneInput(const uint8_t *at, size_t len)
{
	static const char *const proxies[] = {"10.0.0.0/8", NULL};
	struct settings settings = {
	    .host = "id.test", .gateway_issuer = "https://id.test", .is_https = true};
	struct rooms rooms = {.settings = &settings};
	struct door door = {.settings = &settings};
	struct door_wire wire = {.version = "HTTP/1.1", .peer_text = "10.0.0.1"};
	struct request request = {0};
	struct door_body body = {0};
	struct match match = {0};
	struct match_table *table;
	struct task task;
	const char *bad;
	char *text;
	int r;

	if (len > 65536)
		return 0;
	task_open(&task, NULL, &rooms, 0);
	table = match_table_new(routes, sizeof routes / sizeof *routes);
	door.routes = table;
	FUZZ_MUST(networks_read(proxies, &door.trusted_proxies, &bad));
	FUZZ_MUST(network_read("10.0.0.1", 8, &wire.peer));
	text = task_dup_n(&task, (const char *)at, len);
	wire.method = line_take(&text);
	wire.target = line_take(&text);
	fields_read(&task, &text, &wire);
	r = door_head(&task, &door, &wire, &request, &match, &body);
	if (r == 0) {
		request.body = BYTES_OF(text);
		r = door_body(&task, &match, &request);
	}
	FUZZ_MUST(r <= 0 && (r == 0) == (task.fault.code == 0));
	FUZZ_MUST(!fault_is_ours(r) || r == 0);
	if (r == 0)
		passed_check(&request, &match);
	networks_free(&door.trusted_proxies);
	match_table_free(table);
	task_close(&task);
	return 0;
}

static char *
line_take(char **text)
{
	char *line = *text, *end = line + strcspn(line, "\n");

	*text = *end == 0 ? end : end + 1;
	*end = 0;
	return line;
}

static void
fields_read(struct task *task, char **text, struct door_wire *wire)
{
	struct pair *pairs = task_new_n(task, struct pair, MAX_LINES);
	char *line, *colon;
	size_t n = 0;

	while (**text != 0 && n < MAX_LINES) {
		line = line_take(text);
		if (*line == 0)
			break;
		colon = line + strcspn(line, ":");
		pairs[n].name = line;
		pairs[n++].value = *colon == 0 ? colon : colon + 1 + strspn(colon + 1, " ");
		*colon = 0;
	}
	wire->headers = (struct pairs){pairs, n};
	wire->head_bytes = strlen(wire->target) + 100;
}

static void
passed_check(const struct request *request, const struct match *match)
{
	size_t i, n_hosts = 0;

	FUZZ_MUST(match->route != NULL && request->path[0] == '/');
	for (i = 0; i < request->headers.n; i++) {
		n_hosts += strcasecmp(request->headers.at[i].name, "Host") == 0;
		FUZZ_MUST(strpbrk(request->headers.at[i].value, "\r\n") == NULL);
	}
	FUZZ_MUST(n_hosts == 1);
	if (match->route->guards & ROUTE_NO_QUERY)
		FUZZ_MUST(request->query.n == 0);
	if (!(match->route->guards & ROUTE_MAY_DUPLICATE))
		FUZZ_MUST(request->duplicate == NULL && !request->too_many_params);
	FUZZ_MUST(request->address != NULL && request->address[0] != 0);
}
