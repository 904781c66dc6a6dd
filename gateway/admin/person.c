/* SPDX-License-Identifier: Apache-2.0
 *
 * `dvara person …`: the built-in register, and the credentials that wallets hold of it.
 */
#include "admin/admin.h"

#include "records/client.h"
#include "records/credential.h"
#include "records/person.h"
#include "records/signout.h"
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

static int
apply_one(struct task *task, const json_t *person)
{
	static const struct {
		const char *name;
		enum life life;
	} lives[] = {{"active", LIFE_ACTIVE}, {"dead", LIFE_DEAD}, {"blocked", LIFE_BLOCKED}};
	const char *key = json_get_text(person, "register_key");
	const char *life = json_get_text(person, "life");
	const json_t *claims = json_object_get(person, "claims");

	if (!key || !json_is_object(claims))
		return fail(task, INVALID_REQUEST, "a person needs register_key and claims");
	for (size_t i = 0; i < sizeof(lives) / sizeof(lives[0]); i++)
		if (str_equal(life ? life : "active", lives[i].name))
			return source_register_apply(
			    task, key, json_get_text(person, "short_name"), lives[i].life, claims);
	return fail(task, INVALID_REQUEST, "life is none of active dead blocked");
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
		r = apply_one(call->task, person);
		if (r < 0)
			return r;
	}
	call->answer = json_pack("{s:I}", "people", (json_int_t)json_array_size(people));
	return 0;
}

int
admin_person_list(struct admin_call *call)
{
	return source_register_list(call->task, &call->answer);
}

/* One phone of several: the person goes on with the others. */
static int
one_device_revoke(struct admin_call *call, const struct person *person)
{
	int r;

	r = credential_revoke_device(call->task, person->id, call->args[1], call->operator_name);
	if (r < 0)
		return r;
	call->answer = json_pack("{s:s}", "device", call->args[1]);
	return 0;
}

/* Lost phone: nothing born of the credentials may live on, so the sessions end too. */
int
admin_person_revoke(struct admin_call *call)
{
	struct person person;
	int n = 0, r;

	r = admin_person_named(call, &person);
	if (r < 0)
		return r;
	if (call->n_args > 1)
		return one_device_revoke(call, &person);
	r = credential_revoke_person(call->task, person.id, call->operator_name, &n);
	if (r < 0)
		return r;
	r = signout_person(
	    call->task, &(struct signout){.person_id = person.id,
			    .actor = task_printf(call->task, "operator:%s", call->operator_name),
			    .why = "credentials revoked"});
	if (r < 0)
		return r;
	call->answer = json_pack("{s:i}", "revoked", n);
	return 0;
}

int
admin_person_list_credentials(struct admin_call *call)
{
	struct person person;
	int r;

	r = admin_person_named(call, &person);
	if (r < 0)
		return r;
	return credential_list(call->task, person.id, &call->answer);
}

/* What is no client, or a service's, is the id of a service. */
int
admin_person_subject(struct admin_call *call)
{
	const struct client *client;
	struct person person;
	int r;

	r = admin_person_named(call, &person);
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
