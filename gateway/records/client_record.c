/* SPDX-License-Identifier: Apache-2.0
 *
 * A stored client as struct client (see client_record.h).  Its texts stand in the JSON of its
 * metadata, which it keeps.
 */
#include "records/client_record.h"

#include "core/task.h"
#include "records/client_addresses.h"
#include "records/client_ciba.h"
#include "records/client_jwt.h"
#include "records/client_rules.h"
#include "records/client_sender.h"
#include "records/client_tls.h"
#include "records/client_uri.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

struct client_memory {
	struct client_memory *next;
	max_align_t bytes[];
};

static int record_fill(
    struct task *task, struct client_record *record, const struct client_stored *stored);
static void client_fill(struct client_record *record, const json_t *metadata);
static int keys_fill(struct task *task, struct client_record *record, const json_t *json);
static json_t *names_of(const json_t *metadata);
static const char *const *texts_of(struct client_record *record, const json_t *array);
static const char *const *scopes_of(
    struct task *task, struct client_record *record, const char *scope);
static const char *sector_of(struct client_record *record);
static const char *const *origins_of(struct client_record *record);
static const char *origin_of(struct client_record *record, const char *address);

int
client_record_new(
    struct task *task, const struct client_stored *stored, struct client_record **ret_record)
{
	struct client_record *record = calloc(1, sizeof(*record));
	int r;

	if (record == NULL)
		abort();
	record->n_holders = 1;
	r = record_fill(task, record, stored);
	if (r < 0) {
		client_record_drop(record);
		fault_clear(task);
		return fail(task, BROKEN, "a stored client cannot be read");
	}
	*ret_record = record;
	return 0;
}

void
client_record_hold(struct client_record *record)
{
	record->n_holders++;
}

void
client_record_drop(struct client_record *record)
{
	assert(record->n_holders > 0);
	if (--record->n_holders > 0)
		return;
	jwks_close(&record->client.jwks);
	json_decref((json_t *)(uintptr_t)record->client.metadata);
	json_decref((json_t *)(uintptr_t)record->client.name);
	json_decref(record->kept);
	for (struct client_memory *next, *memory = record->memory; memory != NULL; memory = next) {
		next = memory->next;
		free(memory);
	}
	free(record);
}

void *
client_record_alloc(struct client_record *record, size_t bytes)
{
	struct client_memory *memory = calloc(1, sizeof(*memory) + bytes);

	if (memory == NULL)
		abort();
	memory->next = record->memory;
	record->memory = memory;
	return memory->bytes;
}

const char *
client_record_dup(struct client_record *record, const char *text)
{
	char *copy;

	if (text == NULL)
		return NULL;
	copy = client_record_alloc(record, strlen(text) + 1);
	memcpy(copy, text, strlen(text));
	return copy;
}

void
client_record_keep(struct client_record *record, const json_t *json)
{
	if (record->kept == NULL)
		record->kept = json_array();
	json_array_append(record->kept, (json_t *)(uintptr_t)json);
}

static int
record_fill(struct task *task, struct client_record *record, const struct client_stored *stored)
{
	struct client *client = &record->client;
	json_t *metadata;
	int r;

	r = json_parse_object(task, stored->metadata, strlen(stored->metadata), &metadata);
	if (r < 0)
		return r;
	client->metadata = metadata;
	if (stored->attributes != NULL)
		client_record_keep(record, stored->attributes);
	if (json_get_text(metadata, "client_id") == NULL)
		return fail(task, BROKEN, "client_id is missing");
	client_fill(record, metadata);
	client->is_approved = stored->is_approved;
	client->secret_stored = client_record_dup(record, stored->secret);
	client->secret_before = client_record_dup(record, stored->secret_before);
	client->logo = client_record_dup(record, stored->logo);
	client->secret_before_until_s = stored->secret_before_until_s;
	client->scopes = scopes_of(task, record, json_get_text(metadata, "scope"));
	client_purposes_read(task, record, stored);
	if (client->profile == 0 || client->auth_method == 0 || client->scopes == NULL)
		return fail(task, BROKEN, "a member is missing");
	return keys_fill(task, record, json_object_get(metadata, "jwks"));
}

static void
client_fill(struct client_record *record, const json_t *metadata)
{
	struct client *client = &record->client;

	client->id = json_get_text(metadata, "client_id");
	client->name = names_of(metadata);
	client->profile = client_profile_of(json_get_text(metadata, "dvara_profile"));
	client->auth_method = client_auth_of(json_get_text(metadata, "token_endpoint_auth_method"));
	client->jwks_uri = json_get_text(metadata, "jwks_uri");
	client->assertion_alg = alg_of(json_get_text(metadata, "token_endpoint_auth_signing_alg"));
	client->id_token_alg = alg_of(json_get_text(metadata, "id_token_signed_response_alg"));
	client->introspection_alg =
	    alg_of(json_get_text(metadata, "introspection_signed_response_alg"));
	if (client->introspection_alg == ALG_NONE)
		client->introspection_alg = client->id_token_alg;
	client->redirect_uris = texts_of(record, json_object_get(metadata, "redirect_uris"));
	client->post_logout_redirect_uris =
	    texts_of(record, json_object_get(metadata, "post_logout_redirect_uris"));
	client->backchannel_logout_uri = json_get_text(metadata, "backchannel_logout_uri");
	client->frontchannel_logout_uri = json_get_text(metadata, "frontchannel_logout_uri");
	client->frontchannel_needs_sid =
	    json_get_bool(metadata, "frontchannel_logout_session_required");
	client->grant_types = texts_of(record, json_object_get(metadata, "grant_types"));
	client->response_modes =
	    texts_of(record, json_object_get(metadata, "dvara_response_modes"));
	client->resources = texts_of(record, json_object_get(metadata, "dvara_resources"));
	client->origins = origins_of(record);
	client->sector = sector_of(record);
	client->requires_pkce = !json_is_false(json_object_get(metadata, "dvara_require_pkce"));
	client->requires_par = json_get_bool(metadata, "require_pushed_authorization_requests");
	client->is_tls_bound = client_sender_has_tls(metadata);
	client_tls_name(metadata, &client->tls_name_kind, &client->tls_name);
	client->is_dpop_bound = client_sender_has_dpop(metadata, client->profile);
	client_jwt_fill(client, metadata);
	client_ciba_fill(client, metadata);
	client->is_public_subject = str_equal(json_get_text(metadata, "subject_type"), "public");
	client->is_same_device = json_get_bool(metadata, "dvara_same_device");
	client->is_service = json_get_bool(metadata, "dvara_service");
	client->default_max_age_s = -1;
	json_get_i64(metadata, "default_max_age", &client->default_max_age_s);
	client->default_acr_values = json_object_get(metadata, "default_acr_values");
}

