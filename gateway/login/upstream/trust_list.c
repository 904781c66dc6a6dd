/* SPDX-License-Identifier: Apache-2.0
 *
 * Lists of trusted issuers (see trust_list.h).
 */
#include "login/upstream/trust_list.h"

#include "core/clock.h"
#include "core/task.h"
#include "http/fetch.h"
#include "records/trusted.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TYP         "trust-list+jwt"
#define REFRESH_S   3600
#define TRY_AGAIN_S 60
#define ENTRIES_MAX 64
#define OWN_MEMBERS "trust_list acr_highest"

static int source_read(struct task *task, struct trust_list *list);
static const char *path_beside(struct task *task, const char *path, const char *file);
static int text_find(struct task *task, struct trust_list *list, const char **ret_text);
static void entries_add(
    struct task *task, struct trust_list *list, const json_t *claims, struct upstreams *upstreams);
static bool entry_holds(const json_t *entry, int64_t *ret_until_s);
static bool is_configured(const struct upstreams *upstreams, const char *name, const char *issuer);
static json_t *entry_json(struct task *task, const struct trust_list *list, const json_t *entry);
static json_t *levels_capped(struct task *task, const json_t *levels, const char *highest);
static json_t *person_within(const json_t *person, const json_t *profile);
static int fetch(struct task *task, struct trust_list *list);

int
trust_list_open(
    struct task *task, const struct upstream_source *source, struct trust_list **ret_list)
{
	struct trust_list *list = calloc(1, sizeof(*list));
	int r;

	list->path = strdup(source->path);
	list->name = strdup(source->name);
	list->json = json_incref(source->json);
	r = source_read(task, list);
	if (r < 0) {
		trust_list_free(list);
		return r;
	}
	*ret_list = list;
	return 0;
}

static int
source_read(struct task *task, struct trust_list *list)
{
	const json_t *at = json_object_get(list->json, "trust_list");
	const char *keys = json_get_text(at, "keys_file"), *file = json_get_text(at, "file");
	json_auto_t *json = NULL;
	int r;

	list->url = json_get_text(at, "url");
	list->issuer = json_get_text(at, "issuer");
	list->acr_highest = json_get_text(list->json, "acr_highest");
	if (!list->url == !file || !list->issuer || !keys)
		return fail(task, MISCONFIGURED,
		    "%s: trust_list wants issuer, keys_file, and url or file", list->path);
	if (!login_acr_is_level(list->acr_highest))
		return fail(task, MISCONFIGURED, "%s: acr_highest is no level of ours", list->path);
	if (file)
		list->file = strdup(path_beside(task, list->path, file));
	r = upstream_file(task, path_beside(task, list->path, keys), &json);
	if (r < 0)
		return r;
	if (upstream_keys_read(task, json, &list->keys) < 0) {
		fault_clear(task);
		return fail(task, MISCONFIGURED, "%s: is no set of public keys", keys);
	}
	return 0;
}

static const char *
path_beside(struct task *task, const char *path, const char *file)
{
	const char *slash = strrchr(path, '/');

	if (*file == '/' || !slash)
		return file;
	return task_printf(task, "%.*s/%s", (int)(slash - path), path, file);
}

void
trust_list_free(struct trust_list *lists)
{
	struct trust_list *next;

	for (; lists; lists = next) {
		next = lists->next;
		upstream_keys_drop(&lists->keys);
		json_decref(lists->json);
		free(lists->path);
		free(lists->name);
		free(lists->file);
		free(lists->jws);
		free(lists);
	}
}

