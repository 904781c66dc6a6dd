/* SPDX-License-Identifier: Apache-2.0
 *
 * GET and POST /end_session: a relying party sends a person here to sign out (OpenID Connect
 * RP-Initiated Logout 1.0); POST /end_session/confirm: the person said yes on our page.
 *
 * An ID token of ours, of the very session of this browser, ends it at once: nobody else has one.
 * Anybody could have sent the person with less, so then they are asked.  Where anything about the
 * request is wrong, nobody is sent on to anywhere.
 */
#include "oidc/oidc.h"

#include "access/browser.h"
#include "core/buf.h"
#include "core/log.h"
#include "core/task.h"
#include "oidc/frontchannel.h"
#include "oidc/rules/hint.h"
#include "oidc/rules/parameters.h"
#include "oidc/rules/sid.h"
#include "records/subject.h"
#include "pages/page.h"
#include "records/client_uri.h"
#include "records/post.h"
#include "records/session.h"
#include "records/signout.h"
#include "records/visit.h"

#include <string.h>

#define STATE_MAX_BYTES    2048
#define ID_MAX_BYTES       255
#define LOCATION_MAX_BYTES (24u << 10)
#define HASTE_MS           1000
#define FRAMES_S           "3"

/* What was asked, as far as it is right; all NULL where it is not. */
struct leaving {
	const struct client *client;
	const char *redirect_uri; /* registered for the client */
	const char *state;
	struct hint hint; /* verified, and the client's */
};

static int again_with_cookies(
    struct task *task, const struct request *request, struct reply *reply);
static int leaving_read(
    struct task *task, const struct request *request, struct leaving *ret_leaving);
static int client_read(struct task *task, const struct parameters *sent, struct leaving *leaving);
static bool is_of_session(
    struct task *task, const struct leaving *leaving, const struct session *session);
static int ask(struct task *task, const struct request *request, struct reply *reply,
    const struct leaving *leaving, const struct session *session);
static json_t *fields_of(const struct leaving *leaving);
static const char *self_of(struct task *task, const struct leaving *leaving);
static const char *form_name(
    struct task *task, const struct leaving *leaving, const struct session *session);
static int leave(struct task *task, const struct request *request, struct reply *reply,
    const struct leaving *leaving, const struct session *session);
static void frames_read(
    struct task *task, const struct session *session, struct frames *ret_frames);
static int leave_gone(struct task *task, const struct leaving *leaving);
static int end(struct task *task, const struct leaving *leaving, const char *person_id,
    const char *session_id);
static int goodbye(struct task *task, const struct request *request, struct reply *reply,
    const struct leaving *leaving, const struct frames *frames);
static const char *location_of(struct task *task, const struct leaving *leaving);

int
oidc_end_session(struct task *task, const struct request *request, struct reply *reply)
{
	const char *cookie = request_cookie(task, request, SESSION_COOKIE);
	struct leaving leaving = {0};
	const struct session *session;
	int wrong, r;

	if (str_equal(request->method, "HEAD"))
		return reply_empty(reply, 200);
	if (str_equal(request->method, "POST") && cookie == NULL)
		return again_with_cookies(task, request, reply);
	page_language(task, request, reply, request_param(request, "ui_locales"));
	wrong = leaving_read(task, request, &leaving);
	if (wrong < 0 && fault_is_ours(wrong))
		return wrong;
	r = session_look(task, cookie, &session);
	if (r < 0)
		return r;
	if (session == NULL && wrong < 0)
		return wrong;
	if (wrong < 0) {
		log_fault(task, "end_session");
		fault_clear(task);
	}
	if (session != NULL && !is_of_session(task, &leaving, session))
		return ask(task, request, reply, &leaving, session);
	if (session != NULL)
		return leave(task, request, reply, &leaving, session);
	r = leave_gone(task, &leaving);
	if (r < 0)
		return r;
	/* Who registers itself has an ID token for everybody (RFC 9700 section 4.11.2). */
	if (leaving.hint.subject != NULL && leaving.redirect_uri != NULL &&
	    leaving.client->is_approved)
		return reply_redirect(reply, location_of(task, &leaving));
	return goodbye(task, request, reply, &leaving, NULL);
}

/* Here the session was idle too long, or was lost; at the clients it may live on.  A session that
 * is alive is another browser's: this one has no say over it. */
static int
leave_gone(struct task *task, const struct leaving *leaving)
{
	const struct visit *visit;
	bool is_live;
	int r;

	if (leaving->hint.sid == NULL)
		return 0;
	r = visit_find(task, leaving->hint.sid, &visit);
	if (r < 0 || visit == NULL)
		return r;
	r = session_is_live(task, visit->person_id, visit->session_id, &is_live);
	if (r < 0 || is_live)
		return r;
	return end(task, leaving, visit->person_id, visit->session_id);
}

