/* SPDX-License-Identifier: Apache-2.0
 *
 * Where the person is signed in, and the end of it: one session, or all; and what became of telling
 * the services (records/outbox.h).
 */
#include "account/account.h"

#include "account/view.h"
#include "core/clock.h"
#include "core/task.h"
#include "login/upstream/upstream.h"
#include "oidc/frontchannel.h"
#include "pages/page.h"
#include "records/client.h"
#include "records/post.h"
#include "records/signout.h"

#include <string.h>

#define HASTE_MS    1000
#define HOUR_S      3600
#define MINUTE_S    60
#define LETTERS_MAX 20 /* on the page */

static int rows_add(struct task *task, const struct account_visitor *visitor, int64_t *from,
    size_t limit, json_t *view);
static json_t *session_view(
    struct task *task, const struct account_visitor *visitor, const json_t *session);
static const char *way_name(struct task *task, const char *way);
static int letters_add(struct task *task, const char *person_id, json_t *view);
static int letter_view(struct task *task, const json_t *letter, json_t **ret_view);

int
account_sessions_add(struct task *task, const struct account_visitor *visitor, json_t *view)
{
	int64_t from = 0;

	return rows_add(task, visitor, &from, ACCOUNT_FEW, view);
}

int
account_sessions_show(struct task *task, const struct request *request, struct reply *reply)
{
	json_t *view = json_keep(task, json_object());
	struct account_visitor visitor;
	int64_t from = 0;
	int r;

	r = account_enter_of(task, request, reply, "sessions", &visitor);
	if (r < 0 || visitor.session == NULL)
		return r;
	str_to_i64(request_query(request, "from"), 0, INT32_MAX, &from);
	account_frame(task, &visitor, view);
	r = rows_add(task, &visitor, &from, SESSION_PAGE, view);
	if (r == 0 && visitor.of == NULL)
		r = letters_add(task, visitor.person_id, view);
	if (r < 0)
		return r;
	if (from > 0)
		json_set_text(view, "more_href",
		    account_href(task, &visitor, "/sessions",
			task_printf(task, "from=%lld", (long long)from)));
	return page_reply(
	    task, request, reply, &(struct page_show){.page = PAGE_ACCOUNT_SESSIONS, .view = view});
}

/* A guardian sees where a child is signed in; the end of it is the child's. */
static int
rows_add(struct task *task, const struct account_visitor *visitor, int64_t *from, size_t limit,
    json_t *view)
{
	json_t *sessions, *session, *list = json_array();
	size_t i;
	int r;

	json_object_set_new(view, "sessions", list);
	json_object_set_new(view, "may_end", json_boolean(visitor->of == NULL));
	r = session_list(task, visitor->person_id, from, &sessions);
	if (r < 0)
		return r;
	json_keep(task, sessions);
	json_array_foreach(sessions, i, session)
		if (i < limit)
			json_array_append_new(list, session_view(task, visitor, session));
	return 0;
}

static json_t *
session_view(struct task *task, const struct account_visitor *visitor, const json_t *session)
{
	const char *id = json_get_text(session, "id");
	json_t *view = json_object();
	int64_t since_s = 0, age_s;

	json_get_i64(session, "auth_time", &since_s);
	age_s = clock_now_s() - since_s;
	json_set_text(view, "id", id);
	json_set_text(view, "way", way_name(task, json_get_text(session, "way")));
	json_object_set_new(view, "is_here", json_boolean(str_equal(id, visitor->session->id)));
	if (age_s >= HOUR_S)
		json_object_set_new(view, "hours", json_integer(age_s / HOUR_S));
	else if (age_s >= MINUTE_S)
		json_object_set_new(view, "minutes", json_integer(age_s / MINUTE_S));
	return view;
}

static const char *
way_name(struct task *task, const char *way)
{
	static const struct {
		const char *way, *name;
	} names[] = {
	    {"wallet", N_("With the wallet app")},
	    {"card", N_("With the identity card")},
	    {"test", N_("Test sign-in")},
	};
	const char *title;

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (str_equal(names[i].way, way))
			return page_text(task, names[i].name);
	if (str_starts(way, UPSTREAM_WAY) &&
	    (title = upstream_title(task, way + strlen(UPSTREAM_WAY))) != NULL)
		return page_text_with(task, N_("By %{name}"), (const char *const[]){title, NULL});
	return page_text(task, N_("Signed in"));
}

static int
letters_add(struct task *task, const char *person_id, json_t *view)
{
	json_t *letters, *letter, *list = json_array();
	size_t i;
	int r;

	json_object_set_new(view, "told", list);
	r = outbox_list(task, person_id, &letters);
	if (r < 0)
		return r;
	json_keep(task, letters);
	json_array_foreach(letters, i, letter) {
		json_t *entry;

		if (!str_equal(json_get_text(letter, "kind"), "logout") ||
		    json_array_size(list) == LETTERS_MAX)
			continue;
		r = letter_view(task, letter, &entry);
		if (r < 0)
			return r;
		json_array_append_new(list, entry);
	}
	return 0;
}

static int
letter_view(struct task *task, const json_t *letter, json_t **ret_view)
{
	const char *id = json_get_text(letter, "client_id"),
		   *state = json_get_text(letter, "state");
	const struct client *client;
	int64_t since_s = 0;
	json_t *view;
	int r;

	r = client_find(task, id, &client);
	if (r < 0)
		return r;
	view = json_object();
	json_get_i64(letter, "since", &since_s);
	json_set_text(view, "client", client == NULL ? id : page_pick(task, client->name));
	json_set_text(view, "date", page_date(task, since_s));
	if (str_equal(state, "delivered"))
		json_object_set_new(view, "is_delivered", json_true());
	else if (str_equal(state, "waiting"))
		json_object_set_new(view, "is_waiting", json_true());
	*ret_view = view;
	return 0;
}

int
account_end_session(struct task *task, const struct request *request, struct reply *reply)
{
	struct account_visitor visitor;
	struct signout signout = {.actor = "person", .why = "ended from another session"};
	bool is_theirs;
	int r;

	r = account_enter_by_form(task, request, reply, &visitor);
	if (r < 0 || visitor.session == NULL)
		return r;
	signout.person_id = visitor.session->person_id;
	signout.session_id = request_form(request, "session");
	r = session_is_live(task, signout.person_id, signout.session_id, &is_theirs);
	if (r < 0)
		return r;
	if (!is_theirs)
		return account_refuse(task, &visitor, "session");
	r = signout_session(task, &signout);
	if (r < 0)
		return r;
	post_haste(task, HASTE_MS);
	return reply_redirect(reply, ACCOUNT_PATH "/sessions");
}

int
account_end_all(struct task *task, const struct request *request, struct reply *reply)
{
	struct signout signout = {.actor = "person", .why = "signed out everywhere"};
	struct page_show show = {.page = PAGE_SIGNED_OUT};
	struct account_visitor visitor;
	struct frames frames;
	json_t *view;
	int r;

	r = account_enter_by_form(task, request, reply, &visitor);
	if (r < 0 || visitor.session == NULL)
		return r;
	r = frontchannel_frames(task, visitor.session->id, &frames);
	if (r < 0)
		return r;
	signout.person_id = visitor.session->person_id;
	r = signout_person(task, &signout);
	if (r < 0)
		return r;
	post_haste(task, HASTE_MS);
	reply_cookie(reply, SESSION_COOKIE, "", -1);
	view = json_keep(task, json_object());
	json_set_text(view, "self", "/end_session");
	json_object_set(view, "frames", frames.list);
	show.view = view;
	show.frame_sources = frames.sources;
	return page_reply(task, request, reply, &show);
}
