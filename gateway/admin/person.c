/* SPDX-License-Identifier: Apache-2.0
 *
 * `dvara person …`: the built-in register, and the credentials that wallets hold of it.
 */
#include "admin/admin.h"

#include "records/audit.h"
#include "records/client.h"
#include "records/credential.h"
#include "records/lifecycle.h"
#include "records/link.h"
#include "records/person.h"
#include "sources/guardian.h"
#include "sources/source.h"

int
admin_person_named(struct admin_call *call, struct person *ret_person)
{
	const char *key;
	int r;

	r = source_register_key(call->task, call->args[0], &key);
	if (r < 0)
		return r;
	return person_of(call->task, key, ret_person);
}

int
admin_looked(struct admin_call *call, const char *person_id, const char *what)
{
	json_auto_t *detail = json_object();

	json_set_text(detail, "what", what);
	return audit_write(
	    call->task, &(struct audit_event){.event = "operator.looked",
			    .actor = task_printf(call->task, "operator:%s", call->operator_name),
			    .person_id = person_id,
			    .detail = detail});
}

static const struct {
	const char *name;
	enum life life;
} lives[] = {{"active", LIFE_ACTIVE}, {"dead", LIFE_DEAD}, {"blocked", LIFE_BLOCKED}};
#define N_LIVES   (sizeof(lives) / sizeof(lives[0]))
#define NAMES_MAX 40 /* of claims, in an audit row */

static int change_audit(struct admin_call *call, const char *key, const json_t *claims);
static json_t *names_changed(const json_t *before, const json_t *after);

static int
apply_one(struct admin_call *call, const json_t *person)
{
	const char *key = json_get_text(person, "register_key");
	const char *life = json_get_text(person, "life");
	const json_t *claims = json_object_get(person, "claims");
	struct task *task = call->task;
	size_t i;
	int r;

	if (!key || !json_is_object(claims))
		return fail(task, INVALID_REQUEST, "a person needs register_key and claims");
	for (i = 0; i < N_LIVES; i++)
		if (str_equal(life ? life : "active", lives[i].name))
			break;
	if (i == N_LIVES)
		return fail(task, INVALID_REQUEST, "life is none of active dead blocked");
	r = guardian_apply(task, key, json_object_get(person, "guardians"));
	if (r == 0)
		r = change_audit(call, key, claims);
	if (r == 0)
		r = source_register_apply(
		    task, key, json_get_text(person, "short_name"), lives[i].life, claims);
	if (r < 0 || lives[i].life == LIFE_ACTIVE)
		return r;
	return lifecycle_person_gone(task, key);
}

/* For the person to see; before the change, so that none is without its row. */
static int
change_audit(struct admin_call *call, const char *key, const json_t *claims)
{
	json_auto_t *detail = NULL;
	struct source_entry *before = NULL;
	const char *person_id;
	json_t *names;
	int r;

	r = person_by_key(call->task, key, &person_id);
	if (r < 0 || person_id == NULL)
		return r;
	r = source_register.find(call->task, &(struct source_asking){.register_key = key}, &before);
	if (r < 0)
		return r;
	names = names_changed(before == NULL ? NULL : before->claims, claims);
	detail = json_pack("{s:o}", "names", names);
	if (json_array_size(names) == 0)
		return 0;
	return audit_write(
	    call->task, &(struct audit_event){.event = "register.changed",
			    .actor = task_printf(call->task, "operator:%s", call->operator_name),
			    .person_id = person_id,
			    .detail = detail});
}

/* Of claims that are new, gone or of another value; the first NAMES_MAX. */
static json_t *
names_changed(const json_t *before, const json_t *after)
{
	json_t *names = json_array(), *value;
	const char *name;

	json_object_foreach((json_t *)(uintptr_t)after, name, value)
		if (!json_equal(json_object_get(before, name), value) &&
		    json_array_size(names) < NAMES_MAX)
			json_array_append_new(names, json_string(name));
	json_object_foreach((json_t *)(uintptr_t)before, name, value)
		if (json_object_get(after, name) == NULL && json_array_size(names) < NAMES_MAX)
			json_array_append_new(names, json_string(name));
	return names;
}

