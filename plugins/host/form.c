/* SPDX-License-Identifier: Apache-2.0
 *
 * What this service says to the gateway as its own client (private_key_jwt, RFC 7523): the form of
 * POST /attributes and POST /news.
 */
#include "host.h"

#include "core/buf.h"
#include "core/clock.h"
#include "core/random.h"
#include "jose/sign.h"

#include <string.h>

#define ASSERTION_S    60
#define FORM_MAX_BYTES (32u << 10)
#define JTI_BYTES      16

static void param(struct buf *form, const char *name, const char *value);
static int assertion(struct task *task, const char **ret_assertion);

int
host_form(struct task *task, struct pairs parameters, struct bytes *ret_body)
{
	const char *proof;
	struct buf form;

	if (assertion(task, &proof) < 0)
		return DVARA_EINTERNAL;
	buf_open(&form, task, FORM_MAX_BYTES);
	param(&form, "client_id", host_seat.client_id);
	param(&form, "client_assertion_type",
	    "urn:ietf:params:oauth:client-assertion-type:jwt-bearer");
	param(&form, "client_assertion", proof);
	for (size_t i = 0; i < parameters.n; i++)
		if (parameters.at[i].value)
			param(&form, parameters.at[i].name, parameters.at[i].value);
	if (!buf_text(&form))
		return DVARA_EINPUT;
	*ret_body = BYTES_OF(buf_text(&form));
	return DVARA_OK;
}

static void
param(struct buf *form, const char *name, const char *value)
{
	if (form->len)
		buf_char_add(form, '&');
	buf_text_add(form, name);
	buf_char_add(form, '=');
	buf_url_add(form, value);
}

static int
assertion(struct task *task, const char **ret_assertion)
{
	struct sign_as as = {.signer = host_seat.signer, .typ = "JWT"};
	json_t *claims =
	    json_keep(task, json_pack("{s:s, s:s, s:s, s:s, s:I, s:I}", "iss", host_seat.client_id,
				"sub", host_seat.client_id, "aud", host_seat.gateway, "jti",
				random_id(task, JTI_BYTES), "iat", (json_int_t)clock_now_s(), "exp",
				(json_int_t)(clock_now_s() + ASSERTION_S)));

	return jws_sign(task, &as, claims, ret_assertion);
}
