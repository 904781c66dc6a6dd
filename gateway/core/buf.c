/* SPDX-License-Identifier: Apache-2.0
 *
 * A text that grows, never past its maximum (see buf.h).
 */
#include "core/buf.h"

#include "core/str.h"
#include "core/task.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define BUF_FIRST_BYTES 256

static bool buf_has_room(struct buf *buf, size_t len);
static size_t plain_len(const char *text);
static void json_char_add(struct buf *buf, uint32_t code, const char *at, size_t len);

void
buf_open(struct buf *buf, struct task *task, size_t max_bytes)
{
	*buf = (struct buf){.task = task, .max_bytes = max_bytes};
}

void
buf_add(struct buf *buf, const char *at, size_t len)
{
	if (len == 0 || !buf_has_room(buf, len))
		return;
	memcpy(buf->at + buf->len, at, len);
	buf->len += len;
	buf->at[buf->len] = '\0';
}

/* Room for len bytes and a NUL. */
static bool
buf_has_room(struct buf *buf, size_t len)
{
	size_t size = buf->size > 0 ? buf->size : BUF_FIRST_BYTES;
	char *at;

	if (buf->overflown || len > buf->max_bytes - buf->len) {
		buf->overflown = true;
		return false;
	}
	if (len < buf->size - buf->len)
		return true;
	while (size - buf->len <= len)
		size *= 2;
	if (size > buf->max_bytes + 1)
		size = buf->max_bytes + 1;
	at = task_alloc(buf->task, size);
	if (buf->len > 0)
		memcpy(at, buf->at, buf->len);
	buf->at = at;
	buf->size = size;
	return true;
}

void
buf_text_add(struct buf *buf, const char *text)
{
	buf_add(buf, text, strlen(text));
}

void
buf_char_add(struct buf *buf, char c)
{
	if (!buf_has_room(buf, 1))
		return;
	buf->at[buf->len++] = c;
	buf->at[buf->len] = '\0';
}

void
buf_number_add(struct buf *buf, int64_t number)
{
	char digits[STR_NUMBER_BYTES];

	buf_text_add(buf, str_from_i64(digits, number));
}

void
buf_printf(struct buf *buf, const char *format, ...)
{
	va_list args;
	int len;

	va_start(args, format);
	len = vsnprintf(NULL, 0, format, args);
	va_end(args);
	if (len <= 0 || !buf_has_room(buf, (size_t)len))
		return;
	va_start(args, format);
	vsnprintf(buf->at + buf->len, (size_t)len + 1, format, args);
	va_end(args);
	buf->len += (size_t)len;
}

const char *
buf_text(struct buf *buf)
{
	if (buf->overflown)
		return NULL;
	return buf->at != NULL ? buf->at : "";
}

void
buf_url_add(struct buf *buf, const char *text)
{
	static const char unreserved[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
					 "0123456789-._~";

	while (*text != '\0') {
		size_t len = strspn(text, unreserved);
		uint8_t byte;

		buf_add(buf, text, len);
		text += len;
		if (*text == '\0')
			break;
		byte = (uint8_t)*text++;
		buf_char_add(buf, '%');
		buf_char_add(buf, "0123456789ABCDEF"[byte >> 4]);
		buf_char_add(buf, "0123456789ABCDEF"[byte & 15]);
	}
}

void
buf_json_add(struct buf *buf, const char *text)
{
	size_t len = strlen(text);
	uint32_t code;

	buf_char_add(buf, '"');
	while (len > 0) {
		size_t n = plain_len(text);

		buf_add(buf, text, n);
		text += n;
		len -= n;
		if (len == 0)
			break;
		n = str_char(text, len, &code);
		if (n == 0) {
			n = 1;
			code = 0xFFFD;
		}
		json_char_add(buf, code, text, n);
		text += n;
		len -= n;
	}
	buf_char_add(buf, '"');
}

/* Of the letters at its beginning that stand in JSON as they are, ASCII alone. */
static size_t
plain_len(const char *text)
{
	size_t n = 0;

	while (text[n] >= ' ' && text[n] < 0x7f && text[n] != '"' && text[n] != '\\')
		n++;
	return n;
}

/* code as it stands in text at at, or U+FFFD for a byte that is not UTF-8. */
static void
json_char_add(struct buf *buf, uint32_t code, const char *at, size_t len)
{
	if (code == '"' || code == '\\') {
		buf_char_add(buf, '\\');
		buf_char_add(buf, (char)code);
		return;
	}
	if (str_is_control(code) || code == 0xFFFD) {
		buf_printf(buf, "\\u%04x", (unsigned)code);
		return;
	}
	buf_add(buf, at, len);
}
