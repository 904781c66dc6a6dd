/* SPDX-License-Identifier: Apache-2.0
 *
 * The files of card authorities (see authority.h).
 */
#include "login/card/authority.h"

#include "core/json_folder.h"
#include "core/task.h"
#include "login/login.h"
#include "x509/trust.h"

#include <stdlib.h>
#include <string.h>

#define POLICIES_MAX    32
#define OCSP_AGE_S      120 /* Web eID */
#define CRL_REFRESH_S   3600
#define CRL_STALE_MAX_S (30 * 86400)

static int authority_read(
    struct task *task, const char *folder, const json_t *json, struct authority *authority);
static int ways_read(struct task *task, const json_t *json, struct authority *authority);
static int ocsp_read_terms(
    struct task *task, const char *folder, const json_t *json, struct authority *authority);
static int crl_read_terms(struct task *task, const json_t *json, struct authority *authority);
static int policies_read(struct task *task, const json_t *json, struct authority *authority);
static int person_read(struct task *task, const json_t *json, struct authority *authority);
static int members_check(struct task *task, const struct authority *authority, const json_t *json,
    const char *const *names);
static int seconds_read(struct task *task, const struct authority *authority, const json_t *json,
    const char *name, int64_t *ret_s);
static const char *path_of(struct task *task, const char *folder, const char *path);
static bool is_web_address(const char *url);

int
authorities_read(struct task *task, const char *folder, struct authorities *ret_authorities)
{
	struct authorities authorities = {0};
	const char *id;
	json_t *all, *json;
	int r;

	r = json_folder_read(task, folder, &all);
	if (r < 0)
		return r;
	if (json_object_size(all) == 0)
		return fail(task, MISCONFIGURED, "%s: no authority of cards", folder);
	authorities.json = json_incref(all);
	authorities.at = calloc(json_object_size(all), sizeof(*authorities.at));
	json_object_foreach(all, id, json) {
		authorities.at[authorities.n].id = id;
		r = authority_read(task, folder, json, &authorities.at[authorities.n++]);
		if (r < 0) {
			authorities_free(&authorities);
			return r;
		}
	}
	*ret_authorities = authorities;
	return 0;
}

static int
authority_read(
    struct task *task, const char *folder, const json_t *json, struct authority *authority)
{
	static const char *const names[] = {"$schema", "certificates_file", "revocation", "ocsp",
	    "crl", "policies", "person", "acr", NULL};
	const char *file = json_get_text(json, "certificates_file");
	int r;

	r = members_check(task, authority, json, names);
	if (r < 0)
		return r;
	if (file == NULL)
		return fail(
		    task, MISCONFIGURED, "card authority %s: no certificates_file", authority->id);
	authority->acr = json_get_text(json, "acr");
	if (!login_acr_is_level(authority->acr))
		return fail(task, MISCONFIGURED, "card authority %s: acr is no level of ours",
		    authority->id);
	if ((r = ways_read(task, json, authority)) < 0 ||
	    (r = ocsp_read_terms(task, folder, json_object_get(json, "ocsp"), authority)) < 0 ||
	    (r = crl_read_terms(task, json_object_get(json, "crl"), authority)) < 0 ||
	    (r = policies_read(task, json_object_get(json, "policies"), authority)) < 0 ||
	    (r = person_read(task, json_object_get(json, "person"), authority)) < 0)
		return r;
	return trust_load(task, path_of(task, folder, file), &authority->trust);
}

/* Nothing said means both, so that nobody forgets to ask. */
static int
ways_read(struct task *task, const json_t *json, struct authority *authority)
{
	const json_t *named = json_object_get(json, "revocation"), *way;
	size_t i;

	if (named == NULL) {
		authority->ways[0] = AUTHORITY_OCSP;
		authority->ways[1] = AUTHORITY_CRL;
		return 0;
	}
	authority->asks_nobody = str_equal(json_string_value(named), "none");
	if (authority->asks_nobody)
		return 0;
	json_array_foreach(named, i, way) {
		const char *name = json_string_value(way);

		if (i > 1 || (!str_equal(name, "ocsp") && !str_equal(name, "crl")))
			break;
		authority->ways[i] = str_equal(name, "ocsp") ? AUTHORITY_OCSP : AUTHORITY_CRL;
	}
	if (i == 0 || i != json_array_size(named) || authority->ways[0] == authority->ways[1])
		return fail(task, MISCONFIGURED,
		    "card authority %s: revocation is \"none\", or of [\"ocsp\", \"crl\"]",
		    authority->id);
	return 0;
}

static int
ocsp_read_terms(
    struct task *task, const char *folder, const json_t *json, struct authority *authority)
{
	static const char *const names[] = {"url", "responders_file", "nonce", "age_s", NULL};
	const char *file = json_get_text(json, "responders_file");
	int r;

	authority->ocsp_url = json_get_text(json, "url");
	authority->has_nonce = !json_is_false(json_object_get(json, "nonce"));
	authority->ocsp_age_s = OCSP_AGE_S;
	r = members_check(task, authority, json, names);
	if (r == 0)
		r = seconds_read(task, authority, json, "age_s", &authority->ocsp_age_s);
	if (r < 0)
		return r;
	if (authority->ocsp_url != NULL && !is_web_address(authority->ocsp_url))
		return fail(task, MISCONFIGURED, "card authority %s: the url of ocsp is none",
		    authority->id);
	return file == NULL ? 0
			    : trust_load(task, path_of(task, folder, file), &authority->responders);
}

