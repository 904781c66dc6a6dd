/* SPDX-License-Identifier: Apache-2.0
 *
 * What a service tells of a person (POST /news, services/news.c): each client that the person lets
 * call the service now gets an event service.news (records/event.h), with letters to its webhook
 * endpoints; and the person a notice.  Thin: that there is something new, under which reference;
 * who wants to know what asks the service, by the person's token.
 */
#ifndef RECORDS_NEWS_H
#define RECORDS_NEWS_H

struct client;
struct task;

struct news {
	const struct client *service;
	const char *person_id;
	const char *id;   /* the service's own: what it tells twice is told once, for NEWS_LIFE_S */
	const char *type; /* of those that the service registered (client_event_label()) */
	const char *reference; /* of what: printable ASCII, nothing of the person; or NULL */
	const char *clients;   /* with spaces between: nobody else is told; NULL: whoever may be */
};

/* Longer than a service's host tries (manifest/news_word.h). */
#define NEWS_LIFE_S (8 * 86400)

/* Durable when it returns.  Whether anybody was told, and who, nobody hears. */
int news_tell(struct task *task, const struct news *news);

#endif
