/* SPDX-License-Identifier: Apache-2.0
 *
 * What a service says of itself (manifest.json, conf/schema/service.json): what is not in it cannot
 * be asked, received or shown.  Read by the gateway, by dvara-service and by `dvara service`.
 */
#ifndef MANIFEST_MANIFEST_H
#define MANIFEST_MANIFEST_H

#include "core/json.h"
#include "core/str.h"
#include "jose/jwk.h"

#include <stdbool.h>

#define MANIFEST_LANGUAGES "km lo en fr ar"

struct task;

struct manifest {
	const char *id; /* [a-z][a-z0-9-]{1,31}: path, sector, key */
	const char *version;
	const json_t *name, *summary; /* {lang: text} */
	const json_t
	    *attributes; /* [{name, essential, why{lang}}]: all it may ask at POST /attributes */
	const json_t *events; /* [{type, label{lang}}]: all it may tell at POST /news; NULL: none */
	bool takes_clients;   /* callers has "client": those that call for themselves come too */
	const char *basis;    /* "consent", "legal_duty", "public_task" */
	const json_t *law;    /* {lang: text} of the duty or task; NULL for consent */
	int64_t data_life_s;  /* how long it keeps what it was given; 0: not beyond the call */
	const json_t *network; /* ["host:port" or "gateway"] that it calls by itself; empty: none */
	int64_t timeout_ms;    /* of one call; 0: settings services.deadline */
	const char *plugin;    /* path of the .so, in the manifest's folder; NULL: a program */
	const char *program;   /* path of a program that speaks HTTP, likewise; NULL: a plugin */
	const char *file_hash; /* SHA-256 of plugin or program, base64url; NULL: not said */
	const char *path;      /* of manifest.json */
	struct bytes bytes;    /* as read: what is signed */
	const json_t *whole;   /* the same taken apart, for the catalogue */
};

/* Checks every member; an unknown one is an error.  Everything is the task's.  Fails MISCONFIGURED
 * naming file and member. */
int manifest_read(struct task *task, const char *path, struct manifest *ret_manifest);

/* [a-z][a-z0-9-]{1,31}; NULL is not. */
bool manifest_id_is_good(const char *id);

/* Whether it tells of that. */
bool manifest_tells(const struct manifest *manifest, const char *type);

/* A word, or several with points between, as in "application.changed"; NULL is none. */
bool manifest_type_is_good(const char *type);

/* manifest_check.c: the members that have parts. */
int manifest_texts_check(
    struct task *task, const struct manifest *manifest, const char *member, const json_t *texts);
int manifest_attributes_check(struct task *task, const struct manifest *manifest);
int manifest_events_check(struct task *task, const struct manifest *manifest);
int manifest_callers_check(struct task *task, const struct manifest *manifest);
int manifest_network_check(struct task *task, const struct manifest *manifest);
/* manifest_port.c: of "host:port" or "[::1]:port"; of an http or https URL.  0: none. */
int manifest_port(const char *place);
int manifest_port_of_url(const char *url);

/* The languages of MANIFEST_LANGUAGES in which some text is missing; "" where none is. */
const char *manifest_untranslated(struct task *task, const struct manifest *manifest);

/* seal.c: the signature beside it (manifest.sig: a JWS with the manifest's bytes as its detached
 * payload, RFC 7515 appendix F). */
#define MANIFEST_SEAL_TYP "dvara-service+jws"

/* A JWK Set.  Blocks.  Fails MISCONFIGURED. */
int manifest_trust_read(struct task *task, const char *path, struct jwks *ret_trust);

/* True in *ret_is_signed: by one of the keys, and with the hash of its file.  Not signed, or trust
 * is NULL: false.  A signature that is there and wrong fails MISCONFIGURED, whoever asks. */
int manifest_seal_check(struct task *task, const struct manifest *manifest,
    const struct jwks *trust, bool *ret_is_signed);

/* Whether those are the bytes of the plugin or program that the manifest means; where it does not
 * say, any are.  Fails MISCONFIGURED. */
int manifest_file_check(struct task *task, const struct manifest *manifest, struct bytes bytes);

/* Writes the hash of its file into the manifest, and manifest.sig beside it.  key_path: a private
 * key (PEM, 0600).  ret_jwk: its public half with the kid that the signature names, as a set of
 * trust has it; new reference.  Blocks.  Fails MISCONFIGURED. */
int manifest_sign(struct task *task, const char *path, const char *key_path, json_t **ret_jwk);

/* The whole of a file, in the task's arena, with a NUL behind it.  Blocks.  Fails MISCONFIGURED
 * (missing, longer than max_bytes). */
int manifest_file_read(
    struct task *task, const char *path, size_t max_bytes, struct bytes *ret_bytes);

#endif
