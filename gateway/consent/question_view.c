/* SPDX-License-Identifier: Apache-2.0
 *
 * What a consent page shows (see question.h).
 */
#include "consent/question.h"

#include "core/task.h"
#include "pages/country.h"
#include "pages/page.h"
#include "records/client_uri.h"
#include "records/credential_type.h"

static int64_t days_of(int64_t s);
static json_t *claims_view(struct task *task, const struct question *question);
static json_t *claim_view(
    struct task *task, const struct question *question, const struct purpose_claim *claim);
static json_t *away_view(struct task *task, const struct question *question);
static json_t *services_view(struct task *task, const struct question *question);
static json_t *documents_view(struct task *task, const struct question *question);
static const char *client_link(struct task *task, const struct client *client, const char *name);
static bool is_own(const struct client *client, const char *source);

json_t *
question_view(struct task *task, const struct question *question)
{
	json_t *view = json_keep(task, json_object());
	const struct purpose *purpose = question->asked.purpose;

	/* A logo speaks louder than a name: only where an operator has looked at it. */
	if (question->client->is_approved && question->client->logo != NULL)
		json_set_text(
		    view, "logo", task_printf(task, "/assets/%s", question->client->logo));
	json_set_text(view, "client", page_pick(task, question->client->name));
	json_set_text(view, "policy_href", client_link(task, question->client, "policy_uri"));
	json_set_text(view, "terms_href", client_link(task, question->client, "tos_uri"));
	json_set_text(view, "message", question->message);
	json_set_text(view, "why", page_pick(task, purpose->why));
	if (!question_is_choice(question)) {
		json_set_text(view, "law", page_pick(task, purpose->law));
		json_set_text(view, "name", page_pick(task, question->client->name));
	}
	json_object_set_new(view, "once", json_boolean(question->is_once));
	json_set_text(view, "until", page_date(task, question->until_s));
	if (question->data_life_s > 0)
		json_object_set_new(view, "keep", json_integer(days_of(question->data_life_s)));
	json_set_text(view, "country", country_name(task, purpose->country));
	if (purpose->is_registered) {
		json_set_text(
		    view, "registered_href", purpose_url(task, question->client->id, purpose->id));
		json_set_text(view, "registered", page_date(task, purpose->since_s));
	}
	json_object_set_new(view, "claims", claims_view(task, question));
	json_object_set_new(view, "away", away_view(task, question));
	json_object_set_new(view, "services", services_view(task, question));
	json_object_set_new(view, "asking", service_questions_view(task, question->services));
	json_object_set_new(view, "documents", documents_view(task, question));
	json_object_set_new(view, "offline", json_boolean(question->asked.is_offline));
	return view;
}

static int64_t
days_of(int64_t s)
{
	const int64_t day_s = 24 * 3600;

	return (s + day_s - 1) / day_s;
}

static json_t *
claims_view(struct task *task, const struct question *question)
{
	const struct purpose *purpose = question->asked.purpose;
	json_t *claims = json_array();

	for (size_t i = 0; i < purpose->n_claims; i++)
		if (json_object_get(question->known, purpose->claims[i].name))
			json_array_append_new(
			    claims, claim_view(task, question, &purpose->claims[i]));
	return claims;
}

static json_t *
claim_view(struct task *task, const struct question *question, const struct purpose_claim *claim)
{
	json_t *view = json_object();
	const json_t *value = json_object_get(question->known, claim->name);
	const json_t *why = json_object_get(question->whys, claim->name);
	const json_t *from = json_object_get(question->from, claim->name);

	json_set_text(view, "name", claim->name);
	json_set_text(view, "label", purpose_claim_label(task, claim));
	json_set_text(view, "value", page_claim_value(task, claim->name, value));
	json_set_text(view, "why", page_pick(task, why != NULL ? why : claim->why));
	json_set_text(view, "from", from != NULL ? page_pick(task, from) : NULL);
	json_object_set_new(
	    view, "essential", json_boolean(names_have(question->asked.essential, claim->name)));
	json_object_set_new(view, "special", json_boolean(claim->is_special));
	return view;
}

/* Each office once, with what it would have told. */
static json_t *
away_view(struct task *task, const struct question *question)
{
	json_t *view = json_array(), *offices = json_keep(task, json_object());
	const char *name, *title;
	json_t *office, *details;

	json_object_foreach((json_t *)(uintptr_t)question->away, name, office) {
		const char *label =
		    purpose_claim_label(task, purpose_claim(question->asked.purpose, name));
		const char *before, *comma = str_equal(task->language, "ar") ? "، " : ", ";

		title = page_pick(task, office);
		before = json_get_text(offices, title);
		json_set_text(offices, title,
		    before == NULL ? label : task_printf(task, "%s%s%s", before, comma, label));
	}
	json_object_foreach(offices, title, details)
		json_array_append_new(
		    view, json_pack("{s:s, s:O}", "office", title, "details", details));
	return view;
}

static json_t *
services_view(struct task *task, const struct question *question)
{
	const char *const *id = question->asked.resources;
	json_t *services = json_array();

	for (; id && *id; id++)
		if (!str_starts(*id, CREDENTIAL_RESOURCE))
			json_array_append_new(
			    services, json_pack("{s:s}", "name", page_service_name(task, *id)));
	return services;
}

/* A kind of credential: its name, and what it will tell whoever it is shown to. */
static json_t *
document_view(struct task *task, const char *id)
{
	const struct credential_type *type = credential_type_find(task, id);
	const char **names = task_new_n(task, const char *, CREDENTIAL_TYPE_CLAIMS + 1);

	for (size_t i = 0; i < type->n_claims; i++)
		names[i] = type->claims[i].label != NULL
			       ? page_pick(task, type->claims[i].label)
			       : page_claim_label(task, type->claims[i].name);
	return json_pack("{s:s, s:s}", "name", page_pick(task, type->name), "holds",
	    str_join(task, names, str_equal(task->language, "ar") ? "، " : ", "));
}

static json_t *
documents_view(struct task *task, const struct question *question)
{
	const char *const *id = question->asked.credentials;
	json_t *documents = json_array();

	for (; id && *id; id++)
		json_array_append_new(documents, document_view(task, *id));
	return documents;
}

/* An https address of the client's metadata, in the person's language if it has one (RFC 7591
 * section 2.2).  Of a client that no operator has looked at only one of its own site (section 5):
 * our page would lend its good name to any other.  NULL: none. */
static const char *
client_link(struct task *task, const struct client *client, const char *name)
{
	const char *link =
	    json_get_text(client->metadata, task_printf(task, "%s#%s", name, task->language));
	struct client_uri uri;
	const char *why;

	if (link == NULL)
		link = json_get_text(client->metadata, name);
	if (link == NULL || !client_uri_split(link, &uri, &why) || !uri.is_https)
		return NULL;
	if (client->is_approved || is_own(client, client_uri_source(task, link)))
		return link;
	return NULL;
}

static bool
is_own(const struct client *client, const char *source)
{
	const char *const *origin = client->origins;

	while (*origin != NULL && !str_equal(*origin, source))
		origin++;
	return *origin != NULL;
}
