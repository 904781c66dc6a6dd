/* SPDX-License-Identifier: Apache-2.0
 *
 * Documents (credentials) on the person's phones: which phone holds what, one blocked that was
 * lost, one more document fetched.
 */
#ifndef ACCOUNT_DOCUMENTS_H
#define ACCOUNT_DOCUMENTS_H

#include "account/account.h"

/* What the section adds to the page's view. */
int account_documents_add(struct task *task, const struct account_visitor *visitor, json_t *view);

/* POST /account/documents/block with phone: all that it holds is revoked, what was signed in with
 * it ends with all that was granted there (records/lifecycle.h), and so do the person's other
 * sessions: one of them may have begun in its browser. */
int account_block_phone(struct task *task, const struct request *request, struct reply *reply);

/* GET /account/documents/add with type: an offer for any wallet, which leads back to a sign-in.  A
 * session that crossed devices takes a new one first where the type may not
 * (login/wallet/policy.h).
 */
int account_add_document(struct task *task, const struct request *request, struct reply *reply);

#endif
