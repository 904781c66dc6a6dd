/* SPDX-License-Identifier: Apache-2.0
 *
 * The Web eID authentication token, format web-eid:1.  Inside of login/card only.
 */
#ifndef LOGIN_CARD_WEB_EID_H
#define LOGIN_CARD_WEB_EID_H

#include "core/json.h"
#include "jose/card_key.h"

struct task;

struct web_eid_token {
	struct bytes certificate_der;
	struct card_proof proof; /* algorithm and signature; origin and nonce are the caller's */
};
/* Its form alone: nothing in it is believed.  Fails INVALID_REQUEST. */
int web_eid_parse(struct task *task, const json_t *token, struct web_eid_token *ret_token);

#endif
