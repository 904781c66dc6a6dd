/* SPDX-License-Identifier: Apache-2.0
 *
 * Strict verification of a compact JWS (RFC 7515, RFC 8725).  A token never chooses its algorithm:
 * the caller says which algorithms, which typ, which keys.
 */
#ifndef JOSE_VERIFY_H
#define JOSE_VERIFY_H

#include "jose/jwk.h"

struct chain;
struct trust;

#define JWS_MAX_BYTES (64u << 10)

/* What clocks may differ by.  A token is taken until JWS_SKEW_S after exp; iat and nbf may lie less
 * than JWS_AHEAD_S ahead (FAPI 2.0 section 5.3.2.1: 10 s must be taken, over 60 s refused). */
#define JWS_SKEW_S  60
#define JWS_AHEAD_S 30

struct jws_expect {
	const enum alg *algs; /* ends with ALG_NONE */
	const char *typ;      /* exact (media type prefix "application/" and case ignored, RFC 7515
				 section 4.1.9); NULL: absent or "JWT" */
	const struct jwks *keys; /* one of keys, key */
	struct jwk *key;
	const char *issuer;   /* NULL: not looked at */
	const char *audience; /* NULL: not looked at; else aud holds it */
	bool aud_is_single;   /* aud must be that one string, not an array */
	bool needs_exp;
	bool needs_iat;
	bool needs_nbf;
	int64_t max_age_s; /* of iat, which must then be there; JWS_SKEW_S comes on top; 0: any */
	int64_t max_nbf_age_s; /* of nbf, likewise */
	int64_t max_life_s;    /* exp, where it is there, at most this far ahead, likewise */
};

/* A token taken apart, nothing checked but its form: to find out whose it says it is. */
struct jws {
	json_t *header, *claims; /* owned: jws_close() */
	const char *signed_part; /* header.payload, in the arena */
	struct bytes signature;
};
/* Three parts of canonical base64url, none empty, two of them JSON objects.  Fails INVALID_TOKEN.
 */
int jws_parse(struct task *task, const char *compact, struct jws *ret_jws);
/* With another maximum of the whole: a status list is longer than any token. */
int jws_parse_sized(struct task *task, const char *compact, size_t max_bytes, struct jws *ret_jws);
void jws_close(struct jws *jws);
#define auto_jws __attribute__((cleanup(jws_close))) struct jws

/* alg, typ, no crit, no b64, key, signature; then exp, nbf, iat, iss, aud.  Numbers of time are
 * integers from 0 to 2^53.  Fails INVALID_TOKEN: recast it where the door calls it otherwise. */
int jws_verify(struct task *task, const struct jws *jws, const struct jws_expect *expect);

/* Both in one; on failure there is nothing to close. */
int jws_open(
    struct task *task, const char *compact, const struct jws_expect *expect, struct jws *ret_jws);

/* The key that signed, out of the header's x5c: a chain that must end at an anchor of trust (no
 * jku, x5u or jwk is ever looked at).  The caller drops *ret_jwk.  Fails INVALID_TOKEN. */
int jws_key_of_chain(struct task *task, const struct jws *jws, const struct trust *trust,
    struct chain *ret_chain, struct jwk **ret_jwk);

/* The claims of time only, for tokens whose signature is known by another way. */
int jws_check_times(struct task *task, const json_t *claims, const struct jws_expect *expect);

#endif
