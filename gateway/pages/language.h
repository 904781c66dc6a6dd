/* SPDX-License-Identifier: Apache-2.0
 *
 * The five languages, as tables: their own names, directions, plural rules (CLDR) and months.
 * No locale of the operating system is needed or used.
 */
#ifndef PAGES_LANGUAGE_H
#define PAGES_LANGUAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct task;

/* The order of the catalogues' tables (compiler/message.c). */
enum language_id { LANGUAGE_EN, LANGUAGE_KM, LANGUAGE_LO, LANGUAGE_FR, LANGUAGE_AR, LANGUAGE_END_ };

struct language {
	const char *code;      /* BCP 47: "km" */
	const char *name;      /* in itself */
	const char *direction; /* "ltr", "rtl" */
	const char *months[12];
	const char *date; /* D M Y stand for day, month, year */
	const char *day;  /* without a year */
};
extern const struct language languages[LANGUAGE_END_];

/* The task's language as an index. */
enum language_id language_of(const struct task *task);

/* Chooses it; a task begins with none chosen (and English). */
void language_choose(struct task *task, enum language_id language);
bool language_is_chosen(const struct task *task);

/* The language of a tag or its first subtag ("km-KH" is km), case aside; -1: none of ours. */
int language_find(const char *tag, size_t len);

/* The best of ours for an Accept-Language header (RFC 9110 section 12.5.4), or for ui_locales when
 * the separator is a blank; -1: none of ours. Anything malformed is passed over. */
int language_accept(const char *header, char separator);

/* Which plural form a number takes. */
int language_plural(enum language_id language, int64_t n);

#endif
