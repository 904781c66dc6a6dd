/* SPDX-License-Identifier: Apache-2.0
 *
 * Each row of dark modules is a stroke of width 1 through their middle: half the bytes of outlines.
 */
#include "pages/qr.h"

#include "core/buf.h"
#include "core/fault.h"
#include "core/task.h"

#include <qrencode.h>
#include <stdbool.h>

#define QR_MAX_BYTES  (64u << 10)
#define QR_QUIET_ZONE 4 /* ISO/IEC 18004 section 9.1 */

static void
row_add(struct buf *path, const QRcode *code, int y)
{
	const unsigned char *row = code->data + y * code->width;
	int pen = 0; /* where the last stroke ended */

	buf_printf(path, "M%d %d.5", QR_QUIET_ZONE, y + QR_QUIET_ZONE);
	for (int x = 0; x < code->width;) {
		int begin = x;

		/* The lowest bit is the colour. */
		if ((row[x] & 1) == 0) {
			x++;
			continue;
		}
		while (x < code->width && (row[x] & 1) != 0)
			x++;
		if (begin > pen)
			buf_printf(path, "m%d 0", begin - pen);
		buf_printf(path, "h%d", x - begin);
		pen = x;
	}
}

int
qr_path(struct task *task, const char *text, const char **ret_path, int *ret_side)
{
	QRcode *code = QRcode_encodeString8bit(text, 0, QR_ECLEVEL_M);
	struct buf path;

	if (!code)
		return fail(task, BROKEN, "a text does not fit in a QR code");
	buf_open(&path, task, QR_MAX_BYTES);
	for (int y = 0; y < code->width; y++)
		row_add(&path, code, y);
	*ret_side = code->width + 2 * QR_QUIET_ZONE;
	QRcode_free(code);
	if (!buf_text(&path))
		return fail(task, BROKEN, "the path of a QR code is too long");
	*ret_path = buf_text(&path);
	return 0;
}

static bool
is_dark(const QRcode *code, int x, int y)
{
	x -= QR_QUIET_ZONE;
	y -= QR_QUIET_ZONE;
	return x >= 0 && y >= 0 && x < code->width && y < code->width &&
	       (code->data[y * code->width + x] & 1) != 0;
}

/* ECMA-48: black on white, and back. */
static void
line_add(struct buf *lines, const QRcode *code, int y)
{
	static const char *const blocks[] = {" ", "\u2584", "\u2580", "\u2588"};

	buf_text_add(lines, "\033[30;107m");
	for (int x = 0; x < code->width + 2 * QR_QUIET_ZONE; x++)
		buf_text_add(lines, blocks[2 * is_dark(code, x, y) + is_dark(code, x, y + 1)]);
	buf_text_add(lines, "\033[0m\n");
}

int
qr_lines(struct task *task, const char *text, const char **ret_lines)
{
	QRcode *code = QRcode_encodeString8bit(text, 0, QR_ECLEVEL_M);
	struct buf lines;

	if (!code)
		return fail(task, BROKEN, "a text does not fit in a QR code");
	buf_open(&lines, task, QR_MAX_BYTES);
	for (int y = 0; y < code->width + 2 * QR_QUIET_ZONE; y += 2)
		line_add(&lines, code, y);
	QRcode_free(code);
	if (!buf_text(&lines))
		return fail(task, BROKEN, "the lines of a QR code are too long");
	*ret_lines = buf_text(&lines);
	return 0;
}
