/* SPDX-License-Identifier: Apache-2.0
 *
 * The hash of an audit row (see audit_row.h).
 */
#include "records/audit_row.h"

#include "core/buf.h"
#include "core/task.h"
#include "jose/digest.h"

#include <string.h>

#define ROW_MAX_BYTES (256u << 10)

static void number_add(struct buf *buf, int64_t number, char end);
static void column_add(struct buf *buf, const char *text);

const char *
audit_row_hash(struct task *task, const struct audit_row *row)
{
	uint8_t digest[DIGEST_BYTES];
	struct buf buf;

	buf_open(&buf, task, ROW_MAX_BYTES);
	number_add(&buf, row->seq, ',');
	number_add(&buf, row->at_s, ',');
	column_add(&buf, row->prev);
	column_add(&buf, row->event);
	column_add(&buf, row->actor);
	column_add(&buf, row->person_id);
	column_add(&buf, row->client_id);
	column_add(&buf, row->detail);
	digest_sha256((struct bytes){(const uint8_t *)buf.at, buf.len}, digest);
	return b64u_encode(task, (struct bytes){digest, sizeof(digest)});
}

static void
number_add(struct buf *buf, int64_t number, char end)
{
	buf_number_add(buf, number);
	buf_char_add(buf, end);
}

/* LENGTH:TEXT, and "-" where there is none. */
static void
column_add(struct buf *buf, const char *text)
{
	size_t len;

	if (text == NULL) {
		buf_text_add(buf, "-,");
		return;
	}
	len = strlen(text);
	number_add(buf, (int64_t)len, ':');
	buf_add(buf, text, len);
	buf_char_add(buf, ',');
}
