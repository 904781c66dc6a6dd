/* SPDX-License-Identifier: Apache-2.0
 *
 * dvara_sign(): what the service says, signed by its own key, for others to verify by the keys at
 * its address + /jwks (RFC 7515, RFC 7519).
 */
#include "host.h"

#include "core/clock.h"
#include "core/random.h"
#include "jose/sign.h"

#include <string.h>

#define CLAIMS_MAX_BYTES (64u << 10)
#define LIFE_MAX_S       (INT64_C(10) * 366 * 86400)
#define ID_BYTES         16

static int claims_fill(struct dvara_request *request, json_t *claims, int64_t life_s);

int
dvara_sign(struct dvara_request *request, const char *typ, const char *claims_json, int64_t life_s,
    const char **ret_jws)
{
	struct sign_as as = {.signer = host_seat.statement_signer, .typ = typ};
	struct task *task = request->task;
	json_auto_t *claims = NULL;
	const char *jws;
	int r;

	if (!as.signer) {
		dvara_log(&host_seat, "the client's file has no statement_jwks: nothing is signed");
		return DVARA_EINTERNAL;
	}
	if (strlen(claims_json) > CLAIMS_MAX_BYTES)
		return DVARA_EINPUT;
	claims = json_loads(claims_json, JSON_REJECT_DUPLICATES, NULL);
	r = claims_fill(request, claims, life_s);
	if (r < 0)
		return r;
	if (jws_sign(task, &as, claims, &jws) < 0)
		return DVARA_EINTERNAL;
	*ret_jws = dvara_printf(request, "%s", jws);
	return *ret_jws ? DVARA_OK : DVARA_EINTERNAL;
}

static int
claims_fill(struct dvara_request *request, json_t *claims, int64_t life_s)
{
	int64_t now_s = dvara_now_s();

	if (!json_is_object(claims) || life_s <= 0 || life_s > LIFE_MAX_S ||
	    json_object_get(claims, "iss") || json_object_get(claims, "iat") ||
	    json_object_get(claims, "exp"))
		return DVARA_EINPUT;
	json_set_text(claims, "iss", host_seat.url);
	json_object_set_new(claims, "iat", json_integer(now_s));
	json_object_set_new(claims, "exp", json_integer(now_s + life_s));
	if (!json_object_get(claims, "jti"))
		json_set_text(claims, "jti", random_id(request->task, ID_BYTES));
	return DVARA_OK;
}

/* GET /jwks, for a service that is called past the gateway; in front of the others the gateway
 * answers itself. */
int
host_jwks(struct task *task, const struct request *request, struct reply *reply)
{
	(void)request;
	if (!host_seat.statement_jwks)
		return fail(task, NOT_FOUND, "this service signs nothing");
	return reply_json(reply, 200, host_seat.statement_jwks);
}
