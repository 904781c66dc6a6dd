/* SPDX-License-Identifier: Apache-2.0
 *
 * Whether a person is alive, by the last word of registers elsewhere.
 *
 * It is asked with every token, where nobody can wait for another system: so what a register said
 * last stands in SQL, "unknown" where it does not know the person.  It is heard at each sign-in,
 * whenever the register is asked for anything about the person, and where tokens are refreshed
 * once it is older than settings sources.life.
 */
#include "core/clock.h"
#include "core/settings.h"
#include "core/task.h"
#include "sources/http_source_inner.h"
#include "store/sql.h"

#define UNKNOWN "unknown"

/* The word of one register; life NULL: none was heard. */
struct word {
	const char *source, *life;
	int64_t since_s, told_s;
};

static int words_read(struct task *task, const char *register_key, struct sql_rows *ret_rows);
static bool is_of(const struct http_sources *sources, const char *name);
static const struct word *word_of(
    struct task *task, const struct sql_rows *rows, const char *source);
static const char *life_now(const struct http_question *question, const struct word *last);
static enum life life_of(const char *name);
static int keep(struct task *task, const char *register_key, const struct word *word);

int
http_source_life(struct task *task, const char *register_key, enum life *ret_life)
{
	struct sql_rows rows;
	enum life worst = 0;
	int r;

	if (!http_source_tells_life(task))
		return 0;
	r = words_read(task, register_key, &rows);
	if (r < 0)
		return r;
	for (size_t i = 0; i < rows.n_rows; i++)
		if (is_of(task->rooms->sources, sql_text(&rows, i, 0)))
			worst = source_life_worse(worst, life_of(sql_text(&rows, i, 1)));
	if (worst != 0)
		*ret_life = worst;
	return 0;
}

static int
words_read(struct task *task, const char *register_key, struct sql_rows *ret_rows)
{
	return sql_read(task,
	    SQL("SELECT source, life, since_s, told_s FROM source_life"
		" WHERE register_key = ?1",
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

bool
http_source_tells_life(const struct task *task)
{
	const struct http_source *source =
	    task->rooms->sources ? task->rooms->sources->first : NULL;

	while (source != NULL && source->life_field == NULL)
		source = source->next;
	return source != NULL;
}

int
http_source_life_is_fresh(struct task *task, const char *register_key, bool *ret_is_fresh)
{
	const struct http_source *source = task->rooms->sources->first;
	int64_t since_s = clock_now_s() - task->rooms->settings->sources_life;
	struct sql_rows rows;
	bool is_fresh = true;
	int r;

	r = words_read(task, register_key, &rows);
	if (r < 0)
		return r;
	for (; source != NULL; source = source->next)
		if (source->life_field != NULL)
			is_fresh = is_fresh && word_of(task, &rows, source->name)->told_s > since_s;
	*ret_is_fresh = is_fresh;
	return 0;
}

int
http_source_life_settle(struct task *task, const char *register_key,
    struct http_question *const *questions, enum life *ret_life)
{
	const struct http_source *source = task->rooms->sources->first;
	int64_t now_s = clock_now_s(), late_s = task->rooms->settings->sources_life / 2;
	struct sql_rows rows;
	enum life worst = 0;
	int r;

	r = words_read(task, register_key, &rows);
	for (size_t i = 0; r == 0 && source != NULL; source = source->next, i++) {
		const struct word *last = word_of(task, &rows, source->name);
		struct word now = {source->name, life_now(questions[i], last), now_s, now_s};
		bool is_news = now.life != NULL && !str_equal(now.life, last->life);

		if (source->life_field == NULL)
			continue;
		if (now.life == last->life)
			now.told_s = last->told_s;
		if (!is_news)
			now.since_s = last->since_s;
		/* What is the same word is not written anew at each request. */
		if (is_news || now.told_s > last->told_s + late_s)
			r = keep(task, register_key, &now);
		worst = source_life_worse(worst, life_of(now.life));
	}
	if (r < 0)
		return r;
	*ret_life = worst;
	return 0;
}

static const struct word *
word_of(struct task *task, const struct sql_rows *rows, const char *source)
{
	struct word *word = task_new(task, struct word);

	for (size_t i = 0; i < rows->n_rows; i++)
		if (str_equal(sql_text(rows, i, 0), source))
			*word = (struct word){
			    source, sql_text(rows, i, 1), sql_int(rows, i, 2), sql_int(rows, i, 3)};
	return word;
}

/* Not asked, or away: what it said last. */
static const char *
life_now(const struct http_question *question, const struct word *last)
{
	if (question == NULL || question->is_away)
		return last->life;
	return question->is_found && question->life != 0 ? source_life_name(question->life)
							 : UNKNOWN;
}

/* 0: known there by nothing. */
static enum life
life_of(const char *name)
{
	return name == NULL || str_equal(name, UNKNOWN) ? 0 : source_life_of(name);
}

static int
keep(struct task *task, const char *register_key, const struct word *word)
{
	return sql_write_one(task,
	    SQL("INSERT INTO source_life (register_key, source, life, since_s, told_s)"
		" VALUES (?1, ?2, ?3, ?4, ?5) ON CONFLICT (register_key, source) DO UPDATE SET"
		" life = excluded.life, since_s = excluded.since_s, told_s = excluded.told_s",
		SQL_TEXT(register_key), SQL_TEXT(word->source), SQL_TEXT(word->life),
		SQL_INT(word->since_s), SQL_INT(word->told_s)));
}
