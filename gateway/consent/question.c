/* SPDX-License-Identifier: Apache-2.0
 *
 * What a person is asked on a consent page (see question.h).  Nothing leaves here: the decision is
 * kept, release.c acts on it.
 */
#include "consent/question.h"

#include "consent/ask.h"
#include "consent/release.h"
#include "core/metrics.h"
#include "core/task.h"
#include "jose/digest.h"
#include "pages/page.h"
#include "records/consent_request.h"
#include "records/probe.h"

#include <stdlib.h>

/* Grows with each change of what the template says to everybody. */
#define TEMPLATE "consent/3"

static int essential_check(struct task *task, const struct question *question);
static bool lacks_essential(const struct question *question);
static struct consent *service_consent(struct task *task, const struct request *request,
    const struct consent *client, const struct service_question *service);
static const char *notice_of(struct task *task, const struct question *question);
static void values_remove(const json_t *claims);

int
question_read(struct task *task, struct question *question)
{
	const struct release_shown shown = {
	    .person_id = question->person_id,
	    .names = question->asked.all,
	    .values = question->values,
	};
	const struct probe probe = {
	    .sector = question->client->sector,
	    .person_id = question->person_id,
	    .names = question->asked.all,
	    .values = question->values,
	};
	struct release_known known;
	int r;

	r = release_known(task, &shown, &known);
	if (r < 0)
		return r;
	question->known = json_keep(task, known.claims);
	question->from = known.from;
	question->away = known.away;
	r = probe_filter(task, &probe, question->known);
	if (r < 0)
		return r;
	r = essential_check(task, question);
	if (r < 0)
		return r;
	if (question->asked.until_s > 0 && question->asked.until_s < question->until_s)
		question->until_s = question->asked.until_s;
	question->is_impossible = lacks_essential(question);
	return service_questions_read(
	    task, &question->asked, question->person_id, &question->services);
}

static int
essential_check(struct task *task, const struct question *question)
{
	const char *const *name = question->asked.essential;

	for (; *name; name++)
		if (json_object_get(question->away, *name))
			return fail(task, SOURCE_AWAY,
			    "an office that is to be asked cannot be reached now");
	return 0;
}

static bool
lacks_essential(const struct question *question)
{
	const char *const *name = question->asked.essential;

	for (; *name; name++)
		if (!json_object_get(question->known, *name))
			return true;
	return false;
}

bool
question_is_choice(const struct question *question)
{
	return question->asked.purpose->basis == BASIS_CONSENT;
}

const char *
question_form_name(struct task *task, const struct question *question, const char *id)
{
	json_t *asked =
	    json_keep(task, json_pack("[s, s, o, O, b]", id, question->asked.purpose->version,
				names_json(question->asked.resources), question->known,
				question->asked.is_offline));
	const struct service_question *one = question->services;

	for (; one->service != NULL; one++)
		json_array_append_new(asked,
		    json_pack("[s, s, O]", one->service->id, one->purpose->version, one->known));
	return digest_b64u(task, json_text(task, asked));
}

const char *const *
question_allowed(struct task *task, const struct request *request, const struct question *question)
{
	const char *const *ticked = (const char *const *)request_form_all(task, request, "claim");
	const char *const *claim = question->asked.all;
	const char **allowed = task_new_n(task, const char *, names_count(claim) + 1);

	for (size_t n = 0; *claim; claim++) {
		if (json_object_get(question->known, *claim) &&
		    (!question_is_choice(question) ||
			names_have(question->asked.essential, *claim) ||
			names_have(ticked, *claim)))
			allowed[n++] = *claim;
	}
	return allowed;
}

/* What could not be asked today is asked another time: it was not refused. */
static const char *const *
asked_now(struct task *task, const struct question *question)
{
	const char *const *name = question->asked.all;
	const char **asked = task_new_n(task, const char *, names_count(name) + 1);

	for (size_t n = 0; *name; name++)
		if (!json_object_get(question->away, *name))
			asked[n++] = *name;
	return asked;
}

void
question_consent(struct task *task, const struct question *question, const char *const *allowed,
    struct consent *ret_consent)
{
	const char *notice = notice_of(task, question);

	*ret_consent = (struct consent){
	    .person_id = question->person_id,
	    .client_id = question->client->id,
	    .purpose_id = question->asked.purpose->id,
	    .purpose_version = question->asked.purpose->version,
	    .asked = asked_now(task, question),
	    .allowed = allowed,
	    .resources = question->asked.resources,
	    .is_offline = question->asked.is_offline,
	    .is_once = question->is_once,
	    .data_life_s = question->data_life_s,
	    .until_s = question->until_s,
	    .notice = notice,
	    .notice_hash = digest_b64u(task, notice),
	    .language = task->language,
	    .request_id = question->asked.ask == NULL ? NULL : question->asked.ask->request->id,
	};
}

struct consent **
question_consents(struct task *task, const struct request *request, const struct question *question)
{
	const struct service_question *one = question->services;
	struct consent **consents;
	size_t n = 0;

	while (one[n].service != NULL)
		n++;
	consents = task_new_n(task, struct consent *, n + 2);
	consents[0] = task_new(task, struct consent);
	question_consent(task, question, question_allowed(task, request, question), consents[0]);
	consents[0]->id = consent_new_id(task);
	for (n = 1; one->service != NULL; one++)
		if (one->purpose->basis == BASIS_CONSENT)
			consents[n++] = service_consent(task, request, consents[0], one);
	return consents;
}

/* As the client's (until, language, notice), but for who it is to and what it holds. */
static struct consent *
service_consent(struct task *task, const struct request *request, const struct consent *client,
    const struct service_question *service)
{
	static const char *const none[] = {NULL};
	struct consent *consent = task_new(task, struct consent);

	*consent = *client;
	consent->id = consent_new_id(task);
	consent->client_id = service->service->id;
	consent->purpose_id = service->purpose->id;
	consent->purpose_version = service->purpose->version;
	consent->asked = service_question_asked(task, service);
	consent->allowed = service_question_allowed(task, request, service);
	consent->resources = none;
	consent->is_offline = false;
	consent->is_once = false;
	consent->request_id = NULL;
	consent->seals = (struct consent_seals){0};
	consent->data_life_s = service->purpose->data_life_s;
	return consent;
}

/* One text for one notice: members in order. */
static const char *
notice_of(struct task *task, const struct question *question)
{
	json_t *view = question_view(task, question), *service;
	const char *notice;
	char *text;
	size_t i;

	values_remove(json_object_get(view, "claims"));
	json_array_foreach(json_object_get(view, "asking"), i, service) {
		values_remove(json_object_get(service, "needed"));
		values_remove(json_object_get(service, "optional"));
	}
	json_set_text(view, "client_id", question->client->id);
	json_set_text(view, "purpose", question->asked.purpose->id);
	json_set_text(view, "purpose_version", question->asked.purpose->version);
	json_set_text(view, "language", task->language);
	json_set_text(view, "template", TEMPLATE);
	text = json_dumps(view, JSON_COMPACT | JSON_SORT_KEYS);
	notice = task_dup(task, text);
	free(text);
	return notice;
}

static void
values_remove(const json_t *claims)
{
	json_t *claim;
	size_t i;

	json_array_foreach(claims, i, claim)
		json_object_del(claim, "value");
}

void
question_count(bool is_allowed)
{
	metric_add(metric_counter("dvara_consents_total", "answers of people",
		       is_allowed ? "decision=\"allow\"" : "decision=\"deny\""),
	    1);
}
