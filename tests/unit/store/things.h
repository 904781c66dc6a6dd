/* SPDX-License-Identifier: Apache-2.0
 *
 * A table of things, for tests of SQLite: CREATE TABLE thing (id BIGINT PRIMARY KEY, name TEXT).
 */
#ifndef STORE_THINGS_H
#define STORE_THINGS_H

#include "unit/store/fixture.h"

/* stand->rooms.sql, with the table. */
void things_open(struct stand *stand);

/* One, with a name of len bytes. */
int thing_add(struct task *task, int64_t id, size_t len);
int64_t thing_count(struct task *task);

/* Until the database is there again. */
void things_wait(struct stand *stand, struct task *task);

/* Statements by another process, as `dvara NOUN VERB` is one; and its end, which has to be good. */
pid_t things_process(const struct stand *stand, const char *statements);
void things_process_wait(struct task *task, pid_t pid);

#endif
