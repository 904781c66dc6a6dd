/* SPDX-License-Identifier: Apache-2.0
 *
 * What one news of a person may say, between a service and its gateway: the host looks before it
 * stores (plugins/host/news.c), the gateway before it believes (services/news.c).
 */
#ifndef MANIFEST_NEWS_WORD_H
#define MANIFEST_NEWS_WORD_H

#include <stdint.h>

/* How long a host tries to tell. */
#define NEWS_WAIT_S (INT64_C(7) * 86400)

struct news_word {
	const char *subject;   /* the service's own name for the person */
	const char *reference; /* of what; or NULL */
	const char *clients;   /* client_ids with spaces between; or NULL */
};

/* In words what is wrong with it; NULL: nothing.  Its type is looked up elsewhere. */
const char *news_word_wrong(const struct news_word *word);

#endif
