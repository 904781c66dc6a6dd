/* SPDX-License-Identifier: Apache-2.0
 *
 * Consents on the person's pages.
 */
#ifndef ACCOUNT_CONSENTS_H
#define ACCOUNT_CONSENTS_H

#include "account/account.h"

/* Of those that stand, the newest few. */
int account_consents_add(struct task *task, const struct account_visitor *visitor, json_t *view);

/* Of all, a part. */
struct span;
int account_consents_span(struct task *task, const struct account_visitor *visitor,
    const struct span *span, json_t *view);

/* One of them (records/consent.h consent_list()) as a row of pages/page.h. */
int account_consent_view(struct task *task, const struct account_visitor *visitor,
    const json_t *consent, json_t **ret_view);

#endif
