/* SPDX-License-Identifier: Apache-2.0
 *
 * One upstream as it is configured, and the steps of a login by it: private to login/upstream.
 */
#ifndef LOGIN_UPSTREAM_PROVIDER_H
#define LOGIN_UPSTREAM_PROVIDER_H

#include "jose/keys.h"
#include "jose/verify.h"
#include "login/login.h"
#include "records/departure.h"

/* Text and JSON members are borrowed from json, which is the file. */
struct upstream {
	struct upstream *next;
	json_t *json;
	char *name;                 /* [a-z0-9-], at most 64 */
	const json_t *title, *hint; /* {lang: text}; hint may be NULL */
	const char *issuer, *client_id, *scope;
	const char *auth_method; /* private_key_jwt, client_secret_basic, client_secret_post */
	char *client_secret;     /* or NULL */
	struct signer *signer;   /* of private_key_jwt, or NULL */
	json_t *private_key;     /* JWK that ID tokens are encrypted for; NULL: they are not */
	struct jwks pinned;      /* its keys, where its jwks_uri is not asked; else none */
	json_t *public_keys;     /* JWK Set of the two, for the upstream */
	enum alg id_token_alg;
	const json_t *acr;        /* {its value: level} */
	const char *acr_default;  /* level of any other value; NULL: refused */
	const json_t *parameters; /* {name: text} of our own at its authorization endpoint */
	const json_t *asks;       /* [{parameter, kind, label}]: what the person is asked for */
	const json_t *person;     /* who it is here: {match, enroll} (identity.c) */
	bool has_userinfo;
	const char *list; /* name of the list of trusted issuers that it is of, or NULL */
};

struct trust_list;

struct upstreams {
	struct upstream *first;
	struct trust_list *lists;
};

/* NULL: none of that name. */
const struct upstream *upstream_named(const struct task *task, const char *name);

/* For records/evidence.h: it, and the list that it is of. */
const char *upstream_reference(struct task *task, const struct upstream *upstream);

/* Its row in the chooser: the id. */
const char *upstream_way(struct task *task, const struct upstream *upstream);

/* One file as JSON; the caller owns it. */
int upstream_file(struct task *task, const char *path, json_t **ret_json);

/* What a file, or an entry of a list (trust_list.h), says.  path: of the file, for messages and as
 * the beginning of relative paths.  Fails MISCONFIGURED.  upstream_free() is legal on NULL. */
struct upstream_source {
	const char *path, *name;
	json_t *json; /* borrowed, and then held */
};
int upstream_of(
    struct task *task, const struct upstream_source *source, struct upstream **ret_upstream);
void upstream_free(struct upstream *upstream);

/* Public keys that outlive the task.  Fails INVALID_REQUEST. */
int upstream_keys_read(struct task *task, const json_t *json, struct jwks *ret_keys);
void upstream_keys_drop(struct jwks *keys);

/* Where the upstream sends people back to. */
const char *upstream_redirect_uri(struct task *task, const struct upstream *upstream);

/* Its own metadata (OpenID Connect Discovery 1.0), checked; in the task's arena. */
struct metadata {
	const char *authorization_endpoint, *token_endpoint, *jwks_uri;
	const char *userinfo_endpoint, *par_endpoint; /* or NULL */
	bool answers_with_iss;                        /* RFC 9207 */
};
/* Kept for five minutes; after a failure there is peace for 10 s.  Fails UPSTREAM_BROKEN,
 * UPSTREAM_LATE, BUSY: it is away. */
int upstream_metadata(
    struct task *task, const struct upstream *upstream, struct metadata *ret_metadata);
/* From the text of a document; fails UPSTREAM_BROKEN.  issuer: whose it must be. */
int metadata_read(struct task *task, const char *issuer, struct bytes text, json_t **ret_json);
/* Whether the last call to it failed, a moment ago: any thread. */
bool metadata_is_away(const char *issuer);
void metadata_set_away(const char *issuer);

/* POST to it as its client: form {name, value} with credentials added; the answer is a JSON
 * object, kept by the task, with its status.  Fails as http_fetch(), and UPSTREAM_BROKEN where it
 * is no JSON. */
struct upstream_call {
	const char *url;
	const struct pair *form;
	size_t n_form;
};
int upstream_post(struct task *task, const struct upstream *upstream,
    const struct upstream_call *call, int *ret_status, const json_t **ret_answer);

/* A code for its tokens.  Fails INVALID_GRANT where the upstream refuses it. */
struct upstream_tokens {
	const char *id_token, *access_token; /* access_token may be NULL */
};
int upstream_redeem(struct task *task, const struct upstream *upstream,
    const struct departure *departure, const char *code, struct upstream_tokens *ret_tokens);

/* The ID token in two steps, since its kid says which keys are wanted.  Opened: decrypted where it
 * must be, taken apart, nothing checked.  Checked: all of OpenID Connect Core section 3.1.3.7.
 * Both fail INVALID_TOKEN. */
int id_token_open(
    struct task *task, const struct upstream *upstream, const char *compact, struct jws *ret_jws);
struct id_token_expect {
	const struct jwks *keys;
	const char *nonce;
	const char *access_token; /* that at_hash, where there is one, must be of; or NULL */
	int64_t auth_since_s;     /* auth_time must be there, and no earlier; 0: any */
};
int id_token_check(struct task *task, const struct upstream *upstream, const struct jws *jws,
    const struct id_token_expect *expect);

/* Claims of userinfo, of the same sub; kept by the task.  Fails INVALID_TOKEN, and as http_fetch().
 */
int upstream_userinfo(struct task *task, const struct metadata *metadata, const char *access_token,
    const char *subject, const json_t **ret_claims);

/* What it proved, by its mapping: the level (NULL: none of ours) and the words of amr. */
const char *upstream_acr(const struct upstream *upstream, const json_t *claims);
const char *const *upstream_amr(struct task *task, const json_t *claims);
/* The highest level that it reaches. */
const char *upstream_acr_highest(const struct task *task, const struct upstream *upstream);
/* Its values that reach what acr_values asks for, as words; NULL: none. */
const char *upstream_acr_values(
    struct task *task, const struct upstream *upstream, const char *acr_values);

#endif
