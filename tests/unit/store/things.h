/* SPDX-License-Identifier: Apache-2.0
 *
 * A table of things, for tests of SQLite: thing (id, name, kind), kind (id).
 */
#ifndef STORE_THINGS_H
#define STORE_THINGS_H

#include "unit/store/fixture.h"

/* A test with a fresh stand that has the tables. */
extern struct stand stand;
#define THINGS_TEST(test) cmocka_unit_test_setup_teardown(test, things_setup, things_teardown)
int things_setup(void **state);
int things_teardown(void **state);

/* stand.rooms.sql, with the tables; for who closed it. */
void things_open(void);

/* One, with a name of len bytes. */
int thing_add(struct task *task, int64_t id, size_t len);
int64_t thing_count(struct task *task);

/* Until the database is there again. */
void things_wait(struct task *task);

/* Statements by another process, as `dvara NOUN VERB` is one; and its end, which has to be good. */
pid_t things_process(const char *statements);
void things_process_wait(struct task *task, pid_t pid);

#endif
