/* SPDX-License-Identifier: Apache-2.0
 *
 * What a request asks of a person (OpenID Connect Core sections 5.4 and 5.5), cut to what the
 * client's purpose registers.
 */
#include "consent/purpose_asking.h"

#include "consent/api.h"
#include "consent/ask.h"
#include "core/clock.h"
#include "core/task.h"
#include "records/credential_type.h"

#include <string.h>
#include <time.h>

#define OFFLINE "offline_access"

struct scope {
	const char *name;
	const char *const *claims;
};

static int purpose_of(
    struct task *task, const struct asking *asking, const struct purpose **ret_purpose);
static const struct scope *scope_find(const char *name);
static int scopes_check(struct task *task, const struct asking *asking, const char **words);
static int credentials_asked(struct task *task, const struct asking *asking, const char **words,
    const char *const **ret_credentials);
static int claims_check(struct task *task, const json_t *claims);
static const json_t *detail_of(const struct asking *asking);
static void claims_asked(
    struct task *task, const struct asking *asking, const char **words, struct asked *asked);
static bool member_holds(const json_t *claims, const char *member, const char *name);
static bool scopes_hold(const char *const *words, const char *name);
static const char *scope_granted(
    struct task *task, const struct asking *asking, const char **words);

int
purpose_asked(struct task *task, const struct asking *asking, struct asked *ret_asked)
{
	const char **words = str_words(task, asking->scope, PURPOSE_WORDS_MAX);
	struct asked asked = {0};
	int r;

	r = asking->request_id == NULL
		? purpose_of(task, asking, &asked.purpose)
		: ask_of_id(task, asking->client, asking->request_id, &asked);
	if (r < 0)
		return r;
	r = scopes_check(task, asking, words);
	if (r < 0)
		return r;
	r = claims_check(task, asking->claims);
	if (r < 0)
		return r;

	asked.scope = scope_granted(task, asking, words);
	asked.is_offline = str_has_word(asked.scope, OFFLINE);
	if (asked.ask == NULL)
		claims_asked(task, asking, words, &asked);
	asked.values = asked.ask == NULL ? purpose_values_asked(task, asking->claims)
					 : purpose_values_of_ask(task, asked.ask);
	r = purpose_values_check(task, asked.values);
	if (r < 0)
		return r;
	r = credentials_asked(task, asking, words, &asked.credentials);
	if (r < 0)
		return r;
	purpose_until(json_get_text(detail_of(asking), "until"), &asked.until_s);
	r = purpose_resources_asked(task, asking, &asked);
	if (r < 0)
		return r;
	*ret_asked = asked;
	return 0;
}

/* It may have ended since the request was taken. */
static int
purpose_of(struct task *task, const struct asking *asking, const struct purpose **ret_purpose)
{
	const struct purpose *purpose =
	    client_purpose(asking->client, json_get_text(detail_of(asking), "purpose"));

	if (purpose == NULL)
		return fail(task, INVALID_AUTHORIZATION_DETAILS,
		    "authorization_details: purpose is none of the client's");
	if (!purpose_stands(purpose, clock_now_s()))
		return fail(task, UNAUTHORIZED_CLIENT,
		    "the client's purpose is suspended or its time is over");
	*ret_purpose = purpose;
	return 0;
}

static void
claims_asked(
    struct task *task, const struct asking *asking, const char **words, struct asked *asked)
{
	const struct purpose *purpose = asked->purpose;
	const char **all = task_new_n(task, const char *, purpose->n_claims + 1);
	const char **essential = task_new_n(task, const char *, purpose->n_claims + 1);
	const char **id_token = task_new_n(task, const char *, purpose->n_claims + 1);
	const char **userinfo = task_new_n(task, const char *, purpose->n_claims + 1);

