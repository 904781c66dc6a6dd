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
#define SOURCES_MAX_BYTES 3000 /* nginx takes 4 KB of an answer's head by default */
#define FRAMES_MAX        32

static int frame_add(struct task *task, const struct visit *visit, struct frames *frames);
static bool source_add(struct task *task, const char *source, struct frames *frames);
static const char *src_of(
    struct task *task, const struct client *client, const struct visit *visit);

int
frontchannel_frames(struct task *task, const char *session_id, struct frames *ret_frames)
{
	struct frames frames = {.list = json_keep(task, json_array()), .sources = ""};
	const struct visit *visits;
	size_t n;
	int r;

	r = visit_list(task, session_id, &visits, &n);
	if (r < 0)
		return r;
	for (size_t i = 0; i < n; i++) {
		r = frame_add(task, &visits[i], &frames);
		if (r < 0)
			return r;
	}
	*ret_frames = frames;
	return 0;
}

static int
frame_add(struct task *task, const struct visit *visit, struct frames *frames)
{
	const struct client *client;
	const char *source;
	json_t *frame;
	int r;

	r = client_find(task, visit->client_id, &client);
	if (r < 0)
		return r;
	if (client == NULL || client->frontchannel_logout_uri == NULL)
		return 0;
	source = client_uri_source(task, client->frontchannel_logout_uri);
	if (json_array_size(frames->list) == FRAMES_MAX || !source_add(task, source, frames)) {
		frames->n_left_out++;
		return 0;
	}
	frame = json_object();
	json_set_text(frame, "src", src_of(task, client, visit));
	json_array_append_new(frames->list, frame);
	return 0;
}

/* False: there is no room for it. */
static bool
source_add(struct task *task, const char *source, struct frames *frames)
{
	if (str_has_word(frames->sources, source))
		return true;
	if (strlen(frames->sources) + 1 + strlen(source) > SOURCES_MAX_BYTES)
		return false;
	frames->sources = task_printf(
	    task, "%s%s%s", frames->sources, *frames->sources == '\0' ? "" : " ", source);
	return true;
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
