/* SPDX-License-Identifier: Apache-2.0
 *
 * Which client is calling, and by which method.  Called by every endpoint that clients talk to.
 */
#include "access/client_auth.h"

#include "access/client_assertion.h"
#include "access/client_certificate.h"
#include "access/client_secret.h"
#include "core/task.h"
#include "http/form.h"

#include <string.h>
#include <strings.h>

#define ID_MAX_BYTES 255

/* What a request shows of its client, before anything of it is believed. */
struct shown {
	const char *client_id;    /* of the header or the form, or NULL */
	const char *basic_secret; /* NULL: no Authorization header */
	const char *post_secret;
	const char *assertion;
};

static int shown_read(struct task *task, const struct request *request, struct shown *ret_shown);
static int assertion_read(struct task *task, const struct request *request, struct shown *shown);
static int basic_read(struct task *task, const char *header, struct shown *shown);
static int part_decode(struct task *task, char *part, size_t len, const char **ret_text);
static int by_secret(struct task *task, const struct request *request, const struct shown *shown,
    const struct client **ret_client);
static int by_name(struct task *task, const struct request *request, const struct shown *shown,
    const struct client **ret_client);

int
client_authenticate(
    struct task *task, const struct request *request, const struct client **ret_client)
{
	struct shown shown = {0};
	int r;

	r = shown_read(task, request, &shown);
	if (r < 0)
		return r;
	if (shown.assertion != NULL)
		return client_assertion_check(task, shown.assertion, shown.client_id, ret_client);
	if (shown.client_id == NULL)
		return fail(task, INVALID_CLIENT, "no client authentication");
	if (shown.basic_secret != NULL || shown.post_secret != NULL)
		return by_secret(task, request, &shown, ret_client);
	return by_name(task, request, &shown, ret_client);
}

bool
client_is_named(const struct request *request)
{
	return request_header(request, "Authorization") != NULL ||
	       request_form(request, "client_id") != NULL ||
	       request_form(request, "client_assertion") != NULL;
}

static int
shown_read(struct task *task, const struct request *request, struct shown *ret_shown)
{
	const char *header = request_header(request, "Authorization");
	const char *form_id = request_form(request, "client_id");
	int n_methods, r;

	ret_shown->post_secret = request_form(request, "client_secret");
	r = assertion_read(task, request, ret_shown);
	if (r < 0)
		return r;
	n_methods =
	    (header != NULL) + (ret_shown->post_secret != NULL) + (ret_shown->assertion != NULL);
	if (n_methods > 1)
		return fail(task, INVALID_REQUEST, "two ways of client authentication at once");
	if (header != NULL) {
		r = basic_read(task, header, ret_shown);
		if (r < 0)
			return r;
		if (form_id != NULL && !str_equal(form_id, ret_shown->client_id))
			return fail(task, INVALID_REQUEST, "client_id is not the header's");
		return 0;
	}
	if (form_id != NULL && strlen(form_id) > ID_MAX_BYTES)
		return fail(task, INVALID_CLIENT, "client_id is too long to be one");
	ret_shown->client_id = form_id;
	return 0;
}

static int
assertion_read(struct task *task, const struct request *request, struct shown *shown)
{
	const char *type = request_form(request, "client_assertion_type");

	shown->assertion = request_form(request, "client_assertion");
	if ((type == NULL) != (shown->assertion == NULL))
		return fail(task, INVALID_REQUEST,
		    "client_assertion and client_assertion_type come together or not at all");
	if (type != NULL && !str_equal(type, CLIENT_ASSERTION_TYPE))
		return fail(task, INVALID_CLIENT, "client_assertion_type is not jwt-bearer");
	return 0;
}

/* RFC 6749 section 2.3.1: both parts are form-encoded before base64. */
static int
basic_read(struct task *task, const char *header, struct shown *shown)
{
	struct bytes decoded;
	char *text, *colon;
	int r;

	if (strncasecmp(header, "Basic ", 6) != 0)
		return fail(task, INVALID_CLIENT, "the Authorization header is not Basic");
	header += 6 + strspn(header + 6, " ");
	if (!b64_decode(task, header, strlen(header), &decoded))
		return fail(task, INVALID_CLIENT, "Basic credentials are not base64");
	text = task_dup_n(task, (const char *)decoded.at, decoded.len);
	colon = memchr(text, ':', decoded.len);
	if (colon == NULL)
		return fail(task, INVALID_CLIENT, "Basic credentials have no colon");
	r = part_decode(task, text, (size_t)(colon - text), &shown->client_id);
	if (r < 0)
		return r;
	return part_decode(
	    task, colon + 1, (size_t)(text + decoded.len - colon - 1), &shown->basic_secret);
}

static int
part_decode(struct task *task, char *part, size_t len, const char **ret_text)
{
	ptrdiff_t decoded = form_decode(part, len, true);

	if (decoded < 0 || memchr(part, 0, (size_t)decoded) != NULL ||
	    !str_is_utf8(part, (size_t)decoded))
		return fail(task, INVALID_CLIENT, "Basic credentials are not form-encoded");
	*ret_text = task_dup_n(task, part, (size_t)decoded);
	if (str_is_empty(*ret_text) || str_has_control(*ret_text))
		return fail(task, INVALID_CLIENT, "Basic credentials have no fit id and secret");
	return 0;
}

static int
by_secret(struct task *task, const struct request *request, const struct shown *shown,
    const struct client **ret_client)
{
	enum client_auth_method method =
	    shown->basic_secret != NULL ? CLIENT_AUTH_SECRET_BASIC : CLIENT_AUTH_SECRET_POST;
	struct client_secret secret = {
	    .address = request->address,
	    .client_id = shown->client_id,
	    .secret = shown->basic_secret != NULL ? shown->basic_secret : shown->post_secret,
	};
	const struct client *client;
	int r;

	if (strlen(shown->client_id) > ID_MAX_BYTES)
		return fail(task, INVALID_CLIENT, "client_id is too long to be one");
	r = client_find(task, shown->client_id, &client);
	if (r < 0)
		return r;
	if (client != NULL && client->auth_method == method && client->secret_stored != NULL)
		secret.client = client;
	r = client_secret_check(task, &secret);
	if (r < 0)
		return r;
	*ret_client = client;
	return 0;
}

/* A public client, or one whose TLS certificate proves it (RFC 8705 section 2). */
static int
by_name(struct task *task, const struct request *request, const struct shown *shown,
    const struct client **ret_client)
{
	const struct client *client;
	int r;

	r = client_find(task, shown->client_id, &client);
	if (r < 0)
		return r;
	if (client != NULL && client_certificate_is_asked(client)) {
		r = client_certificate_check(task, request, client);
		if (r < 0)
			return r;
	} else if (client == NULL || client->auth_method != CLIENT_AUTH_NONE)
		return fail(task, INVALID_CLIENT, "no client authentication");
	*ret_client = client;
	return 0;
}
