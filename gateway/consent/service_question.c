/* SPDX-License-Identifier: Apache-2.0
 *
 * Services on the consent page (see service_question.h).
 */
#include "consent/service_question.h"

#include "consent/release.h"
#include "core/task.h"
#include "pages/page.h"

static const char *const *names_of(struct task *task, const struct purpose *purpose);
static json_t *claims_view(
    struct task *task, const struct service_question *question, bool are_needed);
static json_t *claim_view(
    struct task *task, const struct service_question *question, const struct purpose_claim *claim);
static const char *box_name(
    struct task *task, const struct service_question *question, const char *claim);

int
service_questions_read(struct task *task, const struct asked *asked, const char *person_id,
    struct service_question **ret_questions)
{
	const struct client *const *service = asked->services;
	struct service_question *questions;
	size_t n = 0;
	int r;

	while (service[n] != NULL)
		n++;
	questions = task_new_n(task, struct service_question, n + 1);
	*ret_questions = questions;
	for (; *service != NULL; service++) {
		const struct purpose *purpose = client_purpose(*service, NULL);
		json_t *known;

		r = release_preview(task, person_id, names_of(task, purpose), &known);
		if (r < 0)
			return r;
		json_keep(task, known);
		if (json_object_size(known) > 0)
			*questions++ = (struct service_question){
			    .service = *service, .purpose = purpose, .known = known};
	}
	return 0;
}

static const char *const *
names_of(struct task *task, const struct purpose *purpose)
{
	const char **names = task_new_n(task, const char *, purpose->n_claims + 1);

	for (size_t i = 0; i < purpose->n_claims; i++)
		names[i] = purpose->claims[i].name;
	return names;
}

json_t *
service_questions_view(struct task *task, const struct service_question *questions)
{
	json_t *views = json_array();

	for (; questions->service != NULL; questions++) {
		json_t *view = json_object();

		json_set_text(view, "name", page_pick(task, questions->service->name));
		if (questions->purpose->basis != BASIS_CONSENT)
			json_set_text(view, "law", page_pick(task, questions->purpose->law));
		json_object_set_new(view, "needed", claims_view(task, questions, true));
		json_object_set_new(view, "optional", claims_view(task, questions, false));
		json_array_append_new(views, view);
	}
	return views;
}

static json_t *
claims_view(struct task *task, const struct service_question *question, bool are_needed)
{
	bool is_choice = question->purpose->basis == BASIS_CONSENT;
	json_t *views = json_array();

	for (size_t i = 0; i < question->purpose->n_claims; i++) {
		const struct purpose_claim *claim = &question->purpose->claims[i];

		if (json_object_get(question->known, claim->name) != NULL &&
		    (claim->is_essential || !is_choice) == are_needed)
			json_array_append_new(views, claim_view(task, question, claim));
	}
	return views;
}

static json_t *
claim_view(
    struct task *task, const struct service_question *question, const struct purpose_claim *claim)
{
	const json_t *value = json_object_get(question->known, claim->name);
	json_t *view = json_object();

	json_set_text(view, "name", box_name(task, question, claim->name));
	json_set_text(view, "label", purpose_claim_label(task, claim));
	json_set_text(view, "value", page_claim_value(task, claim->name, value));
	json_set_text(view, "why", page_pick(task, claim->why));
	json_object_set_new(view, "special", json_boolean(claim->is_special));
	return view;
}

/* No claim's name has a '/': it is never taken for one of the client's. */
static const char *
box_name(struct task *task, const struct service_question *question, const char *claim)
{
	return task_printf(task, "%s/%s", question->service->id, claim);
}

const char *const *
service_question_asked(struct task *task, const struct service_question *question)
{
	const char **asked = task_new_n(task, const char *, question->purpose->n_claims + 1);
	size_t n = 0;

	for (size_t i = 0; i < question->purpose->n_claims; i++) {
		const char *name = question->purpose->claims[i].name;

		if (json_object_get(question->known, name) != NULL)
			asked[n++] = name;
	}
	return asked;
}

const char *const *
service_question_allowed(
    struct task *task, const struct request *request, const struct service_question *question)
{
	const char *const *ticked = (const char *const *)request_form_all(task, request, "claim");
	const struct purpose *purpose = question->purpose;
	const char **allowed = task_new_n(task, const char *, purpose->n_claims + 1);
	size_t n = 0;

	for (size_t i = 0; i < purpose->n_claims; i++) {
		const char *name = purpose->claims[i].name;

		if (json_object_get(question->known, name) != NULL &&
		    (purpose->claims[i].is_essential ||
			names_have(ticked, box_name(task, question, name))))
			allowed[n++] = name;
	}
	return allowed;
}

int
service_consents_stand(
    struct task *task, const struct asked *asked, const char *person_id, bool *ret_do_stand)
{
	const struct client *const *service = asked->services;
	const struct consent *consent;

	*ret_do_stand = true;
	for (; *ret_do_stand && *service != NULL; service++) {
		const struct purpose *purpose = client_purpose(*service, NULL);
		int r;

		if (purpose->basis != BASIS_CONSENT)
			continue;
		r = consent_find(task, person_id, (*service)->id, purpose->id, &consent);
		if (r < 0)
			return r;
		*ret_do_stand =
		    consent != NULL && str_equal(consent->purpose_version, purpose->version);
	}
	return 0;
}