	asked->all = all;
	asked->essential = essential;
	asked->id_token = id_token;
	asked->userinfo = userinfo;
	for (size_t i = 0; i < purpose->n_claims; i++) {
		const char *name = purpose->claims[i].name;
		bool in_id_token = member_holds(asking->claims, "id_token", name);
		bool in_userinfo =
		    member_holds(asking->claims, "userinfo", name) || scopes_hold(words, name) ||
		    json_has_text(json_object_get(detail_of(asking), "attributes"), name);

		/* Who it is (sub) is not an attribute: every answer has it, nobody can untick it.
		 */
		if (!(in_id_token || in_userinfo) || str_equal(name, "sub"))
			continue;
		*all++ = name;
		if (in_id_token)
			*id_token++ = name;
		if (in_userinfo)
			*userinfo++ = name;
		if (purpose->claims[i].is_essential)
			*essential++ = name;
	}
}

/* The scopes of OpenID Connect Core section 5.4. */
static const char *const openid_claims[] = {"sub", NULL};
static const char *const profile_claims[] = {"name", "family_name", "given_name", "middle_name",
    "nickname", "preferred_username", "profile", "picture", "website", "gender", "birthdate",
    "zoneinfo", "locale", "updated_at", NULL};
static const char *const email_claims[] = {"email", "email_verified", NULL};
static const char *const phone_claims[] = {"phone_number", "phone_number_verified", NULL};
static const char *const address_claims[] = {"address", NULL};
static const char *const no_claims[] = {NULL};

static const struct scope scopes[] = {
    {"openid", openid_claims},
    {"profile", profile_claims},
    {"email", email_claims},
    {"phone", phone_claims},
    {"address", address_claims},
    {OFFLINE, no_claims},
};

static const struct scope *
scope_find(const char *name)
{
	for (size_t i = 0; i < sizeof(scopes) / sizeof(scopes[0]); i++)
		if (str_equal(scopes[i].name, name))
			return &scopes[i];
	return NULL;
}

const char *const *
purpose_scope_claims(const char *scope)
{
	const struct scope *found = scope_find(scope);

	return found ? found->claims : NULL;
}

/* Whether a wallet asks, for whom scopes that nobody knows are none (OpenID4VCI 1.0 section 5.1.2).
 */
static bool
is_of_wallet(const struct task *task, const struct asking *asking)
{
	return str_equal(json_get_text(detail_of(asking), "type"), CREDENTIAL_DETAILS_TYPE) ||
	       credential_type_is_asked(task, asking->scope);
}

static bool
is_known(const struct task *task, const char *word)
{
	return scope_find(word) != NULL || credential_type_find(task, word) != NULL;
}

/* OpenID Connect Core section 3.1.2.1 would pass over a word that is not known, and RFC 6749
 * section 3.3 leaves it to us: a service that asks for what is not there hears of it.  Wallets,
 * which ask many issuers in one way (OpenID4VCI 1.0 section 5.1.2), do not. */
static int
scopes_check(struct task *task, const struct asking *asking, const char **words)
{
	bool is_wallet = is_of_wallet(task, asking);

	if (!words)
		return fail(task, INVALID_SCOPE, "scope has more than %d words", PURPOSE_WORDS_MAX);
	if (!names_have(words, "openid") && !is_wallet)
		return fail(task, INVALID_SCOPE, "scope lacks openid");
	for (; *words; words++) {
		bool is_offered = is_known(task, *words) || str_equal(*words, API_SCOPE);

		if (!is_offered && is_wallet)
			continue;
		if (!is_offered)
			return fail(task, INVALID_SCOPE, "scope holds a word that is not offered");
		if (!names_have(asking->client->scopes, *words))
			return fail(task, INVALID_SCOPE,
			    "scope %s is not registered for this client", *words);
	}
	return 0;
}

/* {"userinfo": {name: null | {…}}, "id_token": {…}}; other members are ignored, as section 5.5
 * says. */
