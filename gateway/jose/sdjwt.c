/* SPDX-License-Identifier: Apache-2.0
 *
 * Presentations of SD-JWT VC with key binding: the verification order of RFC 9901 section 7.3 and
 * SD-JWT VC, each step before the next.  Called by login/wallet.
 */
#include "jose/sdjwt.h"

#include "core/task.h"
#include "jose/digest.h"
#include "x509/trust.h"

#include <string.h>

#define MAX_BYTES JWS_MAX_BYTES

struct presentation {
	const char *issuer_jwt;
	const char *disclosures[SDJWT_MAX_DISCLOSURES];
	size_t n_disclosures;
	const char *kb_jwt;
	const char *bound; /* everything up to and including the last ~ */
};

static int presentation_split(
    struct task *task, const char *text, struct presentation *ret_presentation);
static int issuer_check(struct task *task, const struct jws *jws, const struct sdjwt_expect *expect,
    struct sdjwt *sdjwt);
static int issuer_check_by(struct task *task, const struct jws *jws,
    const struct sdjwt_expect *expect, const struct jwks *keys, struct jwk *key);
static int claims_check(struct task *task, const json_t *payload, const struct sdjwt_expect *expect,
    struct sdjwt *sdjwt);
static int status_read(struct task *task, const json_t *payload, struct sdjwt *sdjwt);
static int holder_check(struct task *task, const struct presentation *presentation,
    const json_t *payload, const struct sdjwt_expect *expect);
static int binding_check(struct task *task, const struct presentation *presentation,
    const json_t *claims, const struct sdjwt_expect *expect);

int
sdjwt_verify(struct task *task, const char *presentation, const struct sdjwt_expect *expect,
    struct sdjwt *ret_sdjwt)
{
	struct presentation *parts = task_new(task, struct presentation);
	auto_sdjwt sdjwt = {0};
	auto_jws jws = {0};
	int r;

	if ((r = presentation_split(task, presentation, parts)) < 0)
		return r;
	if (jws_parse(task, parts->issuer_jwt, &jws) < 0)
		return fault_as(task, INVALID_REQUEST);
	if ((r = issuer_check(task, &jws, expect, &sdjwt)) < 0 ||
	    (r = sdjwt_process(
		 task, jws.claims, parts->disclosures, parts->n_disclosures, &sdjwt.claims)) < 0 ||
	    (r = claims_check(task, jws.claims, expect, &sdjwt)) < 0 ||
	    (r = holder_check(task, parts, jws.claims, expect)) < 0)
		return r;
	*ret_sdjwt = sdjwt;
	sdjwt = (struct sdjwt){0};
	return 0;
}

void
sdjwt_close(struct sdjwt *sdjwt)
{
	json_decref(sdjwt->claims);
	*sdjwt = (struct sdjwt){0};
}

static int
presentation_split(struct task *task, const char *text, struct presentation *ret_presentation)
{
	const char *end;
	char *at;

	if (strnlen(text, MAX_BYTES + 1) > MAX_BYTES)
		return fail(task, INVALID_REQUEST, "SD-JWT: over %u bytes", MAX_BYTES);
	end = strrchr(text, '~');
	if (end == NULL || end[1] == '\0')
		return fail(task, INVALID_REQUEST, "SD-JWT: no key binding");
	ret_presentation->kb_jwt = task_dup(task, end + 1);
	ret_presentation->bound = task_dup_n(task, text, (size_t)(end - text) + 1);

	at = task_dup(task, ret_presentation->bound);
	ret_presentation->issuer_jwt = strsep(&at, "~");
	while (*at != '\0') {
		if (ret_presentation->n_disclosures == SDJWT_MAX_DISCLOSURES)
			return fail(task, INVALID_REQUEST, "SD-JWT: over %d disclosures",
			    SDJWT_MAX_DISCLOSURES);
		ret_presentation->disclosures[ret_presentation->n_disclosures++] = strsep(&at, "~");
	}
	return 0;
}

