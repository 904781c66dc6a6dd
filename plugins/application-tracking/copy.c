/* SPDX-License-Identifier: Apache-2.0
 *
 * Copies of what the export said: one for each person who ever looked, so that a restart while it
 * is away shows what was last known, and so that another export shows what has changed since.
 */
#include "tracking.h"

#include <stdlib.h>
#include <string.h>

#define TOLD_MAX 50 /* of one person at once */

/* The news of one person. */
struct difference {
	struct dvara_tx *tx;
	const struct tracking *tracking;
	const char *subject;
	int n_told;
};

static int keep_step(struct dvara_tx *tx, void *arg);
static int difference_tell(struct difference *difference, const json_t *before, const json_t *now);
static int changes_tell(struct difference *difference, const json_t *from, const json_t *to);
static int one_tell(struct difference *difference, const char *type, const json_t *application);
static const json_t *same_of(const json_t *list, const json_t *application);
static bool is_said_again(const json_t *one, const json_t *other);

/* Written only where it changed: who looks each day costs no write. */
int
copy_keep(struct dvara_request *request, struct copy *copy)
{
	char *text = json_dumps(copy->own, JSON_COMPACT);
	const struct dvara_rows *rows;
	int r;

	if (text == NULL)
		return DVARA_EINTERNAL;
	r = dvara_read(request, "SELECT 1 FROM copy WHERE subject = ?1 AND content = ?2",
	    DVARA_VALUES(dvara_text_value(copy->subject), dvara_text_value(text)), &rows);
	free(text);
	if (r == DVARA_OK && dvara_n_rows(rows) == 0)
		r = dvara_write(request, keep_step, copy);
	return r;
}

static int
keep_step(struct dvara_tx *tx, void *arg)
{
	return copy_settle(tx, arg);
}

int
copy_settle(struct dvara_tx *tx, struct copy *copy)
{
	struct difference difference = {tx, copy->tracking, copy->subject, 0};
	const struct dvara_rows *rows;
	json_auto_t *before = NULL;
	char *text;
	int r;

	r = dvara_run(tx, "SELECT content FROM copy WHERE subject = ?1",
	    DVARA_VALUES(dvara_text_value(copy->subject)), &rows);
	if (r == DVARA_OK && dvara_n_rows(rows) > 0)
		before = json_loads(dvara_text(rows, 0, 0), 0, NULL);
	if (r == DVARA_OK && before != NULL)
		r = difference_tell(&difference, before, copy->own);
	text = r < 0 ? NULL : json_dumps(copy->own, JSON_COMPACT);
	if (text != NULL)
		r = dvara_run(tx,
		    "INSERT INTO copy (subject, content) VALUES (?1, ?2)"
		    " ON CONFLICT (subject) DO UPDATE SET content = excluded.content",
		    DVARA_VALUES(dvara_text_value(copy->subject), dvara_text_value(text)), NULL);
	free(text);
	copy->n_told = difference.n_told;
	return r;
}

/* What is there now is compared with what was there, then what was there with what is left. */
static int
difference_tell(struct difference *difference, const json_t *before, const json_t *now)
{
	const json_t *from = json_object_get(before, "applications");
	const json_t *to = json_object_get(now, "applications"), *application;
	size_t i;
	int r = changes_tell(difference, from, to);

	json_array_foreach((json_t *)(uintptr_t)from, i, application)
		if (r == DVARA_OK && same_of(to, application) == NULL &&
		    !tracking_is_over(difference->tracking, application))
			r = one_tell(difference, "application.removed", application);
	return r;
}

static int
changes_tell(struct difference *difference, const json_t *from, const json_t *to)
{
	const json_t *application, *before;
	int r = DVARA_OK;
	size_t i;

	json_array_foreach((json_t *)(uintptr_t)to, i, application) {
		before = same_of(from, application);
		if (r < 0 || tracking_is_over(difference->tracking, application) ||
		    (before != NULL && is_said_again(before, application)))
			continue;
		r = one_tell(difference, "application.changed", application);
	}
	return r;
}

/* A reference that is none like a pushed one might say something of the person: it is left out. */
static int
one_tell(struct difference *difference, const char *type, const json_t *application)
{
	const char *reference = json_string_value(json_object_get(application, "reference"));
	const struct dvara_news news = {
	    .subject = difference->subject,
	    .type = type,
	    .reference = tracking_is_reference(reference) ? reference : NULL,
	};

	if (difference->n_told == TOLD_MAX)
		return DVARA_OK;
	difference->n_told++;
	return dvara_tell(difference->tx, &news);
}

/* By reference and agency; NULL: none. */
static const json_t *
same_of(const json_t *list, const json_t *application)
{
	const json_t *one;
	size_t i;

	json_array_foreach((json_t *)(uintptr_t)list, i, one)
		if (json_equal(json_object_get(one, "reference"),
			json_object_get(application, "reference")) &&
		    json_equal(
			json_object_get(one, "agency"), json_object_get(application, "agency")))
			return one;
	return NULL;
}

static bool
is_said_again(const json_t *one, const json_t *other)
{
	static const char *const members[] = {"status", "updated", "next_step"};

	for (size_t i = 0; i < sizeof(members) / sizeof(members[0]); i++) {
		const json_t *here = json_object_get(one, members[i]);
		const json_t *there = json_object_get(other, members[i]);

		if ((here != NULL || there != NULL) && !json_equal(here, there))
			return false;
	}
	return true;
}

int
copy_find(struct dvara_request *request, json_t **ret_own)
{
	const struct dvara_rows *rows;
	int r;

	r = dvara_read(request, "SELECT content FROM copy WHERE subject = ?1",
	    DVARA_VALUES(dvara_text_value(dvara_subject(request))), &rows);
	if (r < 0)
		return r;
	if (dvara_n_rows(rows) == 0)
		return DVARA_EUPSTREAM;
	*ret_own = json_loads(dvara_text(rows, 0, 0), 0, NULL);
	return *ret_own == NULL ? DVARA_EINTERNAL : DVARA_OK;
}
