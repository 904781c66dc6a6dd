/* SPDX-License-Identifier: Apache-2.0
 *
 * Finds the texts in C sources: page_text(task, "…"), page_text_with(task, "…", …) and N_("…"),
 * which marks a text in a table.
 */
#include "message.h"

#include <ctype.h>
#include <string.h>

struct source {
	const char *c;
	struct place at;
};

static void
step(struct source *source)
{
	if (*source->c == '\n')
		source->at.line++;
	source->c++;
}

static void
space_skip(struct source *source)
{
	while (*source->c && isspace((unsigned char)*source->c))
		step(source);
}

/* At a quote: the string, and those that follow it. */
static const char *
literal_read(struct source *source)
{
	struct text text = TEXT_EMPTY;

	while (*source->c == '"') {
		for (step(source); *source->c && *source->c != '"'; step(source)) {
			if (*source->c == '\\')
				step(source);
			tool_add(&text, source->c, 1);
		}
		if (*source->c)
			step(source);
		space_skip(source);
	}
	return text.at;
}

/* At an apostrophe: 'a', '"', '\\''. */
static void
letter_skip(struct source *source)
{
	for (step(source); *source->c && *source->c != '\''; step(source))
		if (*source->c == '\\')
			step(source);
	if (*source->c)
		step(source);
}

/* At the parenthesis of a call: its first or second argument, where that is a literal. */
static void
call_read(struct source *source, int argument)
{
	struct place at = source->at;

	for (step(source); argument > 0 && *source->c && !strchr("(){};\"", *source->c);
	     step(source))
		if (*source->c == ',')
			argument--;
	space_skip(source);
	if (argument == 0 && *source->c == '"')
		message_used(message_add(literal_read(source), NULL, at), at);
}

static void
word_read(struct source *source)
{
	const char *begin = source->c;
	size_t len;

	while (isalnum((unsigned char)*source->c) || *source->c == '_')
		step(source);
	len = (size_t)(source->c - begin);
	if (*source->c != '(')
		return;
	if (len == 2 && strncmp(begin, "N_", len) == 0)
		call_read(source, 0);
	else if ((len == 9 && strncmp(begin, "page_text", len) == 0) ||
		 (len == 14 && strncmp(begin, "page_text_with", len) == 0))
		call_read(source, 1);
}

void
source_scan(const char *path)
{
	struct source source = {tool_read(path), {path, 1}};

	while (*source.c) {
		if (isalpha((unsigned char)*source.c) || *source.c == '_') {
			word_read(&source);
		} else if (*source.c == '"') {
			(void)literal_read(&source);
		} else if (*source.c == '\'') {
			letter_skip(&source);
		} else if (strncmp(source.c, "/*", 2) == 0) {
			const char *end = strstr(source.c, "*/");

			while (*source.c && source.c != end)
				step(&source);
		} else {
			step(&source);
		}
	}
}
