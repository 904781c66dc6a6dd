/* SPDX-License-Identifier: Apache-2.0
 *
 * What a person granted a client in one authorization: the code, and the tokens' hot state, in
 * Redis; its revocation in SQL.
 *
 * A code is claimed by one script: found, it is moved aside as spent; found spent, the grant that
 * it gave is named, so that reuse kills it.
 */
#ifndef RECORDS_GRANT_H
#define RECORDS_GRANT_H

#include "core/names.h"
#include "core/str.h"

struct task;

struct grant {
	const char
	    *id; /* 128 random bits; the token's "grant"; NULL: grant_code_issue() makes it */
	const char *client_id, *person_id, *session_id, *consent_id;
	const char *everywhere_id; /* of no session: ends as the person signs out everywhere
				      (person_everywhere()); NULL: session_id says */
	const char *device; /* whose credential made the session that it was given in: its end is
			       the grant's, offline_access or not; NULL: none of ours */
	const char *purpose_id;
	const char *redirect_uri;   /* NULL: none was sent */
	const char *code_challenge; /* S256; NULL: none */
	const char *nonce;
	const char *scope;
	const char *resources; /* words: what tokens may be asked for, services of ours or the
				  gateway (RFC 8707); NULL: the gateway alone */
	const char *resource;  /* of a token: one of them; NULL: the gateway itself (userinfo) */
	const char *jkt;       /* DPoP key (RFC 7638) of its tokens; of a code: dpop_jkt, or NULL */
	const char *x5t;       /* certificate (RFC 8705 x5t#S256) of its tokens, or NULL */
	const char *acr;
	const char *const *amr;
	const json_t *act;   /* who acts for the person (RFC 8693 section 4.1); NULL: the client */
	const char *born_of; /* words: jti of the tokens that it was exchanged for, each for the one
				before; its own end with any of them.  NULL: none */
	int64_t until_s;     /* no token of it lives longer; not kept; 0: by its own life */
	int64_t auth_time_s;
	const char *const *id_token_claims,
	    *const *userinfo_claims; /* names that may be released there */
	const json_t *claim_values; /* {"id_token": {name: [values]}, "userinfo": …}; NULL: none */
	const json_t *authorization_details; /* as granted (RFC 9396); NULL: none */
	int64_t issued_s;
};

/* Makes the code (256 random bits) and keeps the grant under its hash for settings tokens.code. */
int grant_code_issue(struct task *task, struct grant *grant, const char **ret_code);

/* Claims it.  Fails INVALID_GRANT: unknown, expired, from before the epoch, its session ended;
 * spent, after the grant it gave was revoked (durably). */
int grant_code_redeem(struct task *task, const char *code, struct grant *ret_grant);

/* Gives a redeemed code back, where a store of ours failed before anything was given for it: the
 * client may come again with it for the rest of its life. */
int grant_code_return(struct task *task, const char *code, const struct grant *grant);

/* Hot state of an access token for its life, under the SHA-256 of the whole token: the gateway
 * knows its own without taking them apart or verifying a signature. */
struct grant_token {
	const char *jti;
	const char *token_hash; /* digest_b64u() */
	int64_t iat_s, exp_s;
};
int grant_token_keep(struct task *task, const struct grant *grant, const struct grant_token *token);

/* NULL: unknown, expired, its grant or a token that it was exchanged for revoked, its consent
 * withdrawn or its session ended.  Of the grant, what belongs to the code alone (redirect_uri,
 * code_challenge, nonce, id_token_claims, issued_s) is not there. */
int grant_token_find(struct task *task, const char *token_hash, struct grant **ret_grant,
    struct grant_token *ret_token);

/* The end of one access token and of what was exchanged for it, the rest of its grant lives on:
 * durable as by grant_revoke(). */
int grant_token_revoke(
    struct task *task, const struct grant *grant, const struct grant_token *token, const char *why);

/* A grant as one text and back, for the records that keep one (refresh.c).  pack fails
 * INVALID_REQUEST where it is too long to be kept. */
int grant_pack(struct task *task, const struct grant *grant, const char **ret_text);
int grant_unpack(struct task *task, const char *text, struct grant *ret_grant);

/* Durable in SQL, with an audit row, before it returns; its refresh tokens have ended with it, and
 * every process refuses its access tokens at once where Redis is there, and within a second in any
 * case. */
int grant_revoke(struct task *task, const char *grant_id, const char *why);

#endif
