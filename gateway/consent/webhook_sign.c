/* SPDX-License-Identifier: Apache-2.0
 *
 * Signatures of webhooks (see webhook_sign.h).
 */
#include "consent/webhook_sign.h"

#include "core/clock.h"
#include "core/task.h"
#include "jose/digest.h"
#include "jose/keys.h"

#include <string.h>

static int sign_once(struct task *task, const struct webhook *webhook, int64_t n_secret,
    struct bytes input, const char **ret_signature);
static int sign_key(
    struct task *task, const uint8_t *seed, struct bytes input, const char **ret_signature);
static int public_text(struct task *task, const uint8_t *seed, const char **ret_text);

int
webhook_sign(struct task *task, const struct webhook *webhook,
    const struct webhook_signing *signing, const char **ret_signature)
{
	const char *input =
	    task_printf(task, "%s.%s.%s", signing->id, signing->timestamp, signing->body);
	const char *signature, *before;
	int r;

	r = sign_once(task, webhook, webhook->n_secret, BYTES_OF(input), &signature);
	if (r < 0)
		return r;
	if (webhook->before_until_s > clock_now_s()) {
		r = sign_once(task, webhook, webhook->n_secret - 1, BYTES_OF(input), &before);
		if (r < 0)
			return r;
		signature = task_printf(task, "%s %s", signature, before);
	}
	*ret_signature = signature;
	return 0;
}

static int
sign_once(struct task *task, const struct webhook *webhook, int64_t n_secret, struct bytes input,
    const char **ret_signature)
{
	uint8_t secret[WEBHOOK_SECRET_BYTES], mac[DIGEST_BYTES];
	int r = 0;

	webhook_secret(task, webhook, n_secret, secret);
	if (webhook->algorithm == WEBHOOK_V1A)
		r = sign_key(task, secret, input, ret_signature);
	else {
		digest_hmac((struct bytes){secret, sizeof(secret)}, input, mac);
		*ret_signature =
		    task_printf(task, "v1,%s", b64_encode(task, (struct bytes){mac, sizeof(mac)}));
	}
	explicit_bzero(secret, sizeof(secret));
	return r;
}

static int
sign_key(struct task *task, const uint8_t *seed, struct bytes input, const char **ret_signature)
{
	struct bytes signature;
	struct signer *signer;
	int r;

	r = signer_of_seed(task, seed, &signer);
	if (r < 0)
		return r;
	r = signer_sign(task, signer, input, &signature);
	signer_free(signer);
	if (r < 0)
		return r;
	*ret_signature = task_printf(task, "v1a,%s", b64_encode(task, signature));
	return 0;
}

int
webhook_key_text(
    struct task *task, const struct webhook *webhook, int64_t n_secret, const char **ret_text)
{
	uint8_t secret[WEBHOOK_SECRET_BYTES];
	int r = 0;

	webhook_secret(task, webhook, n_secret, secret);
	if (webhook->algorithm == WEBHOOK_V1A)
		r = public_text(task, secret, ret_text);
	else
		*ret_text = task_printf(
		    task, "whsec_%s", b64_encode(task, (struct bytes){secret, sizeof(secret)}));
	explicit_bzero(secret, sizeof(secret));
	return r;
}

static int
public_text(struct task *task, const uint8_t *seed, const char **ret_text)
{
	struct signer *signer;
	struct bytes public;
	int r;

	r = signer_of_seed(task, seed, &signer);
	if (r < 0)
		return r;
	r = signer_public_bytes(task, signer, &public);
	signer_free(signer);
	if (r < 0)
		return r;
	*ret_text = task_printf(task, "whpk_%s", b64_encode(task, public));
	return 0;
}
