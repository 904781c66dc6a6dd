/* SPDX-License-Identifier: Apache-2.0
 *
 * Levels of assurance.  Called by authorization.c and decision.c.
 */
#include "oidc/rules/acr.h"

#include "core/buf.h"
#include "core/task.h"
#include "issue/details.h"
#include "login/login.h"
#include "records/credential_type.h"

#define ACR_MAX_BYTES 512
#define ACR_MAX_WORDS 32

static const json_t *claim_of(const struct authorization *authorization);
static int words_of_claim(struct task *task, const json_t *claim, const char **ret_words);
static int words_of_array(struct task *task, const json_t *values, const char **ret_words);
static int asked_read(
    struct task *task, const struct parameters *parameters, struct authorization *authorization);
static int credentials_read(struct task *task, struct authorization *authorization);
static bool all_reach(struct task *task, const char *words, const char *floor);

int
acr_read(
    struct task *task, const struct parameters *parameters, struct authorization *authorization)
{
	int r = asked_read(task, parameters, authorization);

	return r < 0 ? r : credentials_read(task, authorization);
}

static int
asked_read(
    struct task *task, const struct parameters *parameters, struct authorization *authorization)
{
	const json_t *claim = claim_of(authorization);
	const char *words = parameters_get(parameters, "acr_values");
	int r = 0;

	if (claim != NULL) {
		r = words_of_claim(task, claim, &words);
		authorization->acr_is_essential = json_get_bool(claim, "essential");
	} else if (words == NULL && authorization->client->default_acr_values != NULL)
		r = words_of_array(task, authorization->client->default_acr_values, &words);
	if (r < 0)
		return r;
	if (str_is_empty(words)) {
		authorization->acr_is_essential = false;
		return 0;
	}
	if (login_acr_is_reachable(task, words)) {
		authorization->acr_values = words;
		return 0;
	}
	if (authorization->acr_is_essential)
		return fail(
		    task, UNMET_AUTHENTICATION_REQUIREMENTS, "no way in reaches the acr asked for");
	return 0;
}

/* Only a member with value or values asks for a level; {"acr": null} just asks to be told. */
static const json_t *
claim_of(const struct authorization *authorization)
{
	const json_t *id_token = json_object_get(authorization->claims, "id_token");
	const json_t *acr = json_object_get(id_token, "acr");

	if (json_object_get(acr, "value") == NULL && json_object_get(acr, "values") == NULL)
		return NULL;
	return acr;
}

static int
words_of_claim(struct task *task, const json_t *claim, const char **ret_words)
{
	const char *value = json_get_text(claim, "value");

	if (value != NULL) {
		*ret_words = value;
		return 0;
	}
	return words_of_array(task, json_object_get(claim, "values"), ret_words);
}

static int
words_of_array(struct task *task, const json_t *values, const char **ret_words)
{
	struct buf buf;
	size_t i;

	buf_open(&buf, task, ACR_MAX_BYTES);
	for (i = 0; i < json_array_size(values); i++) {
		if (!json_is_string(json_array_get(values, i)))
			return fail(task, INVALID_REQUEST, "a value of acr is not a text");
		if (i > 0)
			buf_char_add(&buf, ' ');
		buf_text_add(&buf, json_string_value(json_array_get(values, i)));
	}
	*ret_words = buf_text(&buf);
	if (*ret_words == NULL)
		return fail(task, INVALID_REQUEST, "acr has too many values");
	return 0;
}

/* OpenID4VCI gives no parameter for it: the type says what it takes to fetch it. */
static int
credentials_read(struct task *task, struct authorization *authorization)
{
	const struct credential_type *type;

	for (size_t i = 0; (type = credential_type_at(task, i)) != NULL; i++) {
		if (type->acr == NULL || (!str_has_word(authorization->scope, type->id) &&
					     !issue_details_hold(authorization->details, type->id)))
			continue;
		if (!login_acr_is_reachable(task, type->acr))
			return fail(task, UNMET_AUTHENTICATION_REQUIREMENTS,
			    "no way in reaches the acr of credential %s", type->id);
		if (!all_reach(task, authorization->acr_values, type->acr))
			authorization->acr_values = type->acr;
		authorization->acr_is_essential = true;
	}
	return 0;
}

static bool
all_reach(struct task *task, const char *words, const char *floor)
{
	const char **word = words == NULL ? NULL : str_words(task, words, ACR_MAX_WORDS);

	if (word == NULL)
		return false;
	for (; *word != NULL; word++)
		if (!login_acr_satisfies(task, *word, floor))
			return false;
	return true;
}

bool
acr_fits(const struct task *task, const struct authorization *authorization, const char *acr)
{
	return authorization->acr_values == NULL ||
	       login_acr_satisfies(task, acr, authorization->acr_values);
}
