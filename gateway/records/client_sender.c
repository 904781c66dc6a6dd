/* SPDX-License-Identifier: Apache-2.0
 *
 * Sender-constrained tokens in a client's metadata (see client_sender.h).
 */
#include "records/client_sender.h"

#include "core/task.h"

#define DPOP "dpop_bound_access_tokens"
#define TLS  "tls_client_certificate_bound_access_tokens"

/* FAPI 2.0 section 5.3.2.1-4: its tokens are bound; where nothing is said, by DPoP. */
int
client_sender_check(struct task *task, json_t *metadata, enum client_profile profile)
{
	if (profile != CLIENT_FAPI2 || client_sender_has_tls(metadata))
		return 0;
	if (json_is_false(json_object_get(metadata, DPOP)))
		return fail(
		    task, INVALID_CLIENT_METADATA, DPOP " or " TLS ": fapi2 asks for one of them");
	json_object_set_new(metadata, DPOP, json_true());
	return 0;
}

bool
client_sender_has_dpop(const json_t *metadata, enum client_profile profile)
{
	return json_get_bool(metadata, DPOP) ||
	       (profile == CLIENT_FAPI2 && !client_sender_has_tls(metadata));
}

bool
client_sender_has_tls(const json_t *metadata)
{
	return json_get_bool(metadata, TLS);
}
