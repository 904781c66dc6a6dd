/* SPDX-License-Identifier: Apache-2.0
 *
 * Inflating what a stranger deflated: 1 MiB of it may stand for 1 GiB, so memory grows with what
 * comes out and ends at a cap.
 */
#include "jose/status_bits.h"

#include "core/task.h"
#include "jose/status_list.h"

#include <assert.h>
#include <limits.h>
#include <stdlib.h>
#define ZLIB_CONST
#include <zlib.h>

#define FIRST_BYTES (16u << 10)

static int stream_inflate(struct task *task, z_stream *stream, struct bytes *ret_bits);
static uint8_t *grow(uint8_t *at, size_t *size);

int
status_bits_inflate(struct task *task, struct bytes deflated, struct bytes *ret_bits)
{
	z_stream stream = {.next_in = deflated.at, .avail_in = (uInt)deflated.len};
	int r;

	assert(deflated.len <= UINT_MAX);
	if (inflateInit(&stream) != Z_OK)
		return fail(task, BROKEN, "zlib cannot begin");
	r = stream_inflate(task, &stream, ret_bits);
	inflateEnd(&stream);
	return r;
}

static int
stream_inflate(struct task *task, z_stream *stream, struct bytes *ret_bits)
{
	size_t size = 0;
	uint8_t *at = NULL;
	int status = Z_OK;

	while (status == Z_OK && stream->total_out == size && size < STATUS_LIST_MAX_BYTES) {
		at = grow(at, &size);
		stream->next_out = at + stream->total_out;
		stream->avail_out = (uInt)(size - stream->total_out);
		status = inflate(stream, Z_NO_FLUSH);
	}
	if (status != Z_STREAM_END || stream->avail_in > 0 || stream->total_out == 0) {
		free(at);
		return fail(task, INVALID_REQUEST, "status list: lst is not zlib, or over %u bytes",
		    STATUS_LIST_MAX_BYTES);
	}
	task_defer(task, free, at);
	*ret_bits = (struct bytes){at, stream->total_out};
	return 0;
}

static uint8_t *
grow(uint8_t *at, size_t *size)
{
	size_t larger = *size == 0 ? FIRST_BYTES : *size * 2;

	at = realloc(at, larger);
	assert(at != NULL);
	*size = larger;
	return at;
}

int
status_bits_deflate(struct task *task, struct bytes bits, struct bytes *ret_deflated)
{
	uLongf len = compressBound(bits.len);
	uint8_t *at = task_alloc(task, len);

	if (compress2(at, &len, bits.at, bits.len, Z_BEST_COMPRESSION) != Z_OK)
		return fail(task, BROKEN, "zlib cannot deflate");
	*ret_deflated = (struct bytes){at, len};
	return 0;
}
