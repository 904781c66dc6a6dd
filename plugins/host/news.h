/* SPDX-License-Identifier: Apache-2.0
 *
 * The news that wait here for the gateway, oldest first.  Between news.c, which keeps them, and
 * news_carry.c, which carries them.
 */
#ifndef HOST_NEWS_H
#define HOST_NEWS_H

#include "host.h"

#define NEWS_BATCH 20 /* are looked at together */

struct news_row {
	int64_t number;
	const char *id; /* by which the gateway knows them again */
	struct dvara_news news;
	int64_t since_s;
};

struct news_waiting {
	struct news_row all[NEWS_BATCH]; /* texts are the task's */
	size_t n;
};

int host_news_waiting(struct task *task, struct news_waiting *ret_waiting);

/* These wait no more. */
int host_news_forget(struct task *task, struct news_waiting *waiting);

#endif
