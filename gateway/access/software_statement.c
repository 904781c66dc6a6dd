/* SPDX-License-Identifier: Apache-2.0
 *
 * Software statements (see software_statement.h).
 */
#include "access/software_statement.h"

#include "core/offload.h"
#include "core/settings.h"
#include "core/task.h"
#include "jose/verify.h"

#include <stdio.h>

/* One who signs them may be replaced while we run: the file is small, and read each time. */
struct key_file {
	const char *path;
	char *text; /* of JSON_MAX_BYTES */
	size_t len;
	bool is_read;
};

static int keys_read(struct task *task, struct jwks *ret_jwks);
static void file_read(void *arg);
static json_t *metadata_of(struct task *task, const json_t *claims);

int
software_statement_open(struct task *task, const char *statement, json_t **ret_metadata)
{
	static const enum alg algs[] = {
	    ALG_ES256, ALG_ES384, ALG_PS256, ALG_EDDSA, ALG_RS256, ALG_NONE};
	const struct settings *settings = task->rooms->settings;
	struct jwks jwks;
	struct jws_expect expect = {
	    .algs = algs, .keys = &jwks, .issuer = settings->registration_statement_issuer};
	auto_jws jws = {0};
	int r;

	if (settings->registration_statement_issuer == NULL)
		return fail(task, INVALID_SOFTWARE_STATEMENT,
		    "no authority for software statements is known here");
	r = keys_read(task, &jwks);
	if (r < 0)
		return r;
	r = jws_open(task, statement, &expect, &jws);
	jwks_close(&jwks);
	if (r < 0)
		return fault_as(task, INVALID_SOFTWARE_STATEMENT);
	*ret_metadata = metadata_of(task, jws.claims);
	return 0;
}

static int
keys_read(struct task *task, struct jwks *ret_jwks)
{
	struct key_file *file = task_new(task, struct key_file);
	json_auto_t *json = NULL;
	int r;

	file->path = task->rooms->settings->registration_statement_keys_file;
	file->text = task_alloc(task, JSON_MAX_BYTES + 1);
	r = offload(task, file_read, file);
	if (r < 0)
		return r;
	if (!file->is_read || json_parse_object(task, file->text, file->len, &json) < 0 ||
	    jwks_parse(task, json, ret_jwks) < 0) {
		fault_clear(task);
		return fail(task, MISCONFIGURED, "%s is no readable JWK Set", file->path);
	}
	return 0;
}

static void
file_read(void *arg)
{
	struct key_file *file = arg;
	FILE *open = fopen(file->path, "re");

	if (open == NULL)
		return;
	file->len = fread(file->text, 1, JSON_MAX_BYTES, open);
	file->is_read = ferror(open) == 0;
	fclose(open);
}

static json_t *
metadata_of(struct task *task, const json_t *claims)
{
	static const char *const protocol[] = {"iss", "iat", "exp", "nbf", "jti", "aud", "sub"};
	json_t *metadata = json_keep(task, json_deep_copy(claims));

	for (size_t i = 0; i < sizeof(protocol) / sizeof(protocol[0]); i++)
		json_object_del(metadata, protocol[i]);
	return metadata;
}
