/* SPDX-License-Identifier: Apache-2.0
 *
 * What is revoked: grants by their id; consents and sessions by theirs, which kills all grants
 * under them. In SQL; every process keeps the set and reads what is new at most twice a second, and
 * a mark in Redis makes it known at once to whoever looks a token up.  For the files of this room.
 */
#ifndef RECORDS_REVOCATION_H
#define RECORDS_REVOCATION_H

#include <stdbool.h>

struct sql_tx;
struct task;

#define REVOCATION_MARK "rv" /* kind of the marks in Redis: "rv:ID" */

/* Inside a writing step; revoked already is no failure, and not new.  What no token can outlive any
 * more is dropped on the way: the audit trail remembers it. */
int revocation_add(struct sql_tx *tx, const char *id, const char *why, bool *ret_is_new);

/* After the step has ended well: known here at once, and by the mark everywhere.  Redis away is no
 * failure: SQL has it. */
void revocation_tell(struct task *task, const char *id);

/* False is as old as a second at most.  id may be NULL: false. */
int revocation_has(struct task *task, const char *id, bool *ret_has);

#endif
