/* SPDX-License-Identifier: Apache-2.0
 *
 * gzip of pages.  Called by the server when a page leaves.  A secret in a page is masked anew in
 * each answer (pages/mask.h), so that its length says nothing about it (BREACH).
 */
#include "http/gzip.h"

#include "core/task.h"

#include <string.h>
#include <strings.h>
#include <zlib.h>

static bool is_refused(const char *parameters, size_t len);

bool
gzip_is_accepted(const char *accept_encoding)
{
	const char *at;
	size_t len, name_len;

	for (at = accept_encoding; at != NULL && *at != 0; at += len + (at[len] == ',')) {
		at += strspn(at, " \t");
		len = strcspn(at, ",");
		name_len = strcspn(at, " \t;,");
		if (name_len == 4 && strncasecmp(at, "gzip", 4) == 0)
			return !is_refused(at + name_len, len - name_len);
	}
	return false;
}

/* ";q=0", ";q=0.0" */
static bool
is_refused(const char *parameters, size_t len)
{
	const char *q = memchr(parameters, '=', len);

	if (q == NULL)
		return false;
	for (q++; q < parameters + len; q++)
		if (*q >= '1' && *q <= '9')
			return false;
	return true;
}

bool
gzip_bytes(struct task *task, struct bytes plain, struct bytes *ret_packed)
{
	z_stream stream = {0};
	size_t max = plain.len - plain.len / 16;
	uint8_t *packed = task_alloc(task, max);
	bool fits;

	/* 16: a gzip header instead of zlib's */
	if (plain.len > UINT32_MAX ||
	    deflateInit2(&stream, 6, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY) != Z_OK)
		return false;
	stream.next_in = (Bytef *)(uintptr_t)plain.at;
	stream.avail_in = (uInt)plain.len;
	stream.next_out = packed;
	stream.avail_out = (uInt)max;
	fits = deflate(&stream, Z_FINISH) == Z_STREAM_END;
	max -= stream.avail_out;
	deflateEnd(&stream);
	if (fits)
		*ret_packed = (struct bytes){packed, max};
	return fits;
}
