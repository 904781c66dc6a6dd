/* SPDX-License-Identifier: Apache-2.0
 *
 * Client secrets at rest: scrypt (RFC 7914) for what people chose, SHA-256 for what we drew.
 * Called by records/client.c and access/client_auth.c.
 */
#include "jose/digest.h"

#include "core/fiber.h"
#include "core/offload.h"
#include "core/random.h"
#include "core/task.h"

#include <openssl/evp.h>
#include <string.h>

/* 32 MiB and some 80 ms. */
#define SCRYPT_N       (1u << 15)
#define SCRYPT_R       8u
#define SCRYPT_P       1u
#define SALT_BYTES     16
#define SECRET_MAX_LEN 1024
#define PARTS          6 /* scrypt, N, r, p, salt, hash */

/* The most that a stored text may ask for, so that a bad row cannot take all memory. */
#define SCRYPT_MAX_N     (1 << 17)
#define SCRYPT_MAX_BYTES (160u << 20)

struct scrypt {
	struct bytes secret, salt;
	int64_t n, r, p;
	uint8_t hash[DIGEST_BYTES];
	bool ok;
};

static int scrypt_offload(struct task *task, struct scrypt *scrypt);
static void scrypt_run(void *arg);
static int scrypt_read(
    struct task *task, const char *stored, struct scrypt *ret_scrypt, struct bytes *ret_hash);

int
digest_secret_store(struct task *task, const char *secret, const char **ret_stored)
{
	struct scrypt *scrypt = task_new(task, struct scrypt);
	uint8_t *salt = task_alloc(task, SALT_BYTES);
	int r;

	if (strlen(secret) > SECRET_MAX_LEN)
		return fail(task, INVALID_REQUEST, "secret is over %d bytes", SECRET_MAX_LEN);
	random_bytes(salt, SALT_BYTES);
	*scrypt = (struct scrypt){
	    BYTES_OF(secret), {salt, SALT_BYTES}, SCRYPT_N, SCRYPT_R, SCRYPT_P, {0}, false};
	r = scrypt_offload(task, scrypt);
	if (r < 0)
		return r;
	*ret_stored = task_printf(task, "scrypt$%u$%u$%u$%s$%s", SCRYPT_N, SCRYPT_R, SCRYPT_P,
	    b64u_encode(task, scrypt->salt),
	    b64u_encode(task, (struct bytes){scrypt->hash, DIGEST_BYTES}));
	return 0;
}

const char *
digest_secret_store_random(struct task *task, const char *secret)
{
	return task_printf(task, "sha256$%s", digest_b64u(task, secret));
}

int
digest_secret_matches(struct task *task, const char *secret, const char *stored, bool *ret_matches)
{
	struct scrypt *scrypt;
	struct bytes hash;
	int r;

	if (str_starts(stored, "sha256$")) {
		const char *again = digest_secret_store_random(task, secret);

		*ret_matches = bytes_equal_secretly(BYTES_OF(again), BYTES_OF(stored));
		return 0;
	}
	if (strlen(secret) > SECRET_MAX_LEN) {
		*ret_matches = false;
		return 0;
	}
	scrypt = task_new(task, struct scrypt);
	r = scrypt_read(task, stored, scrypt, &hash);
	if (r < 0)
		return r;
	scrypt->secret = BYTES_OF(secret);
	r = scrypt_offload(task, scrypt);
	if (r < 0)
		return r;
	*ret_matches = bytes_equal_secretly((struct bytes){scrypt->hash, DIGEST_BYTES}, hash);
	return 0;
}

static int
scrypt_read(
    struct task *task, const char *stored, struct scrypt *ret_scrypt, struct bytes *ret_hash)
{
	char *rest = task_dup(task, stored), *parts[PARTS];
	struct scrypt scrypt = {0};
	struct bytes hash;
	size_t n = 0;

	while (rest != NULL && n < PARTS)
		parts[n++] = strsep(&rest, "$");
	if (n != PARTS || rest != NULL || !str_equal(parts[0], "scrypt"))
		return fail(task, BROKEN, "a stored secret is not of a known form");
	if (!str_to_i64(parts[1], 2, SCRYPT_MAX_N, &scrypt.n) ||
	    !str_to_i64(parts[2], 1, 32, &scrypt.r) || !str_to_i64(parts[3], 1, 16, &scrypt.p))
		return fail(task, BROKEN, "a stored secret asks for too much work");
	if (!b64u_decode(task, parts[4], strlen(parts[4]), &scrypt.salt) ||
	    !b64u_decode(task, parts[5], strlen(parts[5]), &hash) || hash.len != DIGEST_BYTES)
		return fail(task, BROKEN, "a stored secret is not of a known form");
	*ret_scrypt = scrypt;
	*ret_hash = hash;
	return 0;
}

/* Outside of a fiber (a command, a test) nobody waits for this thread. */
static int
scrypt_offload(struct task *task, struct scrypt *scrypt)
{
	if (fiber_current() == NULL) {
		scrypt_run(scrypt);
	} else {
		int r = offload(task, scrypt_run, scrypt);

		if (r < 0)
			return r;
	}
	if (!scrypt->ok)
		return fail(task, BROKEN, "scrypt refused its parameters");
	return 0;
}

static void
scrypt_run(void *arg)
{
	struct scrypt *scrypt = arg;

	scrypt->ok =
	    EVP_PBE_scrypt((const char *)scrypt->secret.at, scrypt->secret.len, scrypt->salt.at,
		scrypt->salt.len, (uint64_t)scrypt->n, (uint64_t)scrypt->r, (uint64_t)scrypt->p,
		SCRYPT_MAX_BYTES, scrypt->hash, DIGEST_BYTES) == 1;
}
