/* SPDX-License-Identifier: Apache-2.0
 *
 * The one gate (DESIGN: Released = asked ∩ registered ∩ consented ∩ known).
 */
#include "consent/release.h"

#include "consent/release_again.h"
#include "consent/release_person.h"
#include "consent/release_record.h"
#include "core/clock.h"
#include "core/metrics.h"
#include "core/task.h"
#include "records/grant.h"
#include "records/person.h"
#include "records/probe.h"
#include "sources/source.h"
#include "store/sql.h"

/* What a release rests on. */
struct grounds {
	const struct release *release;
	struct person person;
	const struct purpose *purpose;
	const struct consent *own;      /* that the release names; NULL: a law is the basis */
	const struct consent *standing; /* own, or what was given in its place */
	bool is_again;                  /* it was made and recorded before */
	struct sql_rows row;            /* of the built-in register, where claims are to leave */
};

static sql_reading leaving_read, grounds_read, grounds_check;
static int leave(struct task *task, struct grounds *grounds, json_t **ret_claims);
static void count(struct task *task, const struct grounds *grounds, int r);
static int consent_read(struct task *task, struct grounds *grounds);
static int named_check(struct task *task, struct grounds *grounds);
static const char *const *may_leave(
    struct task *task, const struct release *release, const struct grounds *grounds);
static json_t *released(
    const struct release *release, const char *const *names, const struct source_entry *entry);

const char *
release_channel_name(enum channel channel)
{
	static const char *const names[] = {
	    [CHANNEL_ID_TOKEN] = "id_token",
	    [CHANNEL_USERINFO] = "userinfo",
	    [CHANNEL_SERVICE] = "service",
	    [CHANNEL_CONSENT_API] = "consent_api",
	};

	return names[channel];
}

int
release_claims(struct task *task, const struct release *release, json_t **ret_claims)
{
	struct grounds grounds = {.release = release};
	int r = leave(task, &grounds, ret_claims);

	count(task, &grounds, r);
	return r;
}

static int
leave(struct task *task, struct grounds *grounds, json_t **ret_claims)
{
	const struct release *release = grounds->release;
	struct source_asking asking = {0};
	struct source_entry *entry = NULL;
	json_auto_t *claims = NULL;
	int r;

	r = sql_read_together(task, leaving_read, grounds);
	if (r < 0)
		return r;
	asking.row = &grounds->row;
	asking.register_key = grounds->person.register_key;
	asking.names = may_leave(task, release, grounds);
	asking.values = release->values;
	r = source_find(task, &asking, &entry);
	if (r < 0)
		return r;
	r = release_entry_check(task, entry);
	if (r < 0)
		return r;
	claims = released(release, asking.names, entry);
	r = release_record(task, &(struct release_recording){.release = release,
				     .purpose = grounds->purpose,
				     .standing = grounds->standing,
				     .claims = claims,
				     .is_again = grounds->is_again});
	if (r < 0)
		return r;
	*ret_claims = json_incref(claims);
	return 0;
}

/* What became of it, by kinds of purposes: by whom would name people's business. */
static void
count(struct task *task, const struct grounds *grounds, int r)
{
	const struct purpose *purpose = grounds->purpose;
	const char *kind = purpose == NULL          ? "none"
			   : purpose->is_builtin    ? "builtin"
			   : purpose->is_registered ? "registered"
						    : "inline";

	metric_add(metric_counter("dvara_releases_total", "attributes asked for at the gate",
		       task_printf(task, "purpose_class=\"%s\",channel=\"%s\",result=\"%s\"", kind,
			   release_channel_name(grounds->release->channel),
			   r == 0 ? "released" : fault_name(r))),
	    1);
}

static int
leaving_read(struct task *task, void *arg)
{
	struct grounds *grounds = arg;
	int r = grounds_read(task, grounds);

	return r < 0 ? r : source_register_row(task, grounds->person.register_key, &grounds->row);
}

static int
grounds_read(struct task *task, void *arg)
{
	struct grounds *grounds = arg;
	const struct release *release = grounds->release;
	const struct purpose *purpose = client_purpose(release->client, release->purpose_id);
	int r;

	r = person_find(task, release->person_id, &grounds->person);
	if (r < 0)
		return r;
	if (!purpose || !purpose_stands(purpose, clock_now_s()))
		return fail(task, CONSENT_REQUIRED, "the purpose is suspended or its time is over");
	grounds->purpose = purpose;
	if (release->consent_id == NULL && purpose->basis != BASIS_CONSENT)
		return 0;
	return consent_read(task, grounds);
}

