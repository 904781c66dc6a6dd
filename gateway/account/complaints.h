/* SPDX-License-Identifier: Apache-2.0
 *
 * Complaints on the person's pages.
 */
#ifndef ACCOUNT_COMPLAINTS_H
#define ACCOUNT_COMPLAINTS_H

#include "account/account.h"
#include "records/complaint.h"

/* The newest few; and a part of all. */
struct span;
int account_complaints_add(struct task *task, const struct account_visitor *visitor, json_t *view);
int account_complaints_span(struct task *task, const struct account_visitor *visitor,
    const struct span *span, json_t *view);

/* What it is about, in words. */
int account_complaint_about(struct task *task, const struct account_visitor *visitor,
    const struct complaint *complaint, const char **ret_text);

/* Why a text cannot be sent, in words; NULL where r is no fault of the text. */
const char *account_text_wrong(struct task *task, int r);

#endif
