/* SPDX-License-Identifier: Apache-2.0
 *
 * Reads a gettext catalogue (.po): msgid, msgid_plural, msgstr, msgstr[n], texts over several
 * lines.  A fuzzy entry counts as not translated; contexts are not used here, so refused.
 */
#include "message.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct po {
	const char *c; /* next byte */
	struct place at;
	int language;
	bool is_fuzzy;
	struct text *into; /* what a line that is only a string goes on with */
	struct text id, plural;
	struct text forms[MESSAGE_FORMS_MAX];
	bool has_id, has_plural;
	int n_forms;
};

static void entry_end(struct po *po);
static void line_read(struct po *po);

void
po_read(const char *path, int language)
{
	struct po po = {.c = tool_read(path), .at = {path, 1}, .language = language};

	entry_end(&po);
	while (*po.c) {
		line_read(&po);
		po.c += strcspn(po.c, "\n");
		if (*po.c == '\n') {
			po.c++;
			po.at.line++;
		}
	}
	entry_end(&po);
}

/* Every catalogue says how many plural forms it has; a wrong count would shift them. */
static void
header_check(const struct po *po)
{
	const char *n = strstr(po->forms[0].at, "nplurals=");

	if (n && strtol(n + strlen("nplurals="), NULL, 10) != message_forms[po->language])
		tool_complain(po->at, "%s has %d plural forms", message_languages[po->language],
		    message_forms[po->language]);
}

static void
entry_keep(struct po *po)
{
	struct message *message;
	int n = po->has_plural ? message_forms[po->language] : 1;

	if (po->id.len == 0) {
		header_check(po);
		return;
	}
	message = message_add(po->id.at, po->has_plural ? po->plural.at : NULL, po->at);
	if (po->n_forms > n)
		tool_complain(po->at, "more forms than the language has");
	for (int i = 0; i < n; i++)
		if (po->forms[i].len > 0 && !po->is_fuzzy)
			message_translate(message, po->language, i, po->forms[i].at, po->at);
}

static void
entry_end(struct po *po)
{
	if (po->has_id)
		entry_keep(po);
	po->has_id = po->has_plural = po->is_fuzzy = false;
	po->id = po->plural = TEXT_EMPTY;
	for (int i = 0; i < MESSAGE_FORMS_MAX; i++)
		po->forms[i] = TEXT_EMPTY;
	po->n_forms = 0;
	po->into = NULL;
}

static void
string_read(struct po *po)
{
	static const char names[] = "nt\"\\", means[] = "\n\t\"\\";

	po->c += strspn(po->c, " \t");
	if (*po->c != '"' || !po->into)
		tool_complain(po->at, "a string was expected");
	for (po->c++; *po->c != '"'; po->c++) {
		const char *escape;

		if (*po->c == '\0' || *po->c == '\n')
			tool_complain(po->at, "a string that does not end");
		if ((unsigned char)*po->c < 0x20)
			tool_complain(po->at, "a control character");
		if (*po->c != '\\') {
			tool_add(po->into, po->c, 1);
			continue;
		}
		po->c++;
		escape = *po->c ? strchr(names, *po->c) : NULL;
		if (!escape)
			tool_complain(po->at, "unknown escape");
		tool_add(po->into, &means[escape - names], 1);
	}
	po->c++;
}

static bool
keyword(struct po *po, const char *word)
{
	size_t len = strlen(word);

	if (strncmp(po->c, word, len) != 0 || !strchr(" \t[\"", po->c[len]))
		return false;
	po->c += len;
	return true;
}

static void
form_read(struct po *po)
{
	int form = 0;

	if (*po->c == '[') {
		form = po->c[1] - '0';
		if (form < 0 || form >= MESSAGE_FORMS_MAX || po->c[2] != ']')
			tool_complain(po->at, "msgstr[n]: n is no form");
		po->c += 3;
	}
	if (form >= po->n_forms)
		po->n_forms = form + 1;
	po->into = &po->forms[form];
	string_read(po);
}

static void
line_read(struct po *po)
{
	po->c += strspn(po->c, " \t\r");
	if (*po->c == '\n' || *po->c == '\0')
		return;
	if (*po->c == '#') {
		const char *end = po->c + strcspn(po->c, "\n");
		const char *fuzzy = strstr(po->c, "fuzzy");

		if (po->c[1] != ',')
			return;
		entry_end(po);
		po->is_fuzzy = fuzzy && fuzzy < end;
	} else if (*po->c == '"') {
		string_read(po);
	} else if (keyword(po, "msgid_plural")) {
		po->has_plural = true;
		po->into = &po->plural;
		string_read(po);
	} else if (keyword(po, "msgid")) {
		bool is_fuzzy = po->is_fuzzy && !po->has_id;

		entry_end(po);
		po->is_fuzzy = is_fuzzy;
		po->has_id = true;
		po->into = &po->id;
		string_read(po);
	} else if (keyword(po, "msgstr")) {
		form_read(po);
	} else {
		tool_complain(po->at, "not a line of a catalogue");
	}
}
