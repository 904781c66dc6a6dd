/* SPDX-License-Identifier: Apache-2.0
 *
 * Sends the letters of the outbox (records/outbox.h), each in a fiber of its own, so that a client
 * that hangs keeps no other waiting.  Every loop can; one of each process looks again and again for
 * what is due, its own or another process's.
 */
#ifndef RECORDS_POST_H
#define RECORDS_POST_H

#include "records/outbox.h"

struct loop;
struct post;
struct rooms;

/* Sends one.  0: delivered; GONE: there is nobody to tell any more; any other fault: later again.
 * ret_result: a few words, for the record. */
typedef int post_send(struct task *task, const struct letter *letter, const char **ret_result);

/* A kind of letter (struct letter): how it is sent, and when again. */
struct post_kind {
	const char *name;
	post_send *send;
	const outbox_waits *waits_s;
};

/* kinds ends with a name that is NULL. */
struct post *post_new(struct loop *loop, const struct post_kind *kinds);
void post_free(struct post *post); /* after the loop has ended; NULL is legal */

/* What letters are sent with from now on: at the start and after a reload. */
void post_rooms(struct post *post, struct rooms *rooms);

/* Looks twice a second, until it ends. */
void post_watch(struct post *post);
void post_watch_end(struct post *post);

/* The task's loop sends at once what was just written; waits until that has been tried, at most
 * ms.  Never a failure: what is left leaves later. */
void post_haste(struct task *task, int64_t ms);

#endif
