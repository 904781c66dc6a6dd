/* SPDX-License-Identifier: Apache-2.0
 *
 * Memory, files and complaints of the template compiler.
 */
#include "tool.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct kept {
	struct kept *before;
};
char tool_nothing[1];
static struct kept *newest; /* so that a leak checker sees that all is meant to stay */

void
tool_complain(struct place at, const char *format, ...)
{
	va_list args;

	fprintf(stderr, "%s:%d: ", at.file, at.line);
	va_start(args, format);
	vfprintf(stderr, format, args);
	va_end(args);
	fputc('\n', stderr);
	exit(1);
}

void *
tool_keep(size_t bytes)
{
	struct kept *kept = calloc(1, sizeof(*kept) + bytes);

	if (!kept)
		abort();
	kept->before = newest;
	newest = kept;
	return kept + 1;
}

void
tool_forget(void)
{
	while (newest) {
		struct kept *before = newest->before;

		free(newest);
		newest = before;
	}
}

char *
tool_dup(const char *at, size_t len)
{
	char *dup = tool_keep(len + 1);

	memcpy(dup, at, len);
	return dup;
}

char *
tool_read(const char *path)
{
	struct text text = TEXT_EMPTY;
	char part[4096];
	size_t got;
	FILE *file = fopen(path, "rb");

	if (!file)
		tool_complain((struct place){path, 0}, "cannot be read");
	while ((got = fread(part, 1, sizeof(part), file)) > 0)
		tool_add(&text, part, got);
	fclose(file);
	if (strlen(text.at) != text.len)
		tool_complain((struct place){path, 0}, "holds a NUL byte");
	return text.at;
}

void
tool_add(struct text *text, const char *at, size_t len)
{
	if (text->len + len + 1 > text->size) {
		size_t size = (text->len + len + 1) * 2;
		char *bigger = tool_keep(size);

		memcpy(bigger, text->at, text->len);
		text->at = bigger;
		text->size = size;
	}
	memcpy(text->at + text->len, at, len);
	text->len += len;
	text->at[text->len] = '\0';
}

void
tool_print(struct text *text, const char *format, ...)
{
	va_list args;
	char *line = NULL;
	int len;

	va_start(args, format);
	len = vasprintf(&line, format, args);
	va_end(args);
	if (len < 0)
		abort();
	tool_add(text, line, (size_t)len);
	free(line);
}

void
tool_print_literal(struct text *text, const char *at, size_t len)
{
	tool_add(text, "\"", 1);
	for (size_t i = 0; i < len; i++) {
		unsigned char c = (unsigned char)at[i];

		if (i > 0 && i % 400 == 0)
			tool_print(text, "\"\n\t    \"");
		if (c == '"' || c == '\\' || c == '?')
			tool_print(text, "\\%c", c);
		else if (c < 0x20 || c >= 0x7f)
			tool_print(text, "\\%03o", c);
		else
			tool_add(text, &at[i], 1);
	}
	tool_add(text, "\"", 1);
}

void
tool_write(const char *path, const struct text *text)
{
	FILE *file = fopen(path, "rb");
	bool is_same = false;

	if (file) {
		char *old = tool_keep(text->len + 1);

		is_same = fread(old, 1, text->len + 1, file) == text->len &&
			  memcmp(old, text->at, text->len) == 0;
		fclose(file);
	}
	if (is_same)
		return;
	file = fopen(path, "wb");
	if (!file || fwrite(text->at, 1, text->len, file) != text->len || fclose(file) != 0)
		tool_complain((struct place){path, 0}, "cannot be written");
}