int
admin_person_apply(struct admin_call *call)
{
	json_t *people, *person;
	size_t i;
	int r;

	r = admin_read_json(call->task, call->args[0], &people);
	if (r < 0)
		return r;
	if (!json_is_array(people))
		return fail(
		    call->task, INVALID_REQUEST, "%s: not an array of people", call->args[0]);
	json_array_foreach(people, i, person) {
		r = apply_one(call, person);
		if (r < 0)
			return r;
	}
	return admin_done(call, json_pack("{s:I}", "people", (json_int_t)json_array_size(people)),
	    "%zu people are in the register as the file says", json_array_size(people));
}

/* A register of real people is no directory: who asks about one brings the key. */
int
admin_person_list(struct admin_call *call)
{
	int r;

	if (!call->settings->gateway_demo)
		return fail(call->task, FORBIDDEN, "people are listed in a demo alone");
	r = admin_looked(call, NULL, "register");
	return r < 0 ? r : source_register_list(call->task, &call->answer);
}

/* Lost phone: nothing born of its credentials may live on, so the sessions end too. */
int
admin_person_revoke(struct admin_call *call)
{
	const struct ended_by by = {.operator_name = call->operator_name, .why = "phone lost"};
	const char *device = call->args[1];
	struct person person;
	int n = 0, r;

	r = admin_person_named(call, &person);
	if (r < 0)
		return r;
	if (device != NULL) {
		r = lifecycle_device_lost(call->task, person.id, device, &by);
		return r < 0 ? r
			     : admin_done(call, json_pack("{s:s}", "device", device),
				   "the credentials of phone %s are revoked, and what it "
				   "signed in has ended",
				   device);
	}
	r = lifecycle_all_lost(call->task, person.id, &by, &n);
	return r < 0 ? r
		     : admin_done(call, json_pack("{s:i}", "revoked", n),
			   "%d credentials are revoked, all sessions have ended", n);
}

int
admin_person_list_credentials(struct admin_call *call)
{
	struct person person;
	int r;

	r = admin_person_named(call, &person);
	if (r == 0)
		r = admin_looked(call, person.id, "credentials");
	if (r < 0)
		return r;
	return credential_list(call->task, person.id, &call->answer);
}

int
admin_person_list_links(struct admin_call *call)
{
	struct person person;
	int r;

	r = admin_person_named(call, &person);
	if (r == 0)
		r = admin_looked(call, person.id, "links");
	if (r < 0)
		return r;
	return link_list(call->task, person.id, &call->answer);
}

int
admin_person_unlink(struct admin_call *call)
{
	const char *link = call->args[1];
	struct person person;
	int r;

	r = admin_person_named(call, &person);
	if (r == 0)
		r = link_remove(call->task, person.id, link,
		    task_printf(call->task, "operator:%s", call->operator_name));
	return r < 0 ? r
		     : admin_done(call, json_pack("{s:s}", "unlinked", link),
			   "link %s has ended; dvara session end %s ends what it signed in", link,
			   call->args[0]);
}

/* What is no client, or a service's, is the id of a service. */
int
admin_person_subject(struct admin_call *call)
{
	const struct client *client;
	struct person person;
	int r;

	r = admin_person_named(call, &person);
	if (r == 0)
		r = admin_looked(call, person.id, "subject");
	if (r < 0)
		return r;
	r = client_find(call->task, call->args[1], &client);
	if (r < 0)
		return r;
	call->answer = json_pack("{s:s}", "sub",
	    client == NULL || client->is_service
		? person_service_subject(call->task, person.id, call->args[1])
		: person_subject(call->task, person.id, client->sector));
	return 0;
}
