/* SPDX-License-Identifier: Apache-2.0
 *
 * What is asked of a purpose (see purpose.h).  They are made by client_purpose.c.
 */
#include "records/purpose.h"

#include "core/period.h"
#include "core/rfc3339.h"
#include "core/settings.h"
#include "core/str.h"
#include "core/task.h"
#include "pages/page.h"

static const char *const bases[] = {
    [BASIS_CONSENT] = "consent",
    [BASIS_LEGAL_DUTY] = "legal_duty",
    [BASIS_PUBLIC_TASK] = "public_task",
};
static const char *const modes[] = {[ACCESS_ONCE] = "once", [ACCESS_UNTIL] = "until"};

static json_t *claim_json(struct task *task, const struct purpose_claim *claim);
static void set(json_t *object, const char *name, const json_t *json);

bool
purpose_stands(const struct purpose *purpose, int64_t now_s)
{
	return !purpose->is_suspended && (!purpose->is_registered || now_s < purpose->until_s);
}

const struct purpose_claim *
purpose_claim(const struct purpose *purpose, const char *name)
{
	for (size_t i = 0; i < purpose->n_claims; i++)
		if (str_equal(purpose->claims[i].name, name))
			return &purpose->claims[i];
	return NULL;
}

const char *
purpose_claim_label(struct task *task, const struct purpose_claim *claim)
{
	return claim->label != NULL ? page_pick(task, claim->label)
				    : page_claim_label(task, claim->name);
}

/* Both are letters that stand in a path as they are. */
const char *
purpose_url(struct task *task, const char *client_id, const char *purpose_id)
{
	return task_printf(task, "%s/purposes/%s/%s", task->rooms->settings->gateway_issuer,
	    client_id, purpose_id);
}

json_t *
purpose_json(struct task *task, const struct purpose *purpose)
{
	json_t *json = json_object(), *attributes = json_array();

	for (size_t i = 0; i < purpose->n_claims; i++)
		json_array_append_new(attributes, claim_json(task, &purpose->claims[i]));
	json_set_text(json, "id", purpose->id);
	json_set_text(json, "version", task_printf(task, "%s/v%d", purpose->id, purpose->number));
	set(json, "why", purpose->why);
	json_set_text(json, "basis", purpose_basis_name(purpose->basis));
	set(json, "law", purpose->law);
	json_object_set_new(json, "attributes", attributes);
	json_set_text(json, "mode", purpose_mode_name(purpose->mode));
	json_set_text(json, "valid_for", period_text(task, purpose->valid_s));
	json_set_text(json, "data_life", period_text(task, purpose->data_life_s));
	json_object_set_new(json, "frequency", purpose_frequency_json(task, purpose));
	json_set_text(json, "dpia", purpose->dpia);
	json_set_text(json, "country", purpose->country);
	json_object_set_new(json, "registered", json_boolean(purpose->is_registered));
	if (purpose->until_s > 0)
		json_set_text(json, "until", rfc3339_text(task, purpose->until_s));
	json_set_text(json, "certificate", purpose->certificate);
	return json;
}

json_t *
purpose_frequency_json(struct task *task, const struct purpose *purpose)
{
	if (purpose->frequency.n == 0)
		return NULL;
	return json_pack("{s:I, s:s}", "releases", (json_int_t)purpose->frequency.n, "per",
	    period_text(task, purpose->frequency.per_s));
}

static json_t *
claim_json(struct task *task, const struct purpose_claim *claim)
{
	json_t *json = json_pack("{s:s, s:b, s:b}", "name", claim->name, "essential",
	    claim->is_essential, "special", claim->is_special);

	set(json, "why", claim->why);
	if (claim->label != NULL)
		set(json, "label", claim->label);
	else
		json_object_set_new(json, "label", page_claim_labels(task, claim->name));
	return json;
}

/* json, or nothing where it is NULL. */
static void
set(json_t *object, const char *name, const json_t *json)
{
	if (json != NULL)
		json_object_set(object, name, (json_t *)(uintptr_t)json);
}

const char *
purpose_basis_name(enum basis basis)
{
	return bases[basis];
}

const char *
purpose_mode_name(enum access_mode mode)
{
	return modes[mode];
}

enum basis
purpose_basis_of(const char *name)
{
	for (enum basis basis = BASIS_CONSENT; basis <= BASIS_PUBLIC_TASK; basis++)
		if (str_equal(bases[basis], name))
			return basis;
	return 0;
}

enum access_mode
purpose_mode_of(const char *name)
{
	for (enum access_mode mode = ACCESS_ONCE; mode <= ACCESS_UNTIL; mode++)
		if (str_equal(modes[mode], name))
			return mode;
	return 0;
}
