/* SPDX-License-Identifier: Apache-2.0
 *
 * A text that grows, in a task's arena, never past its maximum.
 *
 * Overflow is sticky: what does not fit is left out, and buf_text() of an overflown buffer is NULL,
 * so one check at the end is enough.
 */
#ifndef CORE_BUF_H
#define CORE_BUF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct task;

struct buf {
	struct task *task;
	char *at;
	size_t len, size, max_bytes;
	bool overflown;
};

void buf_open(struct buf *buf, struct task *task, size_t max_bytes);
void buf_add(struct buf *buf, const char *at, size_t len);
void buf_text_add(struct buf *buf, const char *text);
void buf_char_add(struct buf *buf, char c);
void buf_number_add(struct buf *buf, int64_t number); /* a tenth of what buf_printf() costs */
void buf_printf(struct buf *buf, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* NUL-terminated, or NULL where it overflew. */
const char *buf_text(struct buf *buf);

/* Escapes for one context each. */
void buf_url_add(struct buf *buf, const char *text);  /* RFC 3986 unreserved stay, all else %XX */
void buf_json_add(struct buf *buf, const char *text); /* a JSON string, quotes included */

#endif
