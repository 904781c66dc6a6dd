/* SPDX-License-Identifier: Apache-2.0
 *
 * Notices to people on their way to whoever sends them on by e-mail or SMS ([account] notice_url;
 * records/notice.h writes them): POST, signed as webhooks are (Standard Webhooks 1.0, v1).
 */
#ifndef CONSENT_NOTICE_LETTER_H
#define CONSENT_NOTICE_LETTER_H

#include "records/post.h"

/* {"type": "notice.consent.revoked", "timestamp", "data": {"sub"}}: sub is the person's subject at
 * the sector of notice_url's host, which a client of that host knows too. */
int notice_letter_send(struct task *task, const struct letter *letter, const char **ret_result);

/* "whsec_…", what the receiver checks the signatures with. */
int notice_letter_key(struct task *task, const char **ret_text);

#endif