/* The browser leaves our cookies (SameSite=Lax) out of a form that another site posts, and brings
 * them when it comes by GET. */
static int
again_with_cookies(struct task *task, const struct request *request, struct reply *reply)
{
	struct buf buf;

	buf_open(&buf, task, LOCATION_MAX_BYTES);
	buf_text_add(&buf, "/end_session");
	for (size_t i = 0; i < request->form.n; i++) {
		buf_char_add(&buf, i == 0 ? '?' : '&');
		buf_url_add(&buf, request->form.at[i].name);
		buf_char_add(&buf, '=');
		buf_url_add(&buf, request->form.at[i].value);
	}
	if (buf_text(&buf) == NULL)
		return fail(task, TOO_LARGE, "the request is too long");
	return reply_redirect(reply, buf_text(&buf));
}

static int
leaving_read(struct task *task, const struct request *request, struct leaving *ret_leaving)
{
	struct leaving leaving = {.state = request_param(request, "state")};
	const char *id_token, *redirect_uri;
	struct parameters sent;
	int r;

	parameters_of_request(request, &sent);
	id_token = parameters_get(&sent, "id_token_hint");
	redirect_uri = parameters_get(&sent, "post_logout_redirect_uri");
	if (leaving.state != NULL && strlen(leaving.state) > STATE_MAX_BYTES)
		return fail(task, INVALID_REQUEST, "state is over %d bytes", STATE_MAX_BYTES);
	if (id_token != NULL) {
		r = hint_open(task, id_token, &leaving.hint);
		if (r < 0)
			return r;
	}
	r = client_read(task, &sent, &leaving);
	if (r < 0)
		return r;
	if (redirect_uri != NULL &&
	    (leaving.client == NULL || !client_may_leave_to(leaving.client, redirect_uri)))
		return fail(task, INVALID_REDIRECT_URI,
		    "post_logout_redirect_uri is not registered for the client");
	leaving.redirect_uri = redirect_uri;
	*ret_leaving = leaving;
	return 0;
}

/* client stays NULL where neither an ID token nor client_id names one. */
static int
client_read(struct task *task, const struct parameters *sent, struct leaving *leaving)
{
	const char *named = parameters_get(sent, "client_id");
	const char *id = leaving->hint.client_id == NULL ? named : leaving->hint.client_id;
	int r;

	if (id == NULL)
		return 0;
	if (named != NULL && !str_equal(named, id))
		return fail(task, INVALID_REQUEST, "id_token_hint is not for this client");
	if (strlen(id) > ID_MAX_BYTES)
		return fail(task, UNAUTHORIZED_CLIENT, "client_id is too long to be one");
	r = client_find(task, id, &leaving->client);
	if (r < 0)
		return r;
	if (leaving->client == NULL)
		return fail(task, UNAUTHORIZED_CLIENT, "there is no client of that client_id");
	return 0;
}

static bool
is_of_session(struct task *task, const struct leaving *leaving, const struct session *session)
{
	const struct hint *hint = &leaving->hint;

	return hint->sid != NULL &&
	       str_equal(hint->sid, sid_of(task, leaving->client, session->id)) &&
	       str_equal(hint->subject, subject_of(task, leaving->client, session->person_id));
}

static int
ask(struct task *task, const struct request *request, struct reply *reply,
    const struct leaving *leaving, const struct session *session)
{
	json_t *view = json_keep(task, json_object());
	struct page_show show = {.page = PAGE_SIGN_OUT, .view = view};
	struct browser browser;

	browser_of(task, request, reply, &browser);
	if (leaving->client != NULL)
		json_set_text(view, "client", page_pick(task, leaving->client->name));
	if (leaving->redirect_uri != NULL)
		show.form_targets = client_uri_source(task, leaving->redirect_uri);
	json_set_text(view, "self", self_of(task, leaving));
	json_set_text(view, "action", "/end_session/confirm");
	json_set_text(
	    view, "csrf", browser_csrf(task, &browser, form_name(task, leaving, session)));
	json_object_set_new(view, "fields", fields_of(leaving));
	return page_reply(task, request, reply, &show);
}

static json_t *
fields_of(const struct leaving *leaving)
{
	const struct pair pairs[] = {
	    {"client_id", leaving->client == NULL ? NULL : leaving->client->id},
	    {"post_logout_redirect_uri", leaving->redirect_uri},
	    {"state", leaving->state},
	};
	json_t *fields = json_array();

	for (size_t i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++)
		if (pairs[i].value != NULL)
			json_array_append_new(fields, json_pack("{s:s, s:s}", "name", pairs[i].name,
							  "value", pairs[i].value));
	return fields;
}

