/* SPDX-License-Identifier: Apache-2.0
 *
 * The hash of an audit row (see audit_row.h).
 */
#include "records/audit_row.h"

#include "core/buf.h"
#include "core/task.h"
#include "jose/digest.h"

#include <inttypes.h>
#include <string.h>

#define ROW_MAX_BYTES (256u << 10)

static void column_add(struct buf *buf, const char *text);

const char *
audit_row_hash(struct task *task, const struct audit_row *row)
{
	uint8_t digest[DIGEST_BYTES];
	struct buf buf;

	buf_open(&buf, task, ROW_MAX_BYTES);
	buf_printf(&buf, "%" PRId64 ",%" PRId64 ",", row->seq, row->at_s);
	column_add(&buf, row->prev);
	column_add(&buf, row->event);
	column_add(&buf, row->actor);
	column_add(&buf, row->person_id);
	column_add(&buf, row->client_id);
	column_add(&buf, row->detail);
	digest_sha256((struct bytes){(const uint8_t *)buf.at, buf.len}, digest);
	return b64u_encode(task, (struct bytes){digest, sizeof(digest)});
}

/* LENGTH:TEXT, and "-" where there is none. */
static void
column_add(struct buf *buf, const char *text)
{
	if (text == NULL) {
		buf_text_add(buf, "-,");
		return;
	}
	buf_printf(buf, "%zu:", strlen(text));
	buf_text_add(buf, text);
	buf_char_add(buf, ',');
}
