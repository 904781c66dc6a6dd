/* SPDX-License-Identifier: Apache-2.0
 *
 * PKCE: at the request, and when its code is redeemed (grants/code.c).
 */
#include "oidc/rules/pkce.h"

#include "core/task.h"
#include "jose/digest.h"

#include <string.h>

#define VERIFIER_MIN 43
#define VERIFIER_MAX 128

static bool is_challenge(struct task *task, const char *challenge);
static bool is_verifier(const char *verifier);

int
pkce_read(
    struct task *task, const struct parameters *parameters, struct authorization *authorization)
{
	const char *challenge = parameters_get(parameters, "code_challenge");
	const char *method = parameters_get(parameters, "code_challenge_method");

	if (challenge == NULL && method == NULL) {
		if (authorization->client->requires_pkce)
			return fail(task, INVALID_REQUEST, "no code_challenge (PKCE)");
		return 0;
	}
	/* A method that is absent means "plain" (RFC 7636 section 4.3). */
	if (!str_equal(method, "S256"))
		return fail(task, INVALID_REQUEST, "code_challenge_method is not S256");
	if (challenge == NULL || !is_challenge(task, challenge))
		return fail(task, INVALID_REQUEST, "code_challenge is not 32 bytes in base64url");
	authorization->code_challenge = challenge;
	return 0;
}

static bool
is_challenge(struct task *task, const char *challenge)
{
	struct bytes decoded;

	return b64u_decode(task, challenge, strlen(challenge), &decoded) &&
	       decoded.len == DIGEST_BYTES;
}

int
pkce_check(struct task *task, const char *challenge, const char *verifier)
{
	if (challenge == NULL && verifier == NULL)
		return 0;
	if (challenge == NULL)
		return fail(task, INVALID_GRANT, "a code_verifier without a code_challenge");
	if (verifier == NULL || !is_verifier(verifier))
		return fail(task, INVALID_GRANT, "no code_verifier of 43 to 128 letters");
	if (!bytes_equal_secretly(BYTES_OF(digest_b64u(task, verifier)), BYTES_OF(challenge)))
		return fail(task, INVALID_GRANT, "code_verifier does not fit code_challenge");
	return 0;
}

static bool
is_verifier(const char *verifier)
{
	static const char unreserved[] =
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~";
	size_t len = strlen(verifier);

	return len >= VERIFIER_MIN && len <= VERIFIER_MAX && strspn(verifier, unreserved) == len;
}
