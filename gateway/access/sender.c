/* SPDX-License-Identifier: Apache-2.0
 *
 * The sender constraint where tokens are given.  Called wherever one is asked for:
 * /token, /par, and the codes of credential offers.
 */
#include "access/sender.h"

#include "access/client_certificate.h"
#include "access/proof.h"
#include "core/task.h"

int
sender_of(struct task *task, const struct request *request, const struct client *client,
    struct sender *ret_sender)
{
	struct sender sender;
	int r;

	r = sender_shown(task, request, &sender);
	if (r < 0)
		return r;
	if (client != NULL && client->is_dpop_bound && sender.jkt == NULL)
		return fail(task, INVALID_DPOP_PROOF,
		    "the header DPoP is missing: the client's tokens are bound to a key");
	if (client != NULL && client->is_tls_bound) {
		sender.x5t = client_certificate_hash(task, request);
		if (sender.x5t == NULL)
			return fail(task, INVALID_REQUEST,
			    "no client certificate came with the request: the client's tokens are "
			    "bound to one");
	}
	*ret_sender = sender;
	return 0;
}

int
sender_shown(struct task *task, const struct request *request, struct sender *ret_sender)
{
	struct sender sender = {0};
	int r;

	r = proof_check(task, request, NULL, &sender.jkt);
	if (r < 0)
		return r;
	*ret_sender = sender;
	return 0;
}

int
sender_check(struct task *task, const struct sender *sender, const struct grant *grant)
{
	if (grant->jkt != NULL && sender->jkt == NULL)
		return fail(task, INVALID_DPOP_PROOF,
		    "the header DPoP is missing: what is presented is bound to a key");
	if (grant->jkt != NULL && !str_equal(grant->jkt, sender->jkt))
		return fail(task, INVALID_GRANT, "what is presented is bound to another DPoP key");
	if (grant->x5t != NULL && !str_equal(grant->x5t, sender->x5t))
		return fail(
		    task, INVALID_GRANT, "what is presented is bound to another certificate");
	return 0;
}

void
sender_bind(const struct sender *sender, struct grant *grant)
{
	grant->jkt = sender->jkt;
	grant->x5t = sender->x5t;
}