/* A name without a language stands for English, which is what pages fall back to. */
static json_t *
names_of(const json_t *metadata)
{
	json_t *names = json_object(), *value;
	const char *name;

	json_object_foreach((json_t *)(uintptr_t)metadata, name, value) {
		if (str_starts(name, "client_name#"))
			json_object_set(names, name + strlen("client_name#"), value);
	}
	if (json_object_get(names, "en") == NULL)
		json_set_text(names, "en", json_get_text(metadata, "client_name"));
	if (json_object_size(names) == 0)
		json_set_text(names, "en", json_get_text(metadata, "client_id"));
	return names;
}

static const char *const *
texts_of(struct client_record *record, const json_t *array)
{
	size_t n = json_array_size(array);
	const char **texts = client_record_alloc(record, (n + 1) * sizeof(*texts));

	for (size_t i = 0; i < n; i++)
		texts[i] = json_string_value(json_array_get(array, i));
	return texts;
}

static const char *const *
scopes_of(struct task *task, struct client_record *record, const char *scope)
{
	const char **words = str_words(task, scope == NULL ? "" : scope, 64), **scopes;
	size_t n = 0;

	while (words != NULL && words[n] != NULL)
		n++;
	scopes = client_record_alloc(record, (n + 1) * sizeof(*scopes));
	for (size_t i = 0; i < n; i++)
		scopes[i] = client_record_dup(record, words[i]);
	return scopes;
}

static const char *
sector_of(struct client_record *record)
{
	const struct client *client = &record->client;
	struct client_uri uri;
	char *sector;

	if (client_addresses_sector(client->metadata, &uri)) {
		sector = client_record_alloc(record, uri.host_len + 1);
		memcpy(sector, uri.host, uri.host_len);
		return sector;
	}
	sector = client_record_alloc(record, strlen("client:") + strlen(client->id) + 1);
	stpcpy(stpcpy(sector, "client:"), client->id);
	return sector;
}

static const char *const *
origins_of(struct client_record *record)
{
	const char *const *addresses = record->client.redirect_uris;
	const char **origins;
	size_t n = 0, n_origins = 0;

	while (addresses[n] != NULL)
		n++;
	origins = client_record_alloc(record, (n + 1) * sizeof(*origins));
	for (size_t i = 0; i < n; i++) {
		const char *origin = origin_of(record, addresses[i]);
		bool is_known = origin == NULL;

		for (size_t k = 0; !is_known && k < n_origins; k++)
			is_known = str_equal(origins[k], origin);
		if (!is_known)
			origins[n_origins++] = origin;
	}
	return origins;
}

/* As a source of the Content Security Policy: scheme://host:port, with any port where any may be
 * used, or scheme: alone. */
static const char *
origin_of(struct client_record *record, const char *address)
{
	struct client_uri uri;
	const char *why;
	bool any_port;
	size_t len;
	char *origin;

	if (!client_uri_split(address, &uri, &why))
		return NULL;
	any_port =
	    record->client.profile == CLIENT_PUBLIC_NATIVE && uri.is_http && uri.is_loopback_ip;
	if (uri.host == NULL || (!uri.is_http && !uri.is_https))
		len = uri.scheme_len + 1;
	else if (any_port || uri.port == NULL)
		len = (size_t)(uri.host + uri.host_len - address);
	else
		len = (size_t)(uri.port + uri.port_len - address);
	origin = client_record_alloc(record, len + strlen(":*") + 1);
	memcpy(origin, address, len);
	if (any_port)
		memcpy(origin + len, ":*", 2);
	return origin;
}

static int
keys_fill(struct task *task, struct client_record *record, const json_t *json)
{
	struct jwks jwks;
	size_t bytes;
	int r;

	if (json == NULL)
		return 0;
	r = jwks_parse(task, json, &jwks);
	if (r < 0)
		return r;
	/* the array is the task's; the keys are held for us */
	bytes = jwks.n_keys * sizeof(*jwks.keys);
	record->client.jwks = jwks;
	record->client.jwks.keys = client_record_alloc(record, bytes);
	if (bytes > 0)
		memcpy(record->client.jwks.keys, jwks.keys, bytes);
	return 0;
}
