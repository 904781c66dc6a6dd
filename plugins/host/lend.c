/* SPDX-License-Identifier: Apache-2.0
 *
 * What the host lends to the plugin: the functions of dvara/plugin.h.  They run on the plugin's
 * thread while the fiber of the call is parked, so the task is theirs alone.
 */
#include "host.h"

#include "core/clock.h"
#include "core/log.h"
#include "core/random.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LENT_MAX_BYTES (4u << 20)
#define ID_BYTES       16

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
dvara_scope(const struct dvara_request *request)
{
	return request->scope;
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
dvara_random_id(struct dvara_request *request)
{
	return dvara_printf(request, "%s", random_id(request->task, ID_BYTES));
}

int64_t
dvara_now_s(void)
{
	return host_seat.now_s ? host_seat.now_s : clock_now_s();
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
	return host->folder.path;
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