int
trust_list_add(struct task *task, struct trust_list *list, struct upstreams *upstreams)
{
	const json_t *claims;
	const char *text = NULL;
	int r;

	r = text_find(task, list, &text);
	if (r < 0)
		return r;
	list->jws = text ? strdup(text) : NULL;
	if (!text)
		snprintf(list->why, sizeof(list->why), "%s: the list is not there yet", list->path);
	else if (trust_list_verify(task, list, text, &claims) < 0) {
		snprintf(list->why, sizeof(list->why), "%s: the list is not believed: %.160s",
		    list->path, task->fault.text);
		fault_clear(task);
	} else if (!json_get_i64(claims, "exp", &list->until_s) || list->until_s <= clock_now_s()) {
		snprintf(list->why, sizeof(list->why), "%s: the list has ended", list->path);
		list->until_s = 0;
	} else
		entries_add(task, list, claims, upstreams);
	return 0;
}

static int
text_find(struct task *task, struct trust_list *list, const char **ret_text)
{
	const struct trusted *trusted;
	char *text;
	FILE *file;
	size_t len;
	int r;

	if (list->url) {
		r = trusted_find(task, list->url, &trusted);
		if (r == 0)
			*ret_text = trusted ? trusted->jws : NULL;
		return r;
	}
	*ret_text = NULL;
	file = fopen(list->file, "re");
	if (!file)
		return 0;
	text = task_alloc(task, JWS_MAX_BYTES + 2);
	len = fread(text, 1, JWS_MAX_BYTES + 1, file);
	fclose(file);
	text[len] = '\0';
	text[strcspn(text, "\r\n")] = '\0';
	*ret_text = text;
	return 0;
}

int
trust_list_verify(struct task *task, const struct trust_list *list, const char *compact,
    const json_t **ret_claims)
{
	static const enum alg algs[] = {ALG_ES256, ALG_ES384, ALG_PS256, ALG_EDDSA, ALG_NONE};
	const struct jws_expect expect = {
	    .algs = algs,
	    .typ = TYP,
	    .keys = &list->keys,
	    .issuer = list->issuer,
	    .needs_exp = true,
	    .needs_iat = true,
	};
	auto_jws jws = {0};
	int r;

	r = jws_open(task, compact, &expect, &jws);
	if (r < 0)
		return r;
	if (!json_is_array(json_object_get(jws.claims, "issuers")))
		return fail(task, INVALID_TOKEN, "the list has no issuers");
	*ret_claims = json_keep(task, json_incref(jws.claims));
	return 0;
}

/* One that cannot be read is passed over: it is not to take the others with it. */
static void
entries_add(
    struct task *task, struct trust_list *list, const json_t *claims, struct upstreams *upstreams)
{
	struct upstream **last = &upstreams->first;
	json_t *entry;
	size_t i;

	while (*last)
		last = &(*last)->next;
	json_array_foreach(json_object_get(claims, "issuers"), i, entry) {
		const char *id = json_get_text(entry, "id");
		struct upstream_source source = {.path = list->path,
		    .name = task_printf(task, "%s-%s", list->name, id ? id : "")};
		int64_t until_s;

		if (i == ENTRIES_MAX || !id || !entry_holds(entry, &until_s) ||
		    is_configured(upstreams, source.name, json_get_text(entry, "issuer")))
			continue;
		source.json = json_keep(task, entry_json(task, list, entry));
		if (upstream_of(task, &source, last) < 0) {
			fault_clear(task);
			continue;
		}
		(*last)->list = list->name;
		last = &(*last)->next;
		if (until_s < list->until_s)
			list->until_s = until_s;
	}
}

static bool
entry_holds(const json_t *entry, int64_t *ret_until_s)
{
	return json_get_i64(entry, "valid_until", ret_until_s) && *ret_until_s > clock_now_s() &&
	       json_object_get(entry, "jwks") && json_get_text(entry, "country");
}

static bool
is_configured(const struct upstreams *upstreams, const char *name, const char *issuer)
{
	const struct upstream *upstream = upstreams->first;

	while (upstream && !str_equal(upstream->name, name) && !str_equal(upstream->issuer, issuer))
		upstream = upstream->next;
	return upstream != NULL;
}

