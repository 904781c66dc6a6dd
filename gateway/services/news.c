/* SPDX-License-Identifier: Apache-2.0
 *
 * POST /news: a service tells that something has changed for a person, for whoever the person lets
 * call it (records/news.h).
 *
 * It authenticates as itself, and names the person as it knows them.  Whatever became of it, the
 * answer is the same: a service does not learn who is known here, nor who is told.
 */
#include "services/services.h"

#include "access/client_auth.h"
#include "consent/release.h"
#include "core/settings.h"
#include "core/task.h"
#include "manifest/news_word.h"
#include "records/news.h"
#include "records/person.h"
#include "records/rate.h"

#include <string.h>

#define ID_MIN   16
#define ID_MAX   64
#define MINUTE_S 60

_Static_assert(NEWS_LIFE_S > NEWS_WAIT_S, "what is told twice is told once");

static int news_read(
    struct task *task, const struct request *request, struct news *news, const char **ret_sub);
static bool is_id(const char *id);
static int rate_take(struct task *task, const char *service_id);
static int person_of_service(
    struct task *task, const char *service_id, const char *sub, const char **ret_person_id);

int
services_news(struct task *task, const struct request *request, struct reply *reply)
{
	struct news news = {0};
	const char *sub;
	int r;

	r = client_authenticate(task, request, &news.service);
	if (r < 0)
		return r;
	if (!news.service->is_service)
		return fail(task, FORBIDDEN, "this client is not a service");
	r = news_read(task, request, &news, &sub);
	if (r < 0)
		return r;
	r = rate_take(task, news.service->id);
	if (r < 0)
		return r;
	r = person_of_service(task, news.service->id, sub, &news.person_id);
	if (r == 0 && news.person_id)
		r = news_tell(task, &news);
	return r < 0 ? r : reply_empty(reply, 204);
}

static int
news_read(struct task *task, const struct request *request, struct news *news, const char **ret_sub)
{
	const char *sub = request_form(request, "sub"), *wrong;

	news->id = request_form(request, "id");
	news->type = request_form(request, "type");
	news->reference = request_form(request, "reference");
	news->clients = request_form(request, "clients");
	wrong = news_word_wrong(&(struct news_word){sub, news->reference, news->clients});
	if (!is_id(news->id))
		return fail(task, INVALID_REQUEST,
		    "id is not %d to %d letters and digits, of which no two news have the same",
		    ID_MIN, ID_MAX);
	if (!news->type || !client_event_label(news->service, news->type))
		return fail(
		    task, INVALID_REQUEST, "type is none of those that the service declared");
	if (wrong)
		return fail(task, INVALID_REQUEST, "%s", wrong);
	*ret_sub = sub;
	return 0;
}

static bool
is_id(const char *id)
{
	size_t len = id ? strspn(id, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
				     "0123456789_-")
			: 0;

	return len >= ID_MIN && len <= ID_MAX && id[len] == '\0';
}

static int
rate_take(struct task *task, const char *service_id)
{
	const struct rate rate = {
	    .kind = "news",
	    .who = service_id,
	    .max = task->rooms->settings->services_news_per_minute,
	    .window_s = MINUTE_S,
	};

	return rate.max == 0 ? 0 : rate_claim(task, &rate);
}

/* By the service's own name for them alone: what others call them is nobody here.  Nor is who may
 * not be represented any more. */
static int
person_of_service(
    struct task *task, const char *service_id, const char *sub, const char **ret_person_id)
{
	const char *person_id;
	int r;

	r = person_by_subject(task, sub, &person_id);
	if (r < 0)
		return r;
	if (!person_id || !str_equal(person_service_subject(task, person_id, service_id), sub)) {
		*ret_person_id = NULL;
		return 0;
	}
	r = release_person_check(task, person_id);
	if (r < 0 && r != ACCESS_DENIED)
		return r;
	if (r == ACCESS_DENIED)
		fault_clear(task);
	*ret_person_id = r < 0 ? NULL : person_id;
	return 0;
}
