/* SPDX-License-Identifier: Apache-2.0
 *
 * Scopes.  Called by token.c.
 */
#include "oidc/rules/scope.h"

#include "consent/purpose.h"
#include "core/task.h"

#define WORDS_MAX 64
#define OFFLINE   "offline_access"

static const char *const *claims_of(
    struct task *task, const struct grant *grant, const char *narrowed);
static bool is_dropped(const char *const *granted, const char *narrowed, const char *claim);
static bool scope_holds(const char *scope, const char *claim);

int
scope_narrow(struct task *task, struct grant *grant, const char *asked)
{
	const char **words, **word, **kept;

	if (str_is_empty(asked))
		return 0;
	words = kept = str_words(task, asked, WORDS_MAX);
	if (words == NULL)
		return fail(task, INVALID_SCOPE, "scope is no list of at most %d words", WORDS_MAX);
	for (word = words; *word != NULL; word++) {
		if (str_has_word(grant->scope, *word))
			*kept++ = *word;
		else if (!str_equal(*word, OFFLINE))
			return fail(task, INVALID_SCOPE, "scope is wider than what was granted");
	}
	*kept = NULL;
	if (*words == NULL)
		return fail(task, INVALID_SCOPE, "scope has no word of what was granted");
	asked = str_join(task, words, " ");
	grant->userinfo_claims = claims_of(task, grant, asked);
	grant->scope = asked;
	return 0;
}

static const char *const *
claims_of(struct task *task, const struct grant *grant, const char *narrowed)
{
	const char *const *granted = (const char *const *)str_words(task, grant->scope, WORDS_MAX);
	const char *const *claim = grant->userinfo_claims;
	const char **claims = task_new_n(task, const char *, names_count(claim) + 1);

	for (size_t n = 0; claim != NULL && *claim != NULL; claim++) {
		if (!is_dropped(granted, narrowed, *claim))
			claims[n++] = *claim;
	}
	return claims;
}

/* It stood in a granted scope that is left out, and in none that stays. */
static bool
is_dropped(const char *const *granted, const char *narrowed, const char *claim)
{
	bool was_granted = false;

	for (; granted != NULL && *granted != NULL; granted++) {
		if (!scope_holds(*granted, claim))
			continue;
		if (str_has_word(narrowed, *granted))
			return false;
		was_granted = true;
	}
	return was_granted;
}

static bool
scope_holds(const char *scope, const char *claim)
{
	return names_have(purpose_scope_claims(scope), claim);
}

bool
scope_holds_claim(struct task *task, const char *scope, const char *claim)
{
	const char **word = str_words(task, scope == NULL ? "" : scope, WORDS_MAX);

	while (word != NULL && *word != NULL && !scope_holds(*word, claim))
		word++;
	return word != NULL && *word != NULL;
}
