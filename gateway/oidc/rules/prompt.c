/* SPDX-License-Identifier: Apache-2.0
 *
 * prompt and max_age.  Called by authorization.c and decision.c.
 */
#include "oidc/rules/prompt.h"

#include "core/clock.h"
#include "core/task.h"

#define WORDS_MAX     4
#define MAX_AGE_MAX_S (INT64_C(100) * 365 * 24 * 3600)

static unsigned word_bit(const char *word);

int
prompt_read(
    struct task *task, const struct parameters *parameters, struct authorization *authorization)
{
	const char *max_age = parameters_get(parameters, "max_age");

	authorization->prompt_words = parameters_get(parameters, "prompt");
	if (max_age == NULL)
		authorization->max_age_s = authorization->client->default_max_age_s;
	else if (!str_to_i64(max_age, 0, MAX_AGE_MAX_S, &authorization->max_age_s))
		return fail(task, INVALID_REQUEST, "max_age is not a number of seconds");
	return prompt_parse(task, authorization->prompt_words, &authorization->prompt);
}

int
prompt_parse(struct task *task, const char *words, unsigned *ret_prompt)
{
	const char **word;
	unsigned prompt = 0, bit;

	if (words == NULL) {
		*ret_prompt = 0;
		return 0;
	}
	word = str_words(task, words, WORDS_MAX);
	if (word == NULL || *word == NULL)
		return fail(task, INVALID_REQUEST, "prompt is not one to %d words", WORDS_MAX);
	for (; *word != NULL; word++) {
		bit = word_bit(*word);
		if (bit == 0)
			return fail(task, INVALID_REQUEST, "prompt has an unknown word");
		prompt |= bit;
	}
	if ((prompt & PROMPT_NONE) && prompt != PROMPT_NONE)
		return fail(task, INVALID_REQUEST, "prompt has none and something");
	*ret_prompt = prompt;
	return 0;
}

static unsigned
word_bit(const char *word)
{
	if (str_equal(word, "none"))
		return PROMPT_NONE;
	if (str_equal(word, "login") || str_equal(word, "select_account"))
		return PROMPT_LOGIN;
	if (str_equal(word, "consent"))
		return PROMPT_CONSENT;
	return 0;
}

bool
prompt_is_fresh(const struct authorization *authorization, int64_t auth_time_s)
{
	if (authorization->max_age_s < 0)
		return true;
	/* 0 asks for a login now, even within the same second (OpenID Connect Core 3.1.2.1). */
	return authorization->max_age_s > 0 &&
	       clock_now_s() - auth_time_s <= authorization->max_age_s;
}
