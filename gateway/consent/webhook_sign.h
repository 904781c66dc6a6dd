/* SPDX-License-Identifier: Apache-2.0
 *
 * Signatures of webhooks (Standard Webhooks 1.0), and what the client gets of their secrets.
 */
#ifndef CONSENT_WEBHOOK_SIGN_H
#define CONSENT_WEBHOOK_SIGN_H

#include "core/json.h"
#include "records/webhook.h"

struct task;

/* What a message is signed as: webhook-id, webhook-timestamp and the body as it is sent. */
struct webhook_signing {
	const char *id, *timestamp, *body;
};

/* webhook-signature: "v1,…" or "v1a,…"; during a rotation that of the secret before behind it,
 * parted by a space.  Fails BROKEN. */
int webhook_sign(struct task *task, const struct webhook *webhook,
    const struct webhook_signing *signing, const char **ret_signature);

/* What opens signatures of the secret of number n: "whsec_…" (v1), to be shown to nobody but the
 * client, and once; or "whpk_…" (v1a), the public key.  Fails BROKEN. */
int webhook_key_text(
    struct task *task, const struct webhook *webhook, int64_t n_secret, const char **ret_text);

#endif
