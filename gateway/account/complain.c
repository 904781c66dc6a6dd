/* SPDX-License-Identifier: Apache-2.0
 *
 * GET /account/complain, the form; POST /account/complaints, which gives the number at once.
 *
 * about and ref name a row of the person's own: who names another's gets a 404 and an audit row
 * (case S06).  detail names one of that row's details: then it is a correction, of its value.
 */
#include "account/complaints.h"

#include "account/view.h"
#include "core/clock.h"
#include "core/settings.h"
#include "core/task.h"
#include "pages/page.h"
#include "records/attribute.h"
#include "records/audit.h"
#include "records/consent.h"
#include "records/ledger.h"

/* What a complaint is about, looked up. */
struct topic {
	enum complaint_about about;
	const char *ref; /* NULL: in general */
	const char *client_id;
	const json_t *names; /* of details that may be wrong */
};

static int topic_find(
    struct task *task, const struct account_visitor *visitor, struct topic *ret_topic);
static int of_ledger(struct task *task, const struct account_visitor *visitor, struct topic *topic,
    bool *ret_is_theirs);
static int of_consent(struct task *task, const struct account_visitor *visitor, struct topic *topic,
    bool *ret_is_theirs);
static int of_look(struct task *task, const struct account_visitor *visitor, struct topic *topic,
    bool *ret_is_theirs);
static int of_nothing(struct task *task, const struct account_visitor *visitor, struct topic *topic,
    bool *ret_is_theirs);
static int form_view(struct task *task, const struct account_visitor *visitor,
    const struct topic *topic, json_t *view);
static json_t *details_of(
    struct task *task, const struct account_visitor *visitor, const json_t *names);
static int complaint_make(struct task *task, const struct account_visitor *visitor,
    const struct topic *topic, struct complaint *ret_complaint);

int
account_complain_form(struct task *task, const struct request *request, struct reply *reply)
{
	json_t *view = json_keep(task, json_object());
	struct account_visitor visitor;
	struct topic topic = {0};
	int r;

	r = account_enter_of(task, request, reply, "complaints", &visitor);
	if (r < 0 || visitor.session == NULL)
		return r;
	r = topic_find(task, &visitor, &topic);
	if (r == 0)
		r = form_view(task, &visitor, &topic, view);
	if (r < 0)
		return r;
	return page_reply(
	    task, request, reply, &(struct page_show){.page = PAGE_ACCOUNT_COMPLAIN, .view = view});
}

static int
topic_find(struct task *task, const struct account_visitor *visitor, struct topic *ret_topic)
{
	static int (*const finders[])(
	    struct task *, const struct account_visitor *, struct topic *, bool *) = {
	    [ABOUT_NOTHING] = of_nothing,
	    [ABOUT_LEDGER] = of_ledger,
	    [ABOUT_CONSENT] = of_consent,
	    [ABOUT_LOOK] = of_look,
	};
	const char *about = request_param(visitor->request, "about");
	struct topic topic = {
	    .about = ABOUT_NOTHING, .ref = request_param(visitor->request, "ref")};
	bool is_theirs = false;
	int r = 0;

	if (str_is_empty(about) ||
	    (complaint_about_of(about, &topic.about) && topic.about != ABOUT_ATTRIBUTE))
		r = finders[topic.about](task, visitor, &topic, &is_theirs);
	if (r < 0)
		return r;
	if (!is_theirs)
		return account_refuse(task, visitor, "topic");
	*ret_topic = topic;
	return 0;
}

static int
of_ledger(struct task *task, const struct account_visitor *visitor, struct topic *topic,
    bool *ret_is_theirs)
{
	json_t *row = NULL;
	int r;

	r = ledger_find(task, visitor->person_id, topic->ref, &row);
	if (r < 0 || row == NULL)
		return r;
	json_keep(task, row);
	topic->client_id = json_get_text(row, "client_id");
	topic->names = json_object_get(row, "claims");
	*ret_is_theirs = true;
	return 0;
}

static int
of_consent(struct task *task, const struct account_visitor *visitor, struct topic *topic,
    bool *ret_is_theirs)
{
	const struct consent *consent = NULL;
	int r = 0;

	if (!str_is_empty(topic->ref))
		r = consent_by_id(task, topic->ref, &consent);
	if (r < 0 || consent == NULL || !str_equal(consent->person_id, visitor->person_id))
		return r;
	topic->client_id = consent->client_id;
	topic->names = json_keep(task, names_json(consent->allowed));
	*ret_is_theirs = true;
	return 0;
}

