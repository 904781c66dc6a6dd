/* SPDX-License-Identifier: Apache-2.0
 *
 * What the host lends to the plugin: the functions of dvara/plugin.h.  They run on the plugin's
 * thread while the fiber of the call is parked, so the task is theirs alone.
 */
#include "host.h"

#include "core/clock.h"
#include "core/fiber.h"
#include "core/log.h"

#include <semaphore.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LENT_MAX_BYTES (4u << 20)

const char *
dvara_subject(const struct dvara_request *request)
{
	return request->subject;
}

const char *
dvara_client(const struct dvara_request *request)
{
	return request->client;
}

const char *
dvara_method(const struct dvara_request *request)
{
	return request->http->method;
}

const char *
dvara_path(const struct dvara_request *request)
{
	return request->http->path;
}

const char *
dvara_query(const struct dvara_request *request, const char *name)
{
	return request_query(request->http, name);
}

const char *
dvara_body(const struct dvara_request *request, size_t *ret_bytes)
{
	*ret_bytes = request->http->body.len;
	return (const char *)request->http->body.at;
}

const char *
dvara_language(const struct dvara_request *request)
{
	return request->language;
}

uint32_t
dvara_time_left_ms(const struct dvara_request *request)
{
	return (uint32_t)task_left_ms(request->task);
}

void *
dvara_alloc(struct dvara_request *request, size_t bytes)
{
	if (bytes > LENT_MAX_BYTES - request->lent_bytes)
		return NULL;
	request->lent_bytes += bytes;
	return task_alloc(request->task, bytes);
}

char *
dvara_printf(struct dvara_request *request, const char *format, ...)
{
	va_list args;
	char *text;
	int len;

	va_start(args, format);
	len = vsnprintf(NULL, 0, format, args);
	va_end(args);
	if (len < 0)
		return NULL;
	text = dvara_alloc(request, (size_t)len + 1);
	if (!text)
		return NULL;
	va_start(args, format);
	vsnprintf(text, (size_t)len + 1, format, args);
	va_end(args);
	return text;
}

const char *
dvara_setting(const struct dvara_host *host, const char *name)
{
	const struct dvara_setting *setting = host->service->settings;
	const char *value = json_get_text(host->values, name);

	for (; !value && setting && setting->name; setting++)
		if (strcmp(setting->name, name) == 0)
			value = setting->preset;
	return value;
}

const char *
dvara_folder(const struct dvara_host *host)
{
	return host->folder;
}

void
dvara_log(struct dvara_host *host, const char *format, ...)
{
	char line[512];
	va_list args;

	va_start(args, format);
	vsnprintf(line, sizeof(line), format, args);
	va_end(args);
	log_line(LOG_NOTICE, host->service->id, "%s", line);
}

/* A wait of the plugin's thread for work that only the loop may do. */
struct asking {
	struct dvara_request *request;
	const char *names, *json;
	int result;
	sem_t done;
};

static void
ask(void *arg)
{
	struct asking *asking = arg;
	struct task task;

	/* Not the call's own task: its fiber is parked on the plugin, and a task has one fiber. */
	task_open(&task, host_seat.loop, &host_seat.rooms, task_left_ms(asking->request->task));
	asking->result =
	    host_attributes(&task, asking->request->token, asking->names, &asking->json);
	if (asking->result == 0)
		asking->json = strdup(asking->json);
	task_close(&task);
	sem_post(&asking->done);
}

static void
ask_post(void *arg)
{
	fiber_start(host_seat.loop, ask, arg);
}

int
dvara_attributes(struct dvara_request *request, const char *names, const char **ret_json)
{
	struct asking asking = {.request = request, .names = names};
	char *json;

	sem_init(&asking.done, 0, 0);
	if (!loop_post(host_seat.loop, ask_post, &asking))
		return DVARA_EUPSTREAM;
	while (sem_wait(&asking.done) < 0)
		continue;
	sem_destroy(&asking.done);
	if (asking.result < 0)
		return fault_is_ours(asking.result) ? DVARA_EUPSTREAM : DVARA_EDENIED;
	json = dvara_printf(request, "%s", asking.json);
	free((void *)(uintptr_t)asking.json);
	if (!json)
		return DVARA_EINTERNAL;
	*ret_json = json;
	return DVARA_OK;
}
