/* SPDX-License-Identifier: Apache-2.0
 *
 * What came over the wire, out of libmicrohttpd's memory.
 *
 * It takes folded lines, bare line feeds, spaces where none belong, and NULs, which end a text
 * early.  None of that is let in: where it hides, proxies and we see different requests.
 */
#include "core/task.h"
#include "http/server_inner.h"

#include <string.h>

static struct pairs headers_of(struct exchange *exchange, struct MHD_Connection *connection,
    const char **ret_end, bool *ret_is_whole);
static enum MHD_Result header_take(void *arg, enum MHD_ValueKind kind, const char *name,
    size_t name_len, const char *value, size_t value_len);
static bool is_hex(const char *at, size_t len);

/* libmicrohttpd would take the query apart in place, and its memory with it; so it is shown an
 * empty one.  server_wire_read() puts the letter back. */
void
server_wire_hide(struct exchange *exchange, char *target)
{
	exchange->target = target;
	exchange->question = target == NULL ? NULL : strchr(target, '?');
	if (exchange->question == NULL)
		return;
	exchange->hidden = exchange->question[1];
	exchange->question[1] = 0;
}

/* In libmicrohttpd's buffer the request still lies as it came, with a NUL for each colon and two
 * for each line's end; so where each piece begins exactly where the one before it ends, there was
 * nothing to forgive. */
int
server_wire_read(
    struct exchange *exchange, struct MHD_Connection *connection, struct door_wire *wire)
{
	struct peer *peer = exchange->peer;
	const char *target_end, *end;
	bool is_whole;

	if (exchange->question != NULL) {
		exchange->question[0] = '?';
		exchange->question[1] = exchange->hidden;
	}
	wire->target = exchange->target == NULL ? "" : exchange->target;
	wire->peer = peer->address;
	wire->peer_text = peer->text;
	wire->is_tls = exchange->server->tls != NULL;
	wire->head_bytes =
	    MHD_get_connection_info(connection, MHD_CONNECTION_INFO_REQUEST_HEADER_SIZE)
		->header_size;
	end = wire->version + strlen("HTTP/1.1") + 2;
	wire->headers = headers_of(exchange, connection, &end, &is_whole);
	exchange->request.headers = wire->headers;
	target_end = wire->target + strlen(wire->target);
	if (wire->method + strlen(wire->method) + 1 != wire->target ||
	    target_end + 1 != wire->version || !is_whole ||
	    end + 2 != wire->method + wire->head_bytes) {
		exchange->request.method = wire->method;
		exchange->request.path = exchange->request.raw_query = "";
		exchange->request.address = peer->text;
		return fail(&exchange->task, BAD_REQUEST,
		    "a NUL, a folded line, a bare line feed or stray spaces");
	}
	return 0;
}

struct header_walk {
	struct pair *at;
	size_t n, size;
	const char *end; /* of the header before */
	bool is_whole;
};

static struct pairs
headers_of(struct exchange *exchange, struct MHD_Connection *connection, const char **ret_end,
    bool *ret_is_whole)
{
	int n = MHD_get_connection_values(connection, MHD_HEADER_KIND, NULL, NULL);
	struct header_walk walk = {
	    .size = n < 0 ? 0 : (size_t)n, .end = *ret_end, .is_whole = true};

	walk.at = task_new_n(&exchange->task, struct pair, walk.size + 1);
	MHD_get_connection_values_n(connection, MHD_HEADER_KIND, header_take, &walk);
	*ret_end = walk.end;
	*ret_is_whole = walk.is_whole;
	return (struct pairs){walk.at, walk.n};
}

static enum MHD_Result
header_take(void *arg, enum MHD_ValueKind kind, const char *name, size_t name_len,
    const char *value, size_t value_len)
{
	struct header_walk *walk = arg;
	char *end = (char *)(uintptr_t)value + value_len;

	(void)kind;
	if (walk->n == walk->size || name != walk->end || value <= name + name_len ||
	    name[name_len] != 0)
		walk->is_whole = false;
	walk->end = end + 2;
	if (walk->n == walk->size)
		return MHD_NO;
	/* RFC 9110 section 5.5: white space behind a value is none of it. */
	while (end > value && (end[-1] == ' ' || end[-1] == '\t'))
		*--end = 0;
	walk->at[walk->n++] = (struct pair){name, value};
	return MHD_YES;
}

/* W3C Trace Context: version "-" trace-id "-" parent-id "-" flags, in lower-case hex. */
void
server_wire_trace(struct exchange *exchange)
{
	const char *parent = request_header(&exchange->request, "traceparent");

	if (parent == NULL || strlen(parent) < 55 || !is_hex(parent, 2) || parent[2] != '-' ||
	    !is_hex(parent + 3, 32) || parent[35] != '-' || !is_hex(parent + 36, 16) ||
	    parent[52] != '-' || !is_hex(parent + 53, 2) || memcmp(parent, "ff", 2) == 0 ||
	    strspn(parent + 3, "0") >= 32)
		return;
	memcpy(exchange->task.trace_id, parent + 3, 32);
}

static bool
is_hex(const char *at, size_t len)
{
	return strspn(at, "0123456789abcdef") >= len;
}
