/* SPDX-License-Identifier: Apache-2.0
 *
 * The frames of a goodbye.  Called by end_session.c.
 */
#include "oidc/frontchannel.h"

#include "core/buf.h"
#include "core/settings.h"
#include "core/task.h"
#include "records/client.h"
#include "records/client_uri.h"
#include "records/visit.h"

#include <string.h>

#define SRC_MAX_BYTES     4096
#define SOURCES_MAX_BYTES (16u << 10)

static int frame_add(
    struct task *task, const struct visit *visit, json_t *list, struct buf *sources);
static const char *src_of(
    struct task *task, const struct client *client, const struct visit *visit);

int
frontchannel_frames(struct task *task, const char *session_id, struct frames *ret_frames)
{
	struct frames frames = {.list = json_keep(task, json_array())};
	const struct visit *visits;
	struct buf sources;
	size_t n;
	int r;

	r = visit_list(task, session_id, &visits, &n);
	if (r < 0)
		return r;
	buf_open(&sources, task, SOURCES_MAX_BYTES);
	for (size_t i = 0; i < n; i++) {
		r = frame_add(task, &visits[i], frames.list, &sources);
		if (r < 0)
			return r;
	}
	frames.sources = buf_text(&sources);
	if (frames.sources == NULL)
		return fail(task, BROKEN, "a session has too many clients to be told by frames");
	*ret_frames = frames;
	return 0;
}

static int
frame_add(struct task *task, const struct visit *visit, json_t *list, struct buf *sources)
{
	const struct client *client;
	json_t *frame;
	int r;

	r = client_find(task, visit->client_id, &client);
	if (r < 0)
		return r;
	if (client == NULL || client->frontchannel_logout_uri == NULL)
		return 0;
	frame = json_object();
	json_set_text(frame, "src", src_of(task, client, visit));
	json_array_append_new(list, frame);
	buf_printf(sources, "%s%s", sources->len == 0 ? "" : " ",
	    client_uri_source(task, client->frontchannel_logout_uri));
	return 0;
}

/* Section 3: iss and sid only for who asks for them. */
static const char *
src_of(struct task *task, const struct client *client, const struct visit *visit)
{
	const char *uri = client->frontchannel_logout_uri;
	struct buf buf;

	if (!client->frontchannel_needs_sid)
		return uri;
	buf_open(&buf, task, SRC_MAX_BYTES);
	buf_printf(&buf, "%s%ciss=", uri, strchr(uri, '?') == NULL ? '?' : '&');
	buf_url_add(&buf, task->rooms->settings->gateway_issuer);
	buf_text_add(&buf, "&sid=");
	buf_url_add(&buf, visit->sid);
	return buf_text(&buf);
}