static int
consent_read(struct task *task, struct grounds *grounds)
{
	const struct release *release = grounds->release;
	int r;

	r = consent_by_id(task, release->consent_id, &grounds->own);
	if (r < 0)
		return r;
	if (!grounds->own || !str_equal(grounds->own->person_id, release->person_id) ||
	    !str_equal(grounds->own->client_id, release->client->id) ||
	    !str_equal(grounds->own->purpose_version, grounds->purpose->version))
		return fail(task, CONSENT_REQUIRED, "the consent does not stand for this release");
	if (release->channel == CHANNEL_CONSENT_API)
		return named_check(task, grounds);
	return consent_standing(task, grounds->own, &grounds->standing);
}

/* By the person now and when it was given, or by the law. */
static bool
is_allowed(const struct grounds *grounds, const char *name)
{
	return grounds->own == NULL || (names_have(grounds->own->allowed, name) &&
					   names_have(grounds->standing->allowed, name));
}

/* Of the consent that a client names, none stands in for it. */
static int
named_check(struct task *task, struct grounds *grounds)
{
	const enum consent_state state = consent_state(grounds->own, clock_now_s());
	int r;

	r = release_again_read(task, grounds->release, grounds->own, &grounds->is_again);
	if (r < 0)
		return r;
	grounds->standing = grounds->own;
	if (state == CONSENT_IS_ACTIVE || (state == CONSENT_IS_CONSUMED && grounds->is_again))
		return 0;
	if (state == CONSENT_IS_PAUSED)
		return fail(task, CONSENT_PAUSED, "the person has paused the consent");
	return fail(task, CONSENT_NOT_ACTIVE, "the consent is %s", consent_state_name(state));
}

int
release_check(struct task *task, const struct release *release)
{
	struct grounds grounds = {.release = release};

	return release_settle(
	    task, release->person_id, sql_read_together(task, grounds_check, &grounds));
}

int
release_grant_check(struct task *task, const struct grant *grant)
{
	const struct consent *consent;
	struct release release = {
	    .person_id = grant->person_id,
	    .purpose_id = grant->purpose_id,
	    .consent_id = grant->consent_id,
	};
	int r;

	r = consent_by_id(task, grant->consent_id, &consent);
	if (r == 0 && consent != NULL)
		r = client_find(task, consent->client_id, &release.client);
	if (r < 0)
		return r;
	if (release.client == NULL)
		return fail(task, CONSENT_REQUIRED, "the consent, or whose it was, has gone");
	return release_check(task, &release);
}

static int
grounds_check(struct task *task, void *arg)
{
	struct grounds *grounds = arg;
	int r;

	r = grounds_read(task, grounds);
	return r < 0 ? r : release_life_check(task, &grounds->person);
}

/* Asked ∩ registered ∩ consented: no source learns of any other name. */
static const char *const *
may_leave(struct task *task, const struct release *release, const struct grounds *grounds)
{
	const char *const *asked = release->asked;
	const char **names = task_new_n(task, const char *, asked ? names_count(asked) + 1 : 1);

	for (size_t n = 0; asked && *asked; asked++)
		if (purpose_claim(grounds->purpose, *asked) && is_allowed(grounds, *asked))
			names[n++] = *asked;
	return names;
}

static bool is_wanted(const struct release *release, const char *name, const json_t *value);

static json_t *
released(const struct release *release, const char *const *names, const struct source_entry *entry)
{
	json_t *claims = json_object();

	for (; *names; names++) {
		json_t *value = source_answer(entry->claims, *names, release->values);

		if (value && is_wanted(release, *names, value))
			json_object_set(claims, *names, value);
		json_decref(value);
	}
	return claims;
}

/* What a match is given is no answer that it must have.  Nor is a yes or no withheld: that would
 * say it as well, and stand in no ledger, and count for no threshold (records/probe.h). */
static bool
is_wanted(const struct release *release, const char *name, const json_t *value)
{
	const json_t *values = json_object_get(release->values, name), *one;
	const char *given;
	size_t i;

	if (json_is_boolean(value))
		return true;
	json_array_foreach(values, i, one)
		if (json_equal(one, value))
			return true;
	return values == NULL || str_equal(probe_kind(name, &given), PROBE_NUMBER);
}