/* The same page in another language: only what we know to be right is in its address. */
static const char *
self_of(struct task *task, const struct leaving *leaving)
{
	json_t *fields = json_keep(task, fields_of(leaving)), *field;
	struct buf buf;
	size_t i;

	buf_open(&buf, task, LOCATION_MAX_BYTES);
	buf_text_add(&buf, "/end_session");
	json_array_foreach(fields, i, field) {
		buf_char_add(&buf, i == 0 ? '?' : '&');
		buf_url_add(&buf, json_get_text(field, "name"));
		buf_char_add(&buf, '=');
		buf_url_add(&buf, json_get_text(field, "value"));
	}
	return buf_text(&buf);
}

/* The form ends what its page asked about, and leads where the page said. */
static const char *
form_name(struct task *task, const struct leaving *leaving, const struct session *session)
{
	json_t *asked =
	    json_keep(task, json_pack("[s, s, o]", "end_session", session->id, fields_of(leaving)));

	return json_text(task, asked);
}

int
oidc_end_session_confirm(struct task *task, const struct request *request, struct reply *reply)
{
	struct leaving leaving = {0};
	const struct session *session;
	struct browser browser;
	int r;

	if (!browser_known(task, request, &browser))
		return fail(task, FORBIDDEN, "the form comes from no browser we know");
	r = session_look(task, request_cookie(task, request, SESSION_COOKIE), &session);
	if (r < 0)
		return r;
	if (session == NULL)
		return goodbye(task, request, reply, &leaving, NULL);
	r = leaving_read(task, request, &leaving);
	if (r < 0)
		return r;
	r = browser_csrf_check(task, request, &browser, form_name(task, &leaving, session));
	if (r < 0)
		return r;
	return leave(task, request, reply, &leaving, session);
}

static int
leave(struct task *task, const struct request *request, struct reply *reply,
    const struct leaving *leaving, const struct session *session)
{
	struct frames frames;
	int r;

	frames_read(task, session, &frames);
	r = end(task, leaving, session->person_id, session->id);
	if (r < 0)
		return r;
	reply_cookie(reply, SESSION_COOKIE, "", -1);
	if (json_array_size(frames.list) == 0 && leaving->redirect_uri != NULL)
		return reply_redirect(reply, location_of(task, leaving));
	/* The frames first, and then on, without script. */
	if (leaving->redirect_uri != NULL)
		reply_header(reply, "Refresh",
		    task_printf(task, FRAMES_S "; url=%s", location_of(task, leaving)));
	return goodbye(task, request, reply, leaving, &frames);
}

/* Whatever comes of them, the session ends. */
static void
frames_read(struct task *task, const struct session *session, struct frames *ret_frames)
{
	*ret_frames = (struct frames){0};
	if (frontchannel_frames(task, session->id, ret_frames) < 0) {
		log_fault(task, "frontchannel");
		fault_clear(task);
	}
	if (ret_frames->n_left_out > 0)
		log_event(task, LOG_WARNING, "frontchannel", "no room on the page for all clients",
		    "left_out", task_printf(task, "%zu", ret_frames->n_left_out), NULL);
}

/* Clients that answer soon know of it before the person is back at one of them. */
static int
end(struct task *task, const struct leaving *leaving, const char *person_id, const char *session_id)
{
	const struct signout signout = {
	    .person_id = person_id,
	    .session_id = session_id,
	    .actor = "person",
	    .client_id = leaving->client == NULL ? NULL : leaving->client->id,
	    .why = "signed out",
	};
	int r;

	r = signout_session(task, &signout);
	if (r == 0)
		post_haste(task, HASTE_MS);
	return r;
}

/* Nobody is signed in here: now, or already before.  frames may be NULL. */
static int
goodbye(struct task *task, const struct request *request, struct reply *reply,
    const struct leaving *leaving, const struct frames *frames)
{
	json_t *view = json_keep(task, json_object());
	struct page_show show = {.page = PAGE_SIGNED_OUT, .view = view};

	json_set_text(view, "self", self_of(task, leaving));
	if (leaving->redirect_uri != NULL) {
		json_set_text(view, "back_href", location_of(task, leaving));
		json_set_text(view, "back_name", page_pick(task, leaving->client->name));
	}
	if (frames != NULL) {
		json_object_set(view, "frames", frames->list);
		show.frame_sources = frames->sources;
	}
	return page_reply(task, request, reply, &show);
}

static const char *
location_of(struct task *task, const struct leaving *leaving)
{
	const char *redirect_uri = leaving->redirect_uri;
	struct buf buf;

	if (leaving->state == NULL)
		return redirect_uri;
	buf_open(&buf, task, LOCATION_MAX_BYTES);
	buf_text_add(&buf, redirect_uri);
	buf_char_add(&buf, strchr(redirect_uri, '?') == NULL ? '?' : '&');
	buf_text_add(&buf, "state=");
	buf_url_add(&buf, leaving->state);
	return buf_text(&buf);
}
