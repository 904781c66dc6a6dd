/* SPDX-License-Identifier: Apache-2.0
 *
 * The card as a way in: what it stands on, and whether a card still stands later (see card.h).
 */
#include "login/card/card.h"

#include "core/settings.h"
#include "core/task.h"
#include "login/card/inspect.h"
#include "pages/page.h"
#include "records/card_standing.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

static const char *best_acr(const struct task *task);
static int origin_set(struct task *task, struct card *card);

static bool
is_ready(const struct task *task)
{
	return task->rooms->card != NULL;
}

static void
ways(struct task *task, const struct login_asked *asked, struct login_ways *ways)
{
	const struct login_way way = {
	    .id = "card",
	    .name = page_text(task, "Identity card"),
	    .hint = page_text(task, "You need a card reader and your PIN."),
	    .path = "/login/card",
	    .acr = best_acr(task),
	    .place = LOGIN_HERE,
	};

	(void)asked;
	login_way_add(task, ways, &way);
}

const struct login_method card_method = {.id = "card", .is_ready = is_ready, .ways = ways};

/* Which card a person will take is not known yet; what one of them cannot reach is found out when
 * it was read. */
static const char *
best_acr(const struct task *task)
{
	const struct authorities *authorities = &task->rooms->card->authorities;
	const char *best = authorities->at[0].acr;

	for (size_t i = 1; i < authorities->n; i++)
		if (login_acr_satisfies(task, authorities->at[i].acr, best))
			best = authorities->at[i].acr;
	return best;
}

int
card_open(struct task *task, struct card **ret_card)
{
	const struct settings *settings = task->rooms->settings;
	struct card *card;
	int r;

	if (!settings->card_folder) {
		*ret_card = NULL;
		return 0;
	}
	card = calloc(1, sizeof(*card));
	assert(card != NULL);
	r = authorities_read(task, settings->card_folder, &card->authorities);
	if (r == 0)
		r = origin_set(task, card);
	if (r < 0) {
		card_close(card);
		return r;
	}
	card->lists = revocation_lists_new();
	*ret_card = card;
	return 0;
}

/* The issuer without its path: what a browser calls the origin, letter by letter (RFC 6454 section
 * 6.2). */
static int
origin_set(struct task *task, struct card *card)
{
	const char *issuer = task->rooms->settings->gateway_issuer;
	const char *host = strstr(issuer, "://") + 3;
	size_t len = (size_t)(host - issuer) + strcspn(host, "/");

	card->origin = strndup(issuer, len);
	for (size_t i = 0; i < len; i++)
		if (issuer[i] >= 'A' && issuer[i] <= 'Z')
			return fail(task, MISCONFIGURED,
			    "[card] needs an issuer in small letters, as browsers write it");
	return 0;
}

void
card_close(struct card *card)
{
	if (!card)
		return;
	authorities_free(&card->authorities);
	revocation_lists_free(card->lists);
	free((char *)(uintptr_t)card->origin);
	free(card);
}

int
card_still_stands(struct task *task, const char *reference, bool *ret_stands)
{
	struct revocation_asked asked;
	struct revocation_found found;
	bool is_known, is_good;
	int r;

	if (!task->rooms->card || !inspect_recall(task, reference, &asked)) {
		*ret_stands = false; /* its authority is not taken any more */
		return 0;
	}
	r = card_standing_find(task, reference, &is_known, &is_good);
	if (r == 0 && !is_known) {
		r = revocation_find(task, task->rooms->card->lists, &asked, &found);
		is_good = r == 0 && found.standing == STANDING_GOOD;
		if (r == 0)
			r = card_standing_keep(task, reference, is_good);
	}
	/* An answer that is worth nothing says nothing against the card: ask again. */
	if (r == INVALID_CARD)
		return fault_as(task, CARD_UNCHECKED);
	if (r == 0)
		*ret_stands = is_good;
	return r;
}
