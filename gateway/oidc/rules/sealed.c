/* SPDX-License-Identifier: Apache-2.0
 *
 * Encryption for clients.  Called by id_token.c, userinfo.c and answer.c.
 */
#include "oidc/rules/sealed.h"

#include "access/client_jwks.h"
#include "core/task.h"
#include "jose/jwe.h"

#include <string.h>

int
sealed_make(struct task *task, const struct sealed *sealed, const char **ret_text)
{
	const struct client_seal *seal = sealed->seal;
	struct jwe_to to = {.alg = seal->alg, .enc = seal->enc, .cty = sealed->cty};
	const struct jwks *jwks;
	int r;

	if (seal->alg == NULL) {
		*ret_text = sealed->text;
		return 0;
	}
	r = client_jwks_find(task, sealed->client, NULL, &jwks);
	if (r < 0)
		return r;
	to.key = json_keep(task, jwe_key_of(jwks, seal->alg));
	if (to.key == NULL)
		return fail(task, INVALID_REQUEST, "the client has no key for %s", seal->alg);
	return jwe_seal(task, &to, BYTES_OF(sealed->text), ret_text);
}
