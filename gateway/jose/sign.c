/* SPDX-License-Identifier: Apache-2.0
 *
 * Claims in, JWS out (RFC 7515 section 7.1).  Called for every token the gateway issues.
 */
#include "jose/sign.h"

#include "core/task.h"
#include "jose/signer.h"

#include <string.h>

int
jws_sign(struct task *task, const struct sign_as *as, const json_t *claims, const char **ret_jws)
{
	const char *header = signer_header(task, as->signer, as->typ, as->x5c);
	const char *payload = json_text(task, claims);
	const char *const parts[] = {header, b64u_encode(task, BYTES_OF(payload)), NULL};
	const char *input = str_join(task, parts, ".");
	struct bytes signature;
	int r;

	r = signer_sign(task, as->signer, BYTES_OF(input), &signature);
	if (r < 0)
		return r;
	*ret_jws =
	    str_join(task, (const char *const[]){input, b64u_encode(task, signature), NULL}, ".");
	return 0;
}

json_t *
jws_x5c(struct task *task, const struct bytes *certs, size_t n)
{
	json_t *x5c = json_array();

	for (size_t i = 0; i < n; i++)
		json_array_append_new(x5c, json_string(b64_encode(task, certs[i])));
	return x5c;
}
