/* SPDX-License-Identifier: Apache-2.0
 *
 * A service authenticates to the gateway as itself: it is a client with a key of its own, made at
 * its first start and kept in the state folder (0600), beside the key of its statements
 * (dvara_sign()), whose public half the gateway serves for it.
 */
#include "services/service.h"

#include "core/settings.h"
#include "core/task.h"
#include "jose/keys.h"
#include "records/client.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

static int client_make(struct task *task, const struct manifest *manifest, const char *path);
static int client_renew(struct task *task, const struct manifest *manifest, const json_t *file);
static int private_jwks_make(struct task *task, json_t **ret_jwks);
static json_t *public_of(const json_t *private_jwks);
static json_t *metadata_of(struct task *task, const struct manifest *manifest, const json_t *jwks);
static void names_set(struct task *task, json_t *metadata, const json_t *name);
static void basis_set(json_t *purpose, const json_t *manifest);
static int file_read(struct task *task, const char *path, json_t **ret_json);
static int file_write(struct task *task, const char *path, const json_t *metadata);

int
service_client(
    struct task *task, const struct manifest *manifest, const char *path, json_t **ret_jwks)
{
	json_t *file;
	int r = 0;

	if (access(path, R_OK) < 0)
		r = client_make(task, manifest, path);
	if (r == 0)
		r = file_read(task, path, &file);
	if (r == 0)
		r = client_renew(task, manifest, file);
	if (r < 0)
		return r;
	*ret_jwks = public_of(json_object_get(file, "statement_jwks"));
	return 0;
}

static int
client_make(struct task *task, const struct manifest *manifest, const char *path)
{
	struct client_draft draft = {.is_service_of_ours = true};
	struct client_made made;
	json_t *metadata, *jwks, *statement_jwks;
	int r;

	r = private_jwks_make(task, &jwks);
	if (r < 0)
		return r;
	r = private_jwks_make(task, &statement_jwks);
	if (r < 0)
		return r;
	metadata = metadata_of(task, manifest, jwks);
	draft.metadata = metadata;
	r = client_apply(task, &draft, "gateway", &made);
	if (r < 0)
		return r;
	json_keep(task, made.stored);
	/* After the store knows the public half: a file without its client would never be made
	 * again. */
	json_object_set(metadata, "private_jwks", jwks);
	json_object_set(metadata, "statement_jwks", statement_jwks);
	return file_write(task, path, metadata);
}

/* What another version of the service asks is another purpose: consents to the one before do not
 * cover it. */
static int
client_renew(struct task *task, const struct manifest *manifest, const json_t *file)
{
	json_t *metadata = metadata_of(task, manifest, json_object_get(file, "private_jwks"));
	struct client_draft draft = {.metadata = metadata, .is_service_of_ours = true};
	const struct client *client;
	struct client_made made;
	json_t *value;
	const char *name;
	int r;

	r = client_find(task, manifest->id, &client);
	if (r < 0)
		return r;
	json_object_foreach(metadata, name, value)
		if (!client || !json_equal(json_object_get(client->metadata, name), value))
			break;
	if (!name)
		return 0;
	r = client_apply(task, &draft, "gateway", &made);
	if (r < 0)
		return r;
	json_keep(task, made.stored);
	return 0;
}

static int
private_jwks_make(struct task *task, json_t **ret_jwks)
{
	json_t *jwk;
	int r;

	r = signer_jwk_make(task, &jwk);
	if (r < 0)
		return r;
	*ret_jwks = json_keep(task, json_pack("{s:[o]}", "keys", jwk));
	return 0;
}

static json_t *
public_of(const json_t *private_jwks)
{
	json_t *public = json_deep_copy(private_jwks), *jwk;
	size_t i;

	json_array_foreach(json_object_get(public, "keys"), i, jwk)
		json_object_del(jwk, "d");
	return public;
}

/* Its purpose is what its manifest asks: the gate cuts every answer to it. */
static json_t *
metadata_of(struct task *task, const struct manifest *manifest, const json_t *jwks)
{
	json_t *metadata = json_keep(task, json_object());

	json_set_text(metadata, "client_id", manifest->id);
	names_set(task, metadata, manifest->name);
	json_set_text(metadata, "token_endpoint_auth_method", "private_key_jwt");
	json_object_set_new(metadata, "jwks", public_of(jwks));
	json_object_set_new(metadata, "redirect_uris", json_array());
	json_object_set_new(metadata, "grant_types", json_array());
	json_object_set_new(metadata, "response_types", json_array());
	json_object_set_new(metadata, "dvara_service", json_true());
	json_object_set_new(metadata, "dvara_events",
	    manifest->events ? json_deep_copy(manifest->events) : json_array());
	json_object_set_new(metadata, "dvara_purposes",
	    json_pack("[{s:s, s:O, s:O}]", "id", SERVICES_PURPOSE, "why", manifest->summary,
		"claims", manifest->attributes));
	basis_set(json_array_get(json_object_get(metadata, "dvara_purposes"), 0), manifest->whole);
	return metadata;
}

static void
names_set(struct task *task, json_t *metadata, const json_t *name)
{
	const char *language;
	json_t *text;

	json_set_text(metadata, "client_name", json_get_text(name, "en"));
	json_object_foreach((json_t *)(uintptr_t)name, language, text)
		json_object_set(metadata, task_printf(task, "client_name#%s", language), text);
}

/* Of consent where the manifest says nothing. */
static void
basis_set(json_t *purpose, const json_t *manifest)
{
	static const char *const members[] = {"basis", "law"};

	for (size_t i = 0; i < sizeof(members) / sizeof(members[0]); i++) {
		json_t *value = json_object_get(manifest, members[i]);

		if (value != NULL)
			json_object_set(purpose, members[i], value);
	}
}

static int
file_read(struct task *task, const char *path, json_t **ret_json)
{
	json_error_t error;
	json_t *json = json_load_file(path, JSON_REJECT_DUPLICATES, &error);

	if (!json)
		return fail(task, MISCONFIGURED, "%s: %s", path, error.text);
	*ret_json = json_keep(task, json);
	return 0;
}

static int
file_write(struct task *task, const char *path, const json_t *metadata)
{
	char *text = json_text(task, metadata);
	int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	size_t len = strlen(text);

	if (fd < 0)
		return fail(task, MISCONFIGURED, "%s: %s", path, strerror(errno));
	if (write(fd, text, len) != (ssize_t)len || fsync(fd) < 0) {
		close(fd);
		unlink(path);
		return fail(task, MISCONFIGURED, "%s: could not be written whole", path);
	}
	close(fd);
	return 0;
}
