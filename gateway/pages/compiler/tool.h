/* SPDX-License-Identifier: Apache-2.0
 *
 * What every part of the template compiler needs: a growing text, files, and complaints.
 *
 * The compiler is a host tool that runs once and ends: memory is kept until then, and the first
 * mistake in a template or catalogue ends it with FILE:LINE.
 */
#ifndef COMPILER_TOOL_H
#define COMPILER_TOOL_H

#include <stdbool.h>
#include <stddef.h>

struct place {
	const char *file;
	int line;
};

/* Says FILE:LINE: …, and exits 1. */
void tool_complain(struct place at, const char *format, ...)
    __attribute__((noreturn, format(printf, 2, 3)));

/* Memory until tool_forget(), which only a program that compiles many times needs. */
void *tool_keep(size_t bytes) __attribute__((malloc, returns_nonnull));
char *tool_dup(const char *at, size_t len);

void tool_forget(void);

/* The file's bytes and a NUL; complains where it cannot be read or holds a NUL. */
char *tool_read(const char *path);

struct text {
	char *at; /* NUL-terminated, "" while empty */
	size_t len, size;
};
extern char tool_nothing[1]; /* "" */
#define TEXT_EMPTY ((struct text){tool_nothing, 0, 0})
void tool_add(struct text *text, const char *at, size_t len);
void tool_print(struct text *text, const char *format, ...) __attribute__((format(printf, 2, 3)));
void tool_print_literal(struct text *text, const char *at, size_t len); /* a C string literal */

/* Leaves a file that is the same already alone, so that nothing is built again. */
void tool_write(const char *path, const struct text *text);

#endif
