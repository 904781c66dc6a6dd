/* SPDX-License-Identifier: Apache-2.0
 *
 * Keys in a folder of their own, and tokens of any header and payload, signed rightly: what a
 * stranger may send.
 */
#ifndef UNIT_JOSE_FORGE_H
#define UNIT_JOSE_FORGE_H

#include "unit/unit.h"

#include "jose/keys.h"

#include <ftw.h>

static char forge_folder[64];

static inline int
forge_folder_make(void **state)
{
	(void)state;
	snprintf(forge_folder, sizeof(forge_folder), "%s", "/tmp/dvara-jose-XXXXXX");
	return mkdtemp(forge_folder) == NULL ? -1 : 0;
}

static inline int
forge_remove(const char *path, const struct stat *st, int kind, struct FTW *ftw)
{
	(void)st, (void)kind, (void)ftw;
	return remove(path);
}

static inline int
forge_folder_remove(void **state)
{
	(void)state;
	return nftw(forge_folder, forge_remove, 8, FTW_DEPTH | FTW_PHYS);
}

static inline const char *
forge_path(struct task *task, const char *name)
{
	return task_printf(task, "%s/%s", forge_folder, name);
}

/* A fresh key; PS256 cannot be told from its file, so it goes by keys_load(). */
static inline struct signer *
forge_signer(struct task *task, enum alg alg)
{
	struct signer *signer;
	const char *kid;

	assert_int_equal(key_create(task, forge_folder, alg, &kid), 0);
	assert_int_equal(
	    signer_load(task, forge_path(task, task_printf(task, "%s.pem", kid)), &signer), 0);
	return signer;
}

/* The text of header and payload as they are, signed by signer. */
static inline const char *
forge_token(struct task *task, struct signer *signer, const char *header, const char *payload)
{
	const char *input = task_printf(task, "%s.%s", b64u_encode(task, BYTES_OF(header)),
	    b64u_encode(task, BYTES_OF(payload)));
	struct bytes signature;

	assert_int_equal(signer_sign(task, signer, BYTES_OF(input), &signature), 0);
	return task_printf(task, "%s.%s", input, b64u_encode(task, signature));
}

static inline json_t *
forge_json(const char *text)
{
	json_t *json = json_loads(text, JSON_DECODE_ANY, NULL);

	assert_non_null(json);
	return json;
}

#endif
