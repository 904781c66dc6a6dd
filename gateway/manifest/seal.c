/* SPDX-License-Identifier: Apache-2.0
 *
 * The signature of a manifest, and the hash of the file that it speaks of.
 *
 * manifest.sig is one line, header..signature: a JWS (RFC 7515) whose payload, detached as its
 * appendix F has it, is manifest.json byte by byte.  Any JOSE library verifies it.
 */
#include "manifest/manifest.h"

#include "core/buf.h"
#include "core/task.h"
#include "jose/digest.h"
#include "jose/keys.h"
#include "jose/verify.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#define SEAL_MAX_BYTES  (4u << 10)
#define TRUST_MAX_BYTES (64u << 10)

static const enum alg seal_algs[] = {ALG_ES256, ALG_ES384, ALG_PS256, ALG_EDDSA, ALG_NONE};

static const char *seal_path(struct task *task, const struct manifest *manifest);
static int seal_read(
    struct task *task, const struct manifest *manifest, const char **ret_header_and_signature);
static int refuse(struct task *task, const struct manifest *manifest, const char *what);
static const char *hash_of(struct task *task, struct bytes bytes);
static const char *hash_of_file(struct task *task, const char *path);
static int hash_write(struct task *task, struct manifest *manifest);
static int seal_make(struct task *task, const struct manifest *manifest, struct signer *signer);
static int file_replace(struct task *task, const char *path, struct bytes bytes);

int
manifest_trust_read(struct task *task, const char *path, struct jwks *ret_trust)
{
	struct bytes bytes;
	json_t *json;
	int r;

	r = manifest_file_read(task, path, TRUST_MAX_BYTES, &bytes);
	if (r < 0)
		return r;
	if (json_parse_object(task, (const char *)bytes.at, bytes.len, &json) < 0 ||
	    jwks_parse(task, json_keep(task, json), ret_trust) < 0) {
		fault_clear(task);
		return fail(task, MISCONFIGURED, "%s: is no JWK Set of public keys", path);
	}
	return 0;
}

int
manifest_seal_check(struct task *task, const struct manifest *manifest, const struct jwks *trust,
    bool *ret_is_signed)
{
	struct jws_expect expect = {.algs = seal_algs, .typ = MANIFEST_SEAL_TYP, .keys = trust};
	const char *seal, *dots, *compact;
	auto_jws jws = {0};
	int r;

	*ret_is_signed = false;
	if (!trust || access(seal_path(task, manifest), F_OK) < 0)
		return 0;
	r = seal_read(task, manifest, &seal);
	if (r < 0)
		return r;
	dots = strstr(seal, "..");
	if (!dots)
		return refuse(task, manifest, "is no JWS with a detached payload");
	compact = task_printf(task, "%.*s.%s%s", (int)(dots - seal), seal,
	    b64u_encode(task, manifest->bytes), dots + 1);
	if (jws_open(task, compact, &expect, &jws) < 0)
		return refuse(task, manifest, task_dup(task, task->fault.text));
	if (!manifest->file_hash)
		return refuse(task, manifest, "speaks of no file: sha256 is missing");
	*ret_is_signed = true;
	return 0;
}

static const char *
seal_path(struct task *task, const struct manifest *manifest)
{
	size_t len = strlen(manifest->path);

	if (str_ends(manifest->path, ".json"))
		len -= strlen(".json");
	return task_printf(task, "%.*s.sig", (int)len, manifest->path);
}

static int
seal_read(struct task *task, const struct manifest *manifest, const char **ret_header_and_signature)
{
	struct bytes bytes;
	int r;

	r = manifest_file_read(task, seal_path(task, manifest), SEAL_MAX_BYTES, &bytes);
	if (r < 0)
		return r;
	*ret_header_and_signature =
	    task_dup_n(task, (const char *)bytes.at, strcspn((const char *)bytes.at, "\r\n"));
	return 0;
}

static int
refuse(struct task *task, const struct manifest *manifest, const char *what)
{
	fault_clear(task);
	return fail(task, MISCONFIGURED, "%s: the signature: %s", seal_path(task, manifest), what);
}