static int
crl_read_terms(struct task *task, const json_t *json, struct authority *authority)
{
	static const char *const names[] = {"url", "refresh_s", "stale_s", NULL};
	int r;

	authority->crl_url = json_get_text(json, "url");
	authority->crl_refresh_s = CRL_REFRESH_S;
	r = members_check(task, authority, json, names);
	if (r == 0)
		r = seconds_read(task, authority, json, "refresh_s", &authority->crl_refresh_s);
	if (r == 0)
		r = seconds_read(task, authority, json, "stale_s", &authority->crl_stale_s);
	if (r < 0)
		return r;
	if (authority->crl_url != NULL && !is_web_address(authority->crl_url))
		return fail(task, MISCONFIGURED, "card authority %s: the url of crl is none",
		    authority->id);
	return 0;
}

static int
oids_read(struct task *task, const struct authority *authority, const json_t *json,
    const char ***ret_oids)
{
	size_t n = json_array_size(json), i;
	const char **oids;
	const json_t *oid;

	if (json == NULL)
		return 0;
	if (!json_is_array(json) || n > POLICIES_MAX)
		return fail(task, MISCONFIGURED, "card authority %s: policies are lists of OIDs",
		    authority->id);
	oids = calloc(n + 1, sizeof(*oids));
	*ret_oids = oids;
	json_array_foreach(json, i, oid) {
		const char *text = json_string_value(oid);

		if (text == NULL || text[strspn(text, "0123456789.")] != '\0')
			return fail(task, MISCONFIGURED,
			    "card authority %s: a policy is no dotted OID", authority->id);
		oids[i] = text;
	}
	return 0;
}

static int
policies_read(struct task *task, const json_t *json, struct authority *authority)
{
	static const char *const names[] = {"allow", "refuse", NULL};
	int r;

	r = members_check(task, authority, json, names);
	if (r == 0)
		r = oids_read(task, authority, json_object_get(json, "allow"), &authority->allowed);
	if (r == 0)
		r = oids_read(
		    task, authority, json_object_get(json, "refuse"), &authority->refused);
	return r;
}

/* The key holds the authority's own name unless the file says otherwise: two authorities may give
 * the same number to two people (case X15). */
static int
person_read(struct task *task, const json_t *json, struct authority *authority)
{
	static const char *const names[] = {"attribute", "prefix", "hash", "key", NULL};
	const char *attribute = json_get_text(json, "attribute"), *key = json_get_text(json, "key");
	int r;

	r = members_check(task, authority, json, names);
	if (r < 0)
		return r;
	if (key != NULL && strstr(key, "{value}") == NULL)
		return fail(
		    task, MISCONFIGURED, "card authority %s: key has no {value}", authority->id);
	authority->attribute = attribute != NULL ? attribute : "serialNumber";
	authority->prefix = json_get_text(json, "prefix");
	authority->is_hashed = json_get_bool(json, "hash");
	authority->key = key;
	return 0;
}

static int
members_check(struct task *task, const struct authority *authority, const json_t *json,
    const char *const *names)
{
	const char *other;

	if (json == NULL)
		return 0;
	if (!json_is_object(json))
		return fail(
		    task, MISCONFIGURED, "card authority %s: a member is no object", authority->id);
	if (!json_has_only(json, names, &other))
		return fail(
		    task, MISCONFIGURED, "card authority %s: %s is unknown", authority->id, other);
	return 0;
}

static int
seconds_read(struct task *task, const struct authority *authority, const json_t *json,
    const char *name, int64_t *ret_s)
{
	int64_t seconds;

	if (json_object_get(json, name) == NULL)
		return 0;
	if (!json_get_i64(json, name, &seconds) || seconds < 0 || seconds > CRL_STALE_MAX_S)
		return fail(task, MISCONFIGURED,
		    "card authority %s: %s is no number of seconds up to 30 days", authority->id,
		    name);
	*ret_s = seconds;
	return 0;
}

static const char *
path_of(struct task *task, const char *folder, const char *path)
{
	return path[0] == '/' ? path : task_printf(task, "%s/%s", folder, path);
}

static bool
is_web_address(const char *url)
{
	return (str_starts(url, "http://") || str_starts(url, "https://")) &&
	       str_is_printable_ascii(url) && strchr(url, ' ') == NULL;
}

void
authorities_free(struct authorities *authorities)
{
	for (size_t i = 0; i < authorities->n; i++) {
		trust_free(authorities->at[i].trust);
		trust_free(authorities->at[i].responders);
		free(authorities->at[i].allowed);
		free(authorities->at[i].refused);
	}
	free(authorities->at);
	json_decref(authorities->json);
}

const struct authority *
authority_named(const struct authorities *authorities, const char *id)
{
	for (size_t i = 0; i < authorities->n; i++)
		if (str_equal(authorities->at[i].id, id))
			return &authorities->at[i];
	return NULL;
}

const struct authority *
authority_of(const struct authorities *authorities, struct bytes card_der)
{
	for (size_t i = 0; i < authorities->n; i++)
		if (trust_issued(authorities->at[i].trust, card_der))
			return &authorities->at[i];
	return NULL;
}
