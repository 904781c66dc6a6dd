/* SPDX-License-Identifier: Apache-2.0
 *
 * A notice to a person that something happened with their account, for whoever sends e-mail or SMS
 * ([account] notice_url; without it there are none).  Thin: the person's subject there, what
 * happened, when; nothing of the person.  Delivered by oidc/notice.c.
 */
#ifndef RECORDS_NOTICE_H
#define RECORDS_NOTICE_H

#include "core/json.h"

struct sql_tx;
struct task;

/* Inside the writing step of what it tells of; a letter of the outbox.  post_haste() after it. */
int notice_add(struct sql_tx *tx, const char *person_id, const char *type);

/* The same with more about it, an object of texts that hold nothing of the person; borrowed. */
int notice_add_about(
    struct sql_tx *tx, const char *person_id, const char *type, const json_t *about);

/* Alone, of what has happened: where it cannot be written, the log says so. */
void notice_write(struct task *task, const char *person_id, const char *type);

#endif
