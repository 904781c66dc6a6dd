/* SPDX-License-Identifier: Apache-2.0
 *
 * Callers of the consent API who wait for news (see api.h).
 */
#include "consent/api.h"

#include "core/clock.h"
#include "core/fiber.h"
#include "core/settings.h"
#include "core/task.h"

#include <string.h>
#include <strings.h>

#define WAIT_MAX_S  25
#define LOOK_MS     500
#define WAITING_MAX 256 /* of one loop */

static int64_t wait_asked_s(struct task *task, const struct request *request);
static bool preference_is(const char *preference, const char *name, const char **ret_value);
static bool has_room(struct task *task, const char *client_id);

static _Thread_local struct api_wait *waiting; /* of this loop */

void
api_wait_open(struct api_wait *wait, struct reply *reply, const struct client *client)
{
	struct task *task = reply_task(reply);
	int64_t wait_s = wait_asked_s(task, reply_request(reply));

	*wait = (struct api_wait){.task = task, .client_id = client->id};
	if (wait_s == 0 || !has_room(task, client->id))
		return;
	wait->until_ms = clock_mono_ms() + wait_s * 1000;
	task->deadline_ms += wait_s * 1000;
	wait->next = waiting;
	waiting = wait;
	reply_header(reply, "Preference-Applied", task_printf(task, "wait=%d", (int)wait_s));
}

/* One client's many waits take no other's place. */
static bool
has_room(struct task *task, const char *client_id)
{
	const int64_t own_max = task->rooms->settings->consent_waits_per_client;
	int64_t n = 0, n_own = 0;

	for (const struct api_wait *one = waiting; one != NULL; one = one->next) {
		n++;
		n_own += str_equal(one->client_id, client_id);
	}
	return n < WAITING_MAX && (own_max == 0 || n_own < own_max);
}

/* RFC 7240 section 2: of a list, the first of that name; one whose value is none that we know is as
 * if it were not there. */
static int64_t
wait_asked_s(struct task *task, const struct request *request)
{
	const char *at = request_header(request, "Prefer"), *value;
	int64_t wait_s;

	for (; at != NULL && *at != '\0'; at += strcspn(at, ","), at += strspn(at, ", \t")) {
		if (!preference_is(at, "wait", &value))
			continue;
		value = task_dup_n(task, value, strspn(value, "0123456789"));
		return str_to_i64(value, 0, INT32_MAX, &wait_s)
			   ? (wait_s < WAIT_MAX_S ? wait_s : WAIT_MAX_S)
			   : 0;
	}
	return 0;
}

/* name, "=" with blanks around it, the value perhaps in quotes. */
static bool
preference_is(const char *preference, const char *name, const char **ret_value)
{
	const char *at = preference + strspn(preference, " \t");
	size_t len = strcspn(at, "= \t,;");

	if (len != strlen(name) || strncasecmp(at, name, len) != 0)
		return false;
	at += len;
	at += strspn(at, " \t");
	at += *at == '=';
	*ret_value = at + strspn(at, " \t\"");
	return true;
}

bool
api_wait(struct api_wait *wait)
{
	if (clock_mono_ms() >= wait->until_ms)
		return false;
	if (fiber_sleep(wait->task, LOOK_MS) == 0)
		return true;
	fault_clear(wait->task);
	return false;
}

void
api_wait_close(struct api_wait *wait)
{
	struct api_wait **at = &waiting;

	while (*at != NULL && *at != wait)
		at = &(*at)->next;
	if (*at != NULL)
		*at = wait->next;
}
