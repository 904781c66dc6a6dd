/* SPDX-License-Identifier: Apache-2.0
 *
 * What the gateway tells clients by itself (records/outbox.h): one file for each kind of letter.
 */
#ifndef OIDC_LETTERS_H
#define OIDC_LETTERS_H

#include "records/post.h"

/* A post_send for every kind. */
int letters_send(struct task *task, const struct letter *letter, const char **ret_result);

#endif
