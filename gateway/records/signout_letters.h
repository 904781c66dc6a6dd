/* SPDX-License-Identifier: Apache-2.0
 *
 * Who is told of the end of sessions (records/visit.h), by letters of the outbox (kind "logout",
 * {session}): in the step that ends them as many as one step holds; a letter to ourselves (kind
 * "signout") then goes on with the rest, step by step, until every client has its letter.
 */
#ifndef RECORDS_SIGNOUT_LETTERS_H
#define RECORDS_SIGNOUT_LETTERS_H

#include "records/outbox.h"
#include "records/visit.h"

struct sql_tx;
struct task;

#define SIGNOUT_LETTER "signout"

/* Inside a writing step: of that person's visits those that of names (visit_take()).  n_told: how
 * many letters this step has written, 0 at its beginning. */
int signout_letters_add(
    struct sql_tx *tx, const char *person_id, const struct visiting *of, size_t *n_told);

/* A post_send (records/post.h): the next part. */
int signout_letters_go_on(struct task *task, const struct letter *letter, const char **ret_result);

#endif
