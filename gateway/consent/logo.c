/* SPDX-License-Identifier: Apache-2.0
 *
 * GET /assets/{id}: clients' logos from our own origin (records/asset.h).  What is named by its
 * hash never changes.
 */
#include "consent/logo.h"

#include "core/task.h"
#include "records/asset.h"

#define FOR_EVER "public, max-age=31536000, immutable"

int
logo_show(struct task *task, const struct request *request, struct reply *reply)
{
	struct asset asset;
	int r;

	r = asset_find(task, request_capture(request, "id"), &asset);
	if (r < 0)
		return r;
	reply_header(reply, "Cache-Control", FOR_EVER);
	/* Opened by itself it is nothing but a picture. */
	reply_header(reply, "Content-Security-Policy", "default-src 'none'; sandbox");
	return reply_bytes(reply, 200, asset.type, asset.bytes);
}