/* As if it were a file: what we are to it from ours, who it is from the list. */
static json_t *
entry_json(struct task *task, const struct trust_list *list, const json_t *entry)
{
	static const char *const theirs[] = {
	    "title", "issuer", "jwks", "id_token_signed_response_alg"};
	json_t *json = json_copy(list->json), *person = json_object_get(list->json, "person");

	json_object_del(json, "trust_list");
	json_object_del(json, "acr_highest");
	json_object_del(json, "acr_default");
	for (size_t i = 0; i < sizeof(theirs) / sizeof(theirs[0]); i++)
		json_object_set(json, theirs[i], json_object_get(entry, theirs[i]));
	json_object_set_new(
	    json, "acr", levels_capped(task, json_object_get(entry, "acr"), list->acr_highest));
	json_object_set_new(
	    json, "person", person_within(person, json_object_get(entry, "claims")));
	return json;
}

static json_t *
levels_capped(struct task *task, const json_t *levels, const char *highest)
{
	json_t *capped = json_object(), *level;
	const char *name;

	json_object_foreach((json_t *)(uintptr_t)levels, name, level) {
		const char *text = json_string_value(level);

		if (login_acr_is_level(text))
			json_set_text(capped, name,
			    login_acr_satisfies(task, highest, text) ? text : highest);
	}
	return capped;
}

/* Who it is here, by the claims that the list lets this issuer speak of. */
static json_t *
person_within(const json_t *person, const json_t *profile)
{
	json_t *within = json_deep_copy(person), *names, *value;
	const json_t *match = json_object_get(within, "match");
	const char *verified = json_get_text(match, "verified"), *name;
	void *next;

	if (!within)
		return json_object();
	if (!json_has_text(profile, json_get_text(match, "claim")) ||
	    !(str_equal(verified, "always") || json_has_text(profile, verified)))
		json_object_del(within, "match");
	names = json_object_get(json_object_get(within, "enroll"), "claims");
	json_object_foreach_safe(names, next, name, value)
		if (!json_has_text(profile, json_string_value(value)))
			json_object_del(names, name);
	return within;
}

bool
trust_list_is_stale(struct task *task, const struct trust_list *list)
{
	const struct trusted *trusted;

	if (list->until_s != 0 && clock_now_s() >= list->until_s)
		return true;
	if (!list->url)
		return false;
	if (trusted_find(task, list->url, &trusted) < 0) {
		fault_clear(task);
		return false;
	}
	return trusted && !str_equal(trusted->jws, list->jws);
}

int
trust_list_tend(struct task *task, struct trust_list *list)
{
	const struct trusted *trusted;
	int64_t now_s = clock_now_s();
	int r;

	if (!list->url || llabs(now_s - list->tried_s) < TRY_AGAIN_S)
		return 0;
	r = trusted_find(task, list->url, &trusted);
	if (r < 0 || (trusted && llabs(now_s - trusted->fetched_s) < REFRESH_S))
		return r;
	list->tried_s = now_s;
	return fetch(task, list);
}

static int
fetch(struct task *task, struct trust_list *list)
{
	const struct fetch call = {.url = list->url, .max_answer_bytes = JWS_MAX_BYTES};
	struct trusted trusted = {.url = list->url};
	struct fetched fetched = {0};
	const json_t *claims;
	int r;

	r = http_fetch(task, &call, &fetched);
	if (r < 0)
		return r;
	if (fetched.status != 200 || memchr(fetched.body.at, '\0', fetched.body.len))
		return fail(task, UPSTREAM_BROKEN, "the list of trusted issuers: status %d",
		    fetched.status);
	trusted.jws = task_dup_n(task, (const char *)fetched.body.at, fetched.body.len);
	r = trust_list_verify(task, list, trusted.jws, &claims);
	if (r < 0)
		return r;
	json_get_i64(claims, "iat", &trusted.iat_s);
	return trusted_keep(task, &trusted);
}
