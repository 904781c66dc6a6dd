/* SPDX-License-Identifier: Apache-2.0
 *
 * Asking the gateway for attributes: POST /attributes as this service's own client
 * (private_key_jwt, RFC 7523), the person's token as a parameter.
 */
#include "host.h"

#include "core/buf.h"
#include "core/clock.h"
#include "core/random.h"
#include "http/fetch.h"
#include "jose/sign.h"

#include <string.h>

#define ASSERTION_S    60
#define FORM_MAX_BYTES (32u << 10)

static int assertion(struct task *task, const char **ret_assertion);

static void
param(struct buf *form, const char *name, const char *value)
{
	if (form->len)
		buf_char_add(form, '&');
	buf_text_add(form, name);
	buf_char_add(form, '=');
	buf_url_add(form, value);
}

int
host_attributes(struct task *task, const char *token, const char *names, const char **ret_json)
{
	static const struct pair headers[] = {
	    {"Content-Type", "application/x-www-form-urlencoded"}};
	struct fetch fetch = {.method = "POST",
	    .url = task_printf(task, "%s/attributes", host_seat.gateway),
	    .headers = {headers, 1}};
	struct fetched fetched;
	const char *proof;
	struct buf form;
	int r;

	r = assertion(task, &proof);
	if (r < 0)
		return r;
	buf_open(&form, task, FORM_MAX_BYTES);
	param(&form, "client_id", host_seat.client_id);
	param(&form, "client_assertion_type",
	    "urn:ietf:params:oauth:client-assertion-type:jwt-bearer");
	param(&form, "client_assertion", proof);
	param(&form, "token", token);
	param(&form, "claims", names);
	if (!buf_text(&form))
		return fail(
		    task, TOO_LARGE, "the question is longer than %u bytes", FORM_MAX_BYTES);
	fetch.body = BYTES_OF(buf_text(&form));
	r = http_fetch(task, &fetch, &fetched);
	if (r < 0)
		return r;
	if (fetched.status >= 500)
		return fail(task, UPSTREAM_BROKEN, "the gateway answers %d", fetched.status);
	if (fetched.status != 200)
		return fail(task, ACCESS_DENIED, "the gateway answers %d", fetched.status);
	*ret_json = (const char *)fetched.body.at;
	return 0;
}

static int
assertion(struct task *task, const char **ret_assertion)
{
	struct sign_as as = {.signer = host_seat.signer, .typ = "JWT"};
	json_t *claims = json_keep(task,
	    json_pack("{s:s, s:s, s:s, s:s, s:I, s:I}", "iss", host_seat.client_id, "sub",
		host_seat.client_id, "aud", host_seat.gateway, "jti", random_id(task, 16), "iat",
		(json_int_t)clock_now_s(), "exp", (json_int_t)(clock_now_s() + ASSERTION_S)));

	return jws_sign(task, &as, claims, ret_assertion);
}
