/* SPDX-License-Identifier: Apache-2.0
 *
 * Backchannel authentication requests.  Called by bc_authorize.c.
 */
#include "oidc/rules/ciba_request.h"

#include "core/task.h"
#include "oidc/rules/request_object.h"

#include <string.h>

#define NBF_AGE_MAX_S   3600
#define MESSAGE_LETTERS 64

static int alone_check(struct task *task, const struct parameters *sent);
static int object_open(struct task *task, const struct client *client, const char *object,
    struct parameters *ret_parameters);

int
ciba_request_read(struct task *task, const struct request *request, const struct client *client,
    struct parameters *ret_parameters)
{
	const char *object = request_form(request, "request");
	struct parameters sent;
	int r;

	parameters_of_request(request, &sent);
	if (str_is_empty(object)) {
		if (client->profile == CLIENT_FAPI2 || client->ciba_request_alg != ALG_NONE)
			return fail(task, INVALID_REQUEST, "this client must sign its requests");
		if (parameters_get(&sent, "request_uri") != NULL)
			return fail(task, INVALID_REQUEST, "request_uri is not taken here");
		*ret_parameters = sent;
		return 0;
	}
	r = alone_check(task, &sent);
	if (r < 0)
		return r;
	return object_open(task, client, object, ret_parameters);
}

static int
alone_check(struct task *task, const struct parameters *sent)
{
	static const char beside[] =
	    "request client_id client_secret client_assertion client_assertion_type";

	for (size_t i = 0; i < sent->pairs.n; i++) {
		const char *name = sent->pairs.at[i].name;

		if (!str_has_word(beside, name))
			return fail(task, INVALID_REQUEST, "%.40s stands beside request", name);
	}
	return 0;
}

/* FAPI-CIBA section 5.2.2-1: all of its times, and a jti. */
static int
object_open(struct task *task, const struct client *client, const char *object,
    struct parameters *ret_parameters)
{
	static const enum alg safe[] = {ALG_ES256, ALG_PS256, ALG_EDDSA, ALG_NONE};
	const struct request_object_terms terms = {
	    .alg = client->ciba_request_alg,
	    .algs = safe,
	    .needs_exp = true,
	    .needs_iat = true,
	    .needs_nbf = true,
	    .max_nbf_age_s = NBF_AGE_MAX_S,
	};
	const json_t *claims;
	int r;

	r = request_object_read(task, client, object, &terms, &claims);
	if (r < 0)
		return fault_as(task, INVALID_REQUEST);
	if (str_is_empty(json_get_text(claims, "jti")))
		return fail(task, INVALID_REQUEST, "request has no jti");
	request_object_parameters(task, claims, ret_parameters);
	return 0;
}

bool
ciba_message_is_plain(const char *message)
{
	size_t len = strlen(message), n = 0, i;
	uint32_t letter;

	for (i = 0; i < len; i += str_char(message + i, len - i, &letter))
		if (++n > MESSAGE_LETTERS)
			return false;
	return n > 0 && str_is_visible(message) && strpbrk(message, "<>") == NULL;
}
