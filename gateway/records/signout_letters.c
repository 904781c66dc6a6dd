/* SPDX-License-Identifier: Apache-2.0
 *
 * The clients of sessions that end (see signout_letters.h).
 */
#include "records/signout_letters.h"

#include "core/clock.h"
#include "core/task.h"
#include "store/sql.h"

/* The rest of what one letter goes on with. */
struct rest {
	const struct letter *letter;
	size_t n_told;
};

static int logout_add(struct sql_tx *tx, const char *person_id, const struct visit *visit);
static int rest_add(struct sql_tx *tx, const char *person_id, const struct visiting *of);
static sql_step rest_step;

int
signout_letters_add(
    struct sql_tx *tx, const char *person_id, const struct visiting *of, size_t *n_told)
{
	const struct visit *visits;
	size_t n = 0;
	int r;

	if (*n_told >= VISITS_AT_ONCE)
		return rest_add(tx, person_id, of);
	r = visit_take(tx, of, &visits, &n);
	for (size_t i = 0; r == 0 && i < n; i++)
		if (visits[i].is_told)
			r = logout_add(tx, person_id, &visits[i]);
	*n_told += n;
	return r < 0 || n < VISITS_AT_ONCE ? r : rest_add(tx, person_id, of);
}

static int
logout_add(struct sql_tx *tx, const char *person_id, const struct visit *visit)
{
	json_auto_t *body = json_pack("{s:s}", "session", visit->session_id);

	return outbox_add(tx, &(struct letter){.kind = "logout",
				  .person_id = person_id,
				  .client_id = visit->client_id,
				  .body = body});
}

/* Whoever signs in again meanwhile goes on visiting: what begins from this second on is not of the
 * rest.  The newest were taken first, so nothing of this second is left. */
static int
rest_add(struct sql_tx *tx, const char *person_id, const struct visiting *of)
{
	json_auto_t *body = json_object();
	const int64_t before_s = of->before_s > 0 ? of->before_s : clock_now_s();

	json_set_text(body, "session", of->session_id);
	json_set_text(body, "client", of->client_id);
	if (of->session_id == NULL)
		json_object_set_new(body, "before", json_integer(before_s));
	return outbox_add(tx, &(struct letter){.kind = SIGNOUT_LETTER,
				  .person_id = person_id,
				  .client_id = of->client_id == NULL ? "" : of->client_id,
				  .body = body});
}

int
signout_letters_go_on(struct task *task, const struct letter *letter, const char **ret_result)
{
	struct rest rest = {.letter = letter};
	int r;

	r = sql_write(task, rest_step, &rest);
	if (r < 0)
		return r;
	*ret_result = task_printf(task, "%zu", rest.n_told);
	return 0;
}

static int
rest_step(struct sql_tx *tx, void *arg)
{
	struct rest *rest = arg;
	const struct letter *letter = rest->letter;
	struct visiting of = {
	    .session_id = json_get_text(letter->body, "session"),
	    .person_id = letter->person_id,
	    .client_id = json_get_text(letter->body, "client"),
	};

	json_get_i64(letter->body, "before", &of.before_s);
	rest->n_told = 0; /* the step may be run again */
	return signout_letters_add(tx, letter->person_id, &of, &rest->n_told);
}