static int
claims_check(struct task *task, const json_t *claims)
{
	static const char *const members[] = {"userinfo", "id_token"};

	if (!claims)
		return 0;
	if (!json_is_object(claims))
		return fail(task, INVALID_REQUEST, "claims is not a JSON object");
	for (size_t i = 0; i < sizeof(members) / sizeof(members[0]); i++) {
		json_t *member = json_object_get(claims, members[i]), *asked;
		const char *name;

		if (member && !json_is_object(member))
			return fail(
			    task, INVALID_REQUEST, "claims.%s is not an object", members[i]);
		json_object_foreach(member, name, asked)
			if (!json_is_null(asked) && !json_is_object(asked))
				return fail(task, INVALID_REQUEST,
				    "a claim in claims.%s is neither null nor an object",
				    members[i]);
	}
	return 0;
}

static const json_t *
detail_of(const struct asking *asking)
{
	return json_array_get(asking->details, 0);
}

bool
purpose_until(const char *day, int64_t *ret_until_s)
{
	struct tm tm = {0}, back;
	const char *end = day == NULL ? NULL : strptime(day, "%Y-%m-%d", &tm);
	const int asked_day = tm.tm_mday;
	time_t at;

	if (end == NULL || *end != '\0' || strlen(day) != strlen("2027-12-31"))
		return false;
	at = timegm(&tm);
	/* The 31st of February is no day. */
	if (gmtime_r(&at, &back) == NULL || back.tm_mday != asked_day)
		return false;
	*ret_until_s = (int64_t)at + 24 * 3600 - 1;
	return true;
}

static bool
member_holds(const json_t *claims, const char *member, const char *name)
{
	return json_object_get(json_object_get(claims, member), name) != NULL;
}

static bool
scopes_hold(const char *const *words, const char *name)
{
	for (; *words; words++)
		if (names_have(purpose_scope_claims(*words), name))
			return true;
	return false;
}

/* OpenID Connect Core section 11: offline_access is ignored where no refresh token follows.  The
 * scope of the consent API is of tokens that speak for no person. */
static const char *
scope_granted(struct task *task, const struct asking *asking, const char **words)
{
	const char **granted = task_new_n(task, const char *, PURPOSE_WORDS_MAX + 1);
	bool can_refresh = client_may_grant(asking->client, "refresh_token");
	size_t n = 0;

	for (; *words; words++)
		if (is_known(task, *words) && (can_refresh || !str_equal(*words, OFFLINE)))
			granted[n++] = *words;
	return str_join(task, granted, " ");
}

/* By details what the client registered as a scope as well. */
static int
credentials_asked(struct task *task, const struct asking *asking, const char **words,
    const char *const **ret_credentials)
{
	size_t n_max = PURPOSE_WORDS_MAX + json_array_size(asking->details), n = 0, i;
	const char **credentials = task_new_n(task, const char *, n_max + 1);
	json_t *detail;

	for (; *words; words++)
		if (credential_type_find(task, *words) != NULL)
			credentials[n++] = *words;
	json_array_foreach(asking->details, i, detail) {
		const char *id = json_get_text(detail, "credential_configuration_id");

		if (id == NULL || names_have(credentials, id))
			continue;
		if (!names_have(asking->client->scopes, id))
			return fail(task, INVALID_AUTHORIZATION_DETAILS,
			    "credential_configuration_id is no scope of this client");
		credentials[n++] = id;
	}
	*ret_credentials = credentials;
	return 0;
}

bool
purpose_is_covered(const struct asked *asked, const struct consent *consent)
{
	/* Who paused what they allowed is asked anew: they are here. */
	if (!consent || consent->paused_s > 0)
		return false;
	/* What is asked until a day must not be allowed for longer. */
	if (asked->until_s > 0 && consent->until_s > asked->until_s)
		return false;
	return str_equal(consent->purpose_version, asked->purpose->version) &&
	       (consent->is_offline || !asked->is_offline) &&
	       names_have_all(consent->asked, asked->all) &&
	       names_have_all(consent->allowed, asked->essential) &&
	       names_have_all(consent->resources, asked->resources);
}
