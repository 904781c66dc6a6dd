/* SPDX-License-Identifier: Apache-2.0
 *
 * `dvara person …`: the built-in register, and the credentials that wallets hold of it.
 */
#include "admin/admin.h"

#include "records/client.h"
#include "records/credential.h"
#include "records/lifecycle.h"
#include "records/person.h"
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

static const struct {
	const char *name;
	enum life life;
} lives[] = {{"active", LIFE_ACTIVE}, {"dead", LIFE_DEAD}, {"blocked", LIFE_BLOCKED}};
#define N_LIVES (sizeof(lives) / sizeof(lives[0]))

static int
apply_one(struct task *task, const json_t *person)
{
	const char *key = json_get_text(person, "register_key");
	const char *life = json_get_text(person, "life");
	const json_t *claims = json_object_get(person, "claims");
	size_t i;
	int r;

	if (!key || !json_is_object(claims))
		return fail(task, INVALID_REQUEST, "a person needs register_key and claims");
	for (i = 0; i < N_LIVES; i++)
		if (str_equal(life ? life : "active", lives[i].name))
			break;
	if (i == N_LIVES)
		return fail(task, INVALID_REQUEST, "life is none of active dead blocked");
	r = source_register_apply(
	    task, key, json_get_text(person, "short_name"), lives[i].life, claims);
	if (r < 0 || lives[i].life == LIFE_ACTIVE)
		return r;
	return lifecycle_person_gone(task, key);
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
		if (r == 0)
			call->answer = json_pack("{s:s}", "device", device);
		return r;
	}
	r = lifecycle_all_lost(call->task, person.id, &by, &n);
	if (r == 0)
		call->answer = json_pack("{s:i}", "revoked", n);
	return r;
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
