/* SPDX-License-Identifier: Apache-2.0
 *
 * Levels of assurance.  Called by authorization.c and decision.c.
 */
#include "oidc/rules/acr.h"

#include "core/buf.h"
#include "core/task.h"
#include "login/login.h"

#define ACR_MAX_BYTES 512

static const json_t *claim_of(const struct authorization *authorization);
static int words_of_claim(struct task *task, const json_t *claim, const char **ret_words);
static int words_of_array(struct task *task, const json_t *values, const char **ret_words);
static bool is_reachable(struct task *task, const char *words);

int
acr_read(
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
	if (is_reachable(task, words)) {
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

static bool
is_reachable(struct task *task, const char *words)
{
	const char *const *level;

	for (level = login_acr_values(task); *level != NULL; level++)
		if (login_acr_satisfies(task, *level, words))
			return true;
	return false;
}

bool
acr_fits(const struct task *task, const struct authorization *authorization, const char *acr)
{
	return authorization->acr_values == NULL ||
	       login_acr_satisfies(task, acr, authorization->acr_values);
}
