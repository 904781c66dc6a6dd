/* SPDX-License-Identifier: Apache-2.0
 *
 * Writes the texts: as C tables for the gateway, as .pot for translators, and what is lacking.
 *
 * In the tables %{name} is one byte, 1 for the msgid's first value, so that nothing is parsed when
 * a page is written.
 */
#include "message.h"

#include <stdio.h>
#include <string.h>

static void
form_write(struct text *out, const struct message *message, const char *text)
{
	struct text bytes = TEXT_EMPTY;

	while (*text) {
		size_t len = 1;
		int value = strncmp(text, "%{", 2) == 0 ? message_value(message, text, &len) : -1;
		char mark = (char)(value + 1);

		tool_add(&bytes, value >= 0 ? &mark : text, 1);
		text += len;
	}
	tool_print_literal(out, bytes.at, bytes.len);
	tool_print(out, ", ");
}

static void
forms_write(struct text *out, const struct message *message, int language)
{
	int n = message->plural ? message_forms[language] : 1;

	if (!message->forms[language][0])
		return;
	tool_print(out, "static const char *const text_%d_%s[] = {", message->index,
	    message_languages[language]);
	for (int i = 0; i < n; i++)
		form_write(out, message,
		    message->forms[language][i] ? message->forms[language][i]
						: message->forms[language][0]);
	tool_print(out, "};\n");
}

static void
row_write(struct text *out, const struct message *message)
{
	tool_print(out, "\t{");
	tool_print_literal(out, message->id, strlen(message->id));
	tool_print(out, ", %d, {", message->n_values);
	for (int i = 0; i < MESSAGE_LANGUAGES; i++)
		if (message->forms[i][0])
			tool_print(
			    out, "[%d] = text_%d_%s, ", i, message->index, message_languages[i]);
	tool_print(out, "}},\n");
}

void
catalogue_write(struct text *out)
{
	size_t n = message_count();

	tool_print(out, "/* Made by page-compiler from pages/po and pages/templates. */\n"
			"#include \"pages/catalogue.h\"\n\n");
	for (size_t i = 0; i < n; i++)
		for (int language = 0; language < MESSAGE_LANGUAGES; language++)
			forms_write(out, message_at(i), language);
	tool_print(out, "\nconst struct catalogue_entry catalogue[] = {\n");
	for (size_t i = 0; i < n; i++)
		row_write(out, message_at(i));
	tool_print(out, "};\nconst size_t catalogue_n = %zu;\n", n);
}

static void
po_string(struct text *out, const char *keyword, const char *text)
{
	tool_print(out, "%s \"", keyword);
	for (; *text; text++) {
		if (*text == '"' || *text == '\\')
			tool_add(out, "\\", 1);
		if (*text == '\n')
			tool_add(out, "\\n", 2);
		else
			tool_add(out, text, 1);
	}
	tool_print(out, "\"\n");
}

void
catalogue_write_pot(struct text *out)
{
	tool_print(out, "msgid \"\"\nmsgstr \"\"\n"
			"\"Content-Type: text/plain; charset=UTF-8\\n\"\n");
	for (size_t i = 0; i < message_count(); i++) {
		const struct message *message = message_at(i);

		if (message->places.len == 0)
			continue;
		tool_print(out, "\n#:%s\n", message->places.at);
		po_string(out, "msgid", message->id);
		if (message->plural)
			po_string(out, "msgid_plural", message->plural);
		po_string(out, message->plural ? "msgstr[0]" : "msgstr", "");
	}
}

static bool
is_whole(const struct message *message, int language)
{
	int n = message->plural ? message_forms[language] : 1;

	for (int i = 0; i < n; i++)
		if (!message->forms[language][i])
			return false;
	return true;
}

int
catalogue_report(void)
{
	int n_lacking = 0;

	for (size_t i = 0; i < message_count(); i++) {
		const struct message *message = message_at(i);

		if (message->places.len == 0) {
			printf("no longer used: \"%s\"\n", message->id);
			n_lacking++;
		}
		for (int l = 1; message->places.len > 0 && l < MESSAGE_LANGUAGES; l++) {
			if (is_whole(message, l))
				continue;
			printf("%s lacks \"%s\" (%s)\n", message_languages[l], message->id,
			    message->places.at + 1);
			n_lacking++;
		}
	}
	return n_lacking;
}
