/* SPDX-License-Identifier: Apache-2.0
 *
 * Whether a person is alive, by the last word of registers elsewhere.
 *
 * It is asked with every token, where nobody can wait for another system: so what a register said
 * last stands in SQL, and is written only where it says something else.  It is heard at each
 * sign-in, and whenever the register is asked for anything about the person.
 */
#include "core/clock.h"
#include "core/task.h"
#include "sources/http_source_inner.h"
#include "store/sql.h"

static int said_read(struct task *task, const char *register_key, struct sql_rows *ret_rows);
static const char *said_by(const struct sql_rows *said, const char *source);
static bool is_of(const struct http_sources *sources, const char *name);
static int keep(struct task *task, const char *register_key, const char *source, const char *life);

int
http_source_life(struct task *task, const char *register_key, enum life *ret_life)
{
	struct sql_rows said;
	enum life worst = 0;
	int r;

	if (task->rooms->sources == NULL)
		return 0;
	r = said_read(task, register_key, &said);
	if (r < 0)
		return r;
	for (size_t i = 0; i < said.n_rows; i++)
		if (is_of(task->rooms->sources, sql_text(&said, i, 0)))
			worst = source_life_worse(worst, source_life_of(sql_text(&said, i, 1)));
	if (worst != 0)
		*ret_life = worst;
	return 0;
}

static int
said_read(struct task *task, const char *register_key, struct sql_rows *ret_rows)
{
	return sql_read(task,
	    SQL("SELECT source, life FROM source_life WHERE register_key = ?1",
		SQL_TEXT(register_key)),
	    ret_rows);
}

/* What a register said whose file has gone counts no more. */
static bool
is_of(const struct http_sources *sources, const char *name)
{
	const struct http_source *source = sources->first;

	while (source != NULL && !(source->life_field && str_equal(source->name, name)))
		source = source->next;
	return source != NULL;
}

int
http_source_life_settle(struct task *task, const char *register_key,
    struct http_question *const *questions, enum life *ret_life)
{
	const struct http_source *source = task->rooms->sources->first;
	struct sql_rows said;
	enum life worst = 0;
	int r;

	r = said_read(task, register_key, &said);
	for (size_t i = 0; r == 0 && source != NULL; source = source->next, i++) {
		const struct http_question *question = questions[i];
		const char *last = said_by(&said, source->name), *now = last;

		if (source->life_field == NULL)
			continue;
		if (question != NULL && !question->is_away)
			now = question->is_found ? source_life_name(question->life) : NULL;
		if (now != last && !str_equal(now, last))
			r = keep(task, register_key, source->name, now);
		if (now != NULL)
			worst = source_life_worse(worst, source_life_of(now));
	}
	if (r < 0)
		return r;
	*ret_life = worst;
	return 0;
}

static const char *
said_by(const struct sql_rows *said, const char *source)
{
	for (size_t i = 0; i < said->n_rows; i++)
		if (str_equal(sql_text(said, i, 0), source))
			return sql_text(said, i, 1);
	return NULL;
}

/* life NULL: the register does not know the person any more. */
static int
keep(struct task *task, const char *register_key, const char *source, const char *life)
{
	if (life == NULL)
		return sql_write_one(
		    task, SQL("DELETE FROM source_life WHERE register_key = ?1 AND source = ?2",
			      SQL_TEXT(register_key), SQL_TEXT(source)));
	return sql_write_one(task,
	    SQL("INSERT INTO source_life (register_key, source, life, since_s)"
		" VALUES (?1, ?2, ?3, ?4) ON CONFLICT (register_key, source)"
		" DO UPDATE SET life = excluded.life, since_s = excluded.since_s",
		SQL_TEXT(register_key), SQL_TEXT(source), SQL_TEXT(life), SQL_INT(clock_now_s())));
}
