/* SPDX-License-Identifier: Apache-2.0
 *
 * News of services (see news.h).
 */
#include "records/news.h"

#include "core/clock.h"
#include "core/task.h"
#include "records/audit.h"
#include "records/consent.h"
#include "records/event.h"
#include "records/notice.h"
#include "records/subject.h"
#include "store/sql.h"

struct telling {
	const struct news *news;
	const struct consent *const *consents; /* of each client that may be told, one */
	const char **subs;                     /* the person, as that client knows them */
	int64_t n_told;
};

static int listeners_find(struct task *task, struct telling *telling);
static int may_hear(struct task *task, const struct news *news, const struct consent *consent,
    const char **ret_sub);
static bool is_told(const struct consent *const *consents, size_t n, const char *client_id);
static sql_step tell_step;
static int claim(struct sql_tx *tx, const struct news *news, bool *ret_is_again);
static int tell_one(struct sql_tx *tx, struct telling *telling, size_t i);
static int audit(struct sql_tx *tx, const struct telling *telling);
static int person_notify(struct sql_tx *tx, const struct news *news);

int
news_tell(struct task *task, const struct news *news)
{
	struct telling telling = {.news = news};
	int r;

	r = listeners_find(task, &telling);
	if (r == 0)
		r = sql_write(task, tell_step, &telling);
	if (r == 0)
		event_haste(task);
	return r;
}

static int
listeners_find(struct task *task, struct telling *telling)
{
	const struct news *news = telling->news;
	const struct consent *const *all;
	const struct consent **kept;
	size_t n = 0;
	int r;

	r = consent_of_service(task, news->person_id, news->service->id, &all);
	if (r < 0)
		return r;
	for (size_t i = 0; all[i] != NULL; i++)
		n++;
	kept = task_new_n(task, const struct consent *, n + 1);
	telling->subs = task_new_n(task, const char *, n + 1);
	n = 0;
	for (; *all != NULL; all++) {
		if (is_told(kept, n, (*all)->client_id))
			continue;
		r = may_hear(task, news, *all, &telling->subs[n]);
		if (r < 0)
			return r;
		if (telling->subs[n] != NULL)
			kept[n++] = *all;
	}
	kept[n] = NULL;
	telling->consents = kept;
	return 0;
}

/* For another purpose already. */
static bool
is_told(const struct consent *const *consents, size_t n, const char *client_id)
{
	for (size_t i = 0; i < n; i++)
		if (str_equal(consents[i]->client_id, client_id))
			return true;
	return false;
}

/* *ret_sub is NULL where the client may not call the service now, whatever the person said. */
static int
may_hear(
    struct task *task, const struct news *news, const struct consent *consent, const char **ret_sub)
{
	const struct purpose *purpose;
	const struct client *client;
	int r;

	*ret_sub = NULL;
	if (news->clients != NULL && !str_has_word(news->clients, consent->client_id))
		return 0;
	r = client_find(task, consent->client_id, &client);
	if (r < 0 || client == NULL || !names_have(client->resources, news->service->id))
		return r;
	purpose = client_purpose(client, consent->purpose_id);
	if (purpose == NULL || !purpose_stands(purpose, clock_now_s()) ||
	    !str_equal(purpose->version, consent->purpose_version))
		return 0;
	*ret_sub = subject_of(task, client, news->person_id);
	return 0;
}

static int
tell_step(struct sql_tx *tx, void *arg)
{
	struct telling *telling = arg;
	const struct news *news = telling->news;
	bool is_again = false;
	int r;

	r = claim(tx, news, &is_again);
	if (r < 0 || is_again)
		return r;
	telling->n_told = 0;
	for (size_t i = 0; r == 0 && telling->consents[i] != NULL; i++)
		r = tell_one(tx, telling, i);
	if (r == 0)
		r = audit(tx, telling);
	return r < 0 ? r : person_notify(tx, news);
}

static int
audit(struct sql_tx *tx, const struct telling *telling)
{
	const struct news *news = telling->news;
	json_auto_t *detail =
	    json_pack("{s:s, s:I}", "type", news->type, "told", (json_int_t)telling->n_told);

	return audit_add(
	    tx, &(struct audit_event){.event = EVENT_NEWS,
		    .actor = task_printf(sql_task(tx), "service:%s", news->service->id),
		    .person_id = news->person_id,
		    .client_id = news->service->id,
		    .detail = detail});
}

/* Old ones make room on the way. */
static int
claim(struct sql_tx *tx, const struct news *news, bool *ret_is_again)
{
	int64_t now_s = clock_now_s();
	struct sql_rows rows;
	int r;

	r = sql_run(tx,
	    SQL("DELETE FROM news WHERE service_id = ?1 AND at_s < ?2", SQL_TEXT(news->service->id),
		SQL_INT(now_s - NEWS_LIFE_S)),
	    NULL);
	if (r < 0)
		return r;
	r = sql_run(tx,
	    SQL("INSERT INTO news (service_id, id, at_s) VALUES (?1, ?2, ?3)"
		" ON CONFLICT (service_id, id) DO NOTHING",
		SQL_TEXT(news->service->id), SQL_TEXT(news->id), SQL_INT(now_s)),
	    &rows);
	if (r == 0)
		*ret_is_again = rows.n_changed == 0;
	return r;
}

/* Withdrawn or paused since it was looked at: not told. */
static int
tell_one(struct sql_tx *tx, struct telling *telling, size_t i)
{
	const struct consent *consent = telling->consents[i];
	const struct news *news = telling->news;
	int r = consent_use(tx, consent->id);

	if (r == CONSENT_REQUIRED || r == CONSENT_PAUSED) {
		fault_clear(sql_task(tx));
		return 0;
	}
	if (r < 0)
		return r;
	telling->n_told++;
	return event_add(tx, &(struct event){.type = EVENT_NEWS,
				 .client_id = consent->client_id,
				 .subject_id = telling->subs[i],
				 .other_id = consent->id,
				 .status = news->type,
				 .service_id = news->service->id,
				 .reference = news->reference,
				 .actor = "service"});
}

static int
person_notify(struct sql_tx *tx, const struct news *news)
{
	const json_t *label = client_event_label(news->service, news->type);
	json_auto_t *about = json_pack("{s:s, s:s, s:O?, s:O*}", "service", news->service->id,
	    "news", news->type, "text", label, "name", news->service->name);

	return notice_add_about(tx, news->person_id, EVENT_NEWS, about);
}