int
manifest_file_check(struct task *task, const struct manifest *manifest, struct bytes bytes)
{
	if (!manifest->file_hash || str_equal(hash_of(task, bytes), manifest->file_hash))
		return 0;
	return fail(task, MISCONFIGURED, "%s: is not the file that its manifest means (sha256)",
	    manifest->plugin ? manifest->plugin : manifest->program);
}

static const char *
hash_of(struct task *task, struct bytes bytes)
{
	uint8_t hash[DIGEST_BYTES];

	digest_sha256(bytes, hash);
	return b64u_encode(task, (struct bytes){hash, sizeof(hash)});
}

/* NULL: it cannot be read. */
static const char *
hash_of_file(struct task *task, const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	const char *hash = NULL;
	struct stat status;
	void *at;

	if (fd < 0 || fstat(fd, &status) < 0 || status.st_size == 0) {
		close(fd);
		return NULL;
	}
	at = mmap(NULL, (size_t)status.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
	close(fd);
	if (at == MAP_FAILED)
		return NULL;
	hash = hash_of(task, (struct bytes){at, (size_t)status.st_size});
	munmap(at, (size_t)status.st_size);
	return hash;
}

int
manifest_sign(struct task *task, const char *path, const char *key_path, json_t **ret_jwk)
{
	struct manifest manifest;
	struct signer *signer;
	int r;

	r = manifest_read(task, path, &manifest);
	if (r < 0)
		return r;
	r = hash_write(task, &manifest);
	if (r < 0)
		return r;
	r = signer_load(task, key_path, &signer);
	if (r < 0)
		return r;
	r = seal_make(task, &manifest, signer);
	if (r == 0) {
		*ret_jwk = jwk_json(signer_jwk(signer));
		json_set_text(*ret_jwk, "kid", signer_kid(signer));
	}
	signer_free(signer);
	return r;
}

/* A manifest that says it already keeps its bytes. */
static int
hash_write(struct task *task, struct manifest *manifest)
{
	const char *file = manifest->plugin ? manifest->plugin : manifest->program;
	json_auto_t *json = NULL;
	const char *hash;
	char *text;

	hash = hash_of_file(task, file);
	if (!hash)
		return fail(task, MISCONFIGURED, "%s: cannot be read", file);
	if (str_equal(manifest->file_hash, hash))
		return 0;
	json = json_deep_copy(manifest->whole);
	json_set_text(json, "sha256", hash);
	text = json_dumps(json, JSON_INDENT(4) | JSON_PRESERVE_ORDER);
	manifest->bytes = BYTES_OF(task_printf(task, "%s\n", text));
	free(text);
	return file_replace(task, manifest->path, manifest->bytes);
}

static int
seal_make(struct task *task, const struct manifest *manifest, struct signer *signer)
{
	json_auto_t *header = json_pack("{s:s, s:s, s:s}", "alg", alg_name(signer_alg(signer)),
	    "kid", signer_kid(signer), "typ", MANIFEST_SEAL_TYP);
	const char *head = b64u_encode(task, BYTES_OF(json_text(task, header)));
	const char *input = task_printf(task, "%s.%s", head, b64u_encode(task, manifest->bytes));
	struct bytes signature;
	int r;

	r = signer_sign(task, signer, BYTES_OF(input), &signature);
	if (r < 0)
		return r;
	return file_replace(task, seal_path(task, manifest),
	    BYTES_OF(task_printf(task, "%s..%s\n", head, b64u_encode(task, signature))));
}

/* Whole or not at all. */
static int
file_replace(struct task *task, const char *path, struct bytes bytes)
{
	const char *new = task_printf(task, "%s.new", path);
	FILE *file = fopen(new, "we");
	bool is_written;

	if (!file)
		return fail(task, MISCONFIGURED, "%s: %s", new, strerror(errno));
	is_written = fwrite(bytes.at, 1, bytes.len, file) == bytes.len;
	is_written = fclose(file) == 0 && is_written;
	if (!is_written || chmod(new, 0644) < 0 || rename(new, path) < 0) {
		unlink(new);
		return fail(task, MISCONFIGURED, "%s: could not be written", path);
	}
	return 0;
}