static int
issuer_check(struct task *task, const struct jws *jws, const struct sdjwt_expect *expect,
    struct sdjwt *sdjwt)
{
	const json_t *iss = json_object_get(jws->claims, "iss");
	auto_jwk *jwk = NULL;
	struct chain chain;
	int r;

	if (expect->trust == NULL)
		return issuer_check_by(task, jws, expect, expect->issuer_keys, NULL);
	if (jws_key_of_chain(task, jws, expect->trust, &chain, &jwk) < 0)
		return fault_as(task, INVALID_REQUEST);
	r = issuer_check_by(task, jws, expect, NULL, jwk);
	if (r < 0)
		return r;
	/* The certificate is the issuer; a name in the token must be one of its names. */
	if (iss != NULL &&
	    (!json_is_string(iss) || !chain_names(task, &chain, json_string_value(iss))))
		return fail(task, INVALID_REQUEST, "SD-JWT: iss is not a name of its certificate");
	sdjwt->issuer_dn = chain.subject;
	sdjwt->issuer_id =
	    digest_b64u(task, task_printf(task, "%s\n%s", chain.anchor_id, chain.subject));
	return 0;
}

static int
issuer_check_by(struct task *task, const struct jws *jws, const struct sdjwt_expect *expect,
    const struct jwks *keys, struct jwk *key)
{
	const struct jws_expect issuer = {
	    .algs = expect->issuer_algs,
	    .typ = "dc+sd-jwt",
	    .keys = keys,
	    .key = key,
	};

	return jws_verify(task, jws, &issuer) < 0 ? fault_as(task, INVALID_REQUEST) : 0;
}

static int
claims_check(struct task *task, const json_t *payload, const struct sdjwt_expect *expect,
    struct sdjwt *sdjwt)
{
	if (!str_equal(json_get_text(payload, "vct"), expect->vct))
		return fail(task, INVALID_REQUEST, "SD-JWT: vct is another");
	return status_read(task, payload, sdjwt);
}

/* A status that we cannot look up is no status: the credential is refused. */
static int
status_read(struct task *task, const json_t *payload, struct sdjwt *sdjwt)
{
	const json_t *status = json_object_get(payload, "status");
	const json_t *list = json_object_get(status, "status_list");
	const char *uri = json_get_text(list, "uri");
	int64_t index;

	if (status == NULL)
		return 0;
	if (uri == NULL || !json_get_i64(list, "idx", &index) || index < 0)
		return fail(
		    task, INVALID_REQUEST, "SD-JWT: status is not a place in a status list");
	sdjwt->status_uri = task_dup(task, uri);
	sdjwt->status_index = index;
	return 0;
}

static int
holder_check(struct task *task, const struct presentation *presentation, const json_t *payload,
    const struct sdjwt_expect *expect)
{
	struct jws_expect holder = {
	    .algs = expect->holder_algs,
	    .typ = "kb+jwt",
	    .audience = expect->audience,
	    .aud_is_single = true,
	    .needs_iat = true,
	    .max_age_s = expect->holder_max_age_s,
	};
	auto_jwk *jwk = NULL;
	auto_jws jws = {0};
	int r;

	r = jwk_parse(task, json_object_get(json_object_get(payload, "cnf"), "jwk"), &jwk);
	if (r < 0)
		return r;
	holder.key = jwk;
	if (jws_open(task, presentation->kb_jwt, &holder, &jws) < 0)
		return fault_as(task, INVALID_REQUEST);
	return binding_check(task, presentation, jws.claims, expect);
}

static int
binding_check(struct task *task, const struct presentation *presentation, const json_t *claims,
    const struct sdjwt_expect *expect)
{
	if (!str_equal(json_get_text(claims, "nonce"), expect->nonce))
		return fail(task, INVALID_REQUEST, "KB-JWT: nonce is another");
	/* RFC 9901 section 4.3.1: over the text as it was sent. */
	if (!str_equal(json_get_text(claims, "sd_hash"), digest_b64u(task, presentation->bound)))
		return fail(task, INVALID_REQUEST, "KB-JWT: sd_hash is another");
	return 0;
}