/* The newest before the one after it: itself, if it is there. */
static int
of_look(struct task *task, const struct account_visitor *visitor, struct topic *topic,
    bool *ret_is_theirs)
{
	struct span span = {.limit = 1};
	json_t *events, *event;
	int64_t seq, found = 0;
	int r;

	if (!str_to_i64(topic->ref, 1, INT64_MAX - 1, &seq))
		return 0;
	span.before = task_number(task, seq + 1);
	r = audit_list_looks(task, visitor->person_id, &span, &events);
	if (r < 0)
		return r;
	event = json_array_get(json_keep(task, events), 0);
	json_get_i64(event, "seq", &found);
	topic->names = json_object_get(json_object_get(event, "detail"), "names");
	*ret_is_theirs = found == seq;
	return 0;
}

/* Every detail that somebody has of them may be wrong. */
static int
of_nothing(struct task *task, const struct account_visitor *visitor, struct topic *topic,
    bool *ret_is_theirs)
{
	topic->ref = NULL;
	*ret_is_theirs = true;
	return account_known(task, visitor->person_id, &topic->names);
}

static int
form_view(struct task *task, const struct account_visitor *visitor, const struct topic *topic,
    json_t *view)
{
	const struct request *request = visitor->request;
	const struct complaint about = {.about = topic->about, .client_id = topic->client_id};
	const char *text = NULL;
	int r = 0;

	if (topic->about != ABOUT_NOTHING)
		r = account_complaint_about(task, visitor, &about, &text);
	if (r < 0)
		return r;
	account_frame(task, visitor, view);
	json_set_text(view, "about", text);
	json_set_text(
	    view, "due", page_date(task, clock_now_s() + task->rooms->settings->account_answer));
	json_set_text(view, "kind", complaint_about_name(&about));
	json_set_text(view, "ref", topic->ref);
	json_set_text(view, "words", request_form(request, "text"));
	json_object_set_new(view, "details", details_of(task, visitor, topic->names));
	return 0;
}

static json_t *
details_of(struct task *task, const struct account_visitor *visitor, const json_t *names)
{
	const char *chosen = request_param(visitor->request, "detail");
	json_t *details = json_array(), *name;
	size_t i;

	json_array_foreach((json_t *)(uintptr_t)names, i, name)
		json_array_append_new(
		    details, json_pack("{s:O, s:s, s:b}", "name", name, "label",
				 account_label(task, visitor, json_string_value(name)), "is_chosen",
				 str_equal(json_string_value(name), chosen)));
	return details;
}

int
account_complain(struct task *task, const struct request *request, struct reply *reply)
{
	struct page_show show = {.page = PAGE_ACCOUNT_COMPLAIN, .status = 400};
	json_t *view = json_keep(task, json_object());
	struct account_visitor visitor;
	struct complaint complaint = {0};
	struct topic topic = {0};
	const char *wrong;
	int r;

	r = account_enter_of(task, request, reply, NULL, &visitor);
	if (r < 0 || visitor.session == NULL)
		return r;
	r = topic_find(task, &visitor, &topic);
	if (r == 0)
		r = complaint_make(task, &visitor, &topic, &complaint);
	if (r < 0)
		return r;
	r = complaint_file(task, &complaint);
	wrong = account_text_wrong(task, r);
	if (wrong == NULL && r < 0)
		return r;
	if (wrong == NULL)
		return reply_redirect(
		    reply, account_href(task, &visitor,
			       task_printf(task, "/complaints/%s", complaint.id), NULL));
	fault_clear(task);
	r = form_view(task, &visitor, &topic, view);
	if (r < 0)
		return r;
	json_set_text(view, "wrong", wrong);
	json_set_text(view, "self", account_href(task, &visitor, "/complain", NULL));
	show.view = view;
	return page_reply(task, request, reply, &show);
}

static int
complaint_make(struct task *task, const struct account_visitor *visitor, const struct topic *topic,
    struct complaint *ret_complaint)
{
	const char *detail = request_form(visitor->request, "detail");
	struct complaint complaint = {
	    .person_id = visitor->person_id,
	    .guardian_id = visitor->of == NULL ? NULL : visitor->session->person_id,
	    .kind = COMPLAINT,
	    .about = topic->about,
	    .reference = topic->ref,
	    .client_id = topic->client_id,
	    .text = request_form(visitor->request, "text"),
	    .language = task->language,
	};

	if (detail != NULL && !json_has_text(topic->names, detail))
		return account_refuse(task, visitor, "detail");
	if (detail != NULL) {
		complaint.kind = CORRECTION;
		complaint.about = ABOUT_ATTRIBUTE;
		complaint.reference = detail;
	}
	*ret_complaint = complaint;
	return 0;
}
