/* SPDX-License-Identifier: Apache-2.0
 *
 * What discovery says of client certificates (RFC 8705).
 */
#ifndef OIDC_RULES_MTLS_H
#define OIDC_RULES_MTLS_H

#include "core/json.h"

struct task;

/* Into the finished document: methods, bound tokens, and the same endpoints under gateway.mtls_url;
 * nothing where no client certificate reaches this gateway. */
void mtls_describe(struct task *task, json_t *document);

#endif
