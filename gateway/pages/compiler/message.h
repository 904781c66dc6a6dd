/* SPDX-License-Identifier: Apache-2.0
 *
 * The texts: msgids as templates, C sources and catalogues name them, with their translations.
 *
 * A msgid is English and may hold %{name}; a plural has a second msgid.  Languages are those of
 * pages/language.h, English first, which needs no catalogue.
 */
#ifndef COMPILER_MESSAGE_H
#define COMPILER_MESSAGE_H

#include "tool.h"

#define MESSAGE_VALUES_MAX 6
#define MESSAGE_FORMS_MAX  6
#define MESSAGE_LANGUAGES  5

extern const char *const message_languages[MESSAGE_LANGUAGES]; /* "en", "km", … */
extern const int message_forms[MESSAGE_LANGUAGES];             /* how many plural forms each has */

struct message {
	const char *id, *plural;                /* plural: NULL where it has none */
	const char *values[MESSAGE_VALUES_MAX]; /* names in %{…}, in order of first use */
	int n_values;
	const char *forms[MESSAGE_LANGUAGES][MESSAGE_FORMS_MAX]; /* NULL: not translated */
	struct text places; /* " FILE:LINE" of each use; none: only a catalogue has it */
	int index;          /* in the sorted table, after message_sort() */
};

/* Adds it, or finds it; complains where a plural differs. */
struct message *message_add(const char *id, const char *plural, struct place at);
void message_used(struct message *message, struct place at);

/* Complains where a translation names a value that the msgid does not, or leaves one out. */
void message_translate(
    struct message *message, int language, int form, const char *text, struct place at);

void message_sort(void);
void message_forget(void); /* all of them, before tool_forget() */
size_t message_count(void);
struct message *message_at(size_t i);

/* Which value the %{name} at text is, and how long it stands there; -1: none of the message's. */
int message_value(const struct message *message, const char *text, size_t *ret_len);

/* Reads one .po file. */
void po_read(const char *path, int language);

/* Finds page_text(…, "…"), page_text_with and N_("…") in a C source. */
void source_scan(const char *path);

void catalogue_write(struct text *out); /* C tables */
void catalogue_write_pot(struct text *out);

/* Says which used texts lack which languages; how many are lacking. */
int catalogue_report(void);

#endif
