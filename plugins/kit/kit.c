/* SPDX-License-Identifier: Apache-2.0
 *
 * Routes, bodies and answers of a service (kit.h).
 */
#include "kit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define BODY_MAX_BYTES (64u << 10)

static bool path_fits(struct kit_call *call, const char *pattern);
static const char *title_of(int status);
static bool is_member(const char *const *members, const char *name);

int
kit_dispatch(void *self, const struct kit_route *routes, struct dvara_request *request,
    struct dvara_answer *ret_answer)
{
	struct kit_call call = {.request = request, .answer = ret_answer};
	bool is_there = false;

	for (const struct kit_route *route = routes; route->method != NULL; route++) {
		if (!path_fits(&call, route->path))
			continue;
		is_there = true;
		if (strcmp(route->method, dvara_method(request)) == 0)
			return route->handle(self, &call);
	}
	if (is_there)
		return kit_refuse(&call, 405, "method-not-allowed", "no such method here");
	return kit_refuse(&call, 404, "not-found", "nothing is there");
}

/* Fills call->id and call->n. */
static bool
path_fits(struct kit_call *call, const char *pattern)
{
	const char *path = dvara_path(call->request);

	call->id = call->n = NULL;
	while (*pattern != '\0') {
		const char **hole = strncmp(pattern, "{id}", 4) == 0  ? &call->id
				    : strncmp(pattern, "{n}", 3) == 0 ? &call->n
								      : NULL;
		size_t len = strcspn(path, "/");

		if (hole == NULL) {
			if (*path++ != *pattern++)
				return false;
			continue;
		}
		*hole = len == 0 ? NULL : dvara_printf(call->request, "%.*s", (int)len, path);
		if (*hole == NULL)
			return false;
		path += len;
		pattern = strchr(pattern, '}') + 1;
	}
	return *path == '\0';
}

int
kit_answer(struct kit_call *call, int status, json_t *json)
{
	char *text = json == NULL ? NULL : json_dumps(json, JSON_COMPACT);

	json_decref(json);
	if (text == NULL)
		return DVARA_EINTERNAL;
	call->answer->status = status;
	call->answer->body = dvara_printf(call->request, "%s", text);
	free(text);
	return call->answer->body == NULL ? DVARA_EINTERNAL : DVARA_OK;
}

int
kit_refuse(struct kit_call *call, int status, const char *code, const char *detail)
{
	call->answer->content_type = "application/problem+json";
	return kit_answer(call, status,
	    json_pack("{s:s, s:s, s:i, s:s, s:s}", "type", "about:blank", "title", title_of(status),
		"status", status, "code", code, "detail", detail));
}

static const char *
title_of(int status)
{
	switch (status) {
	case 400: return "Bad Request";
	case 403: return "Forbidden";
	case 404: return "Not Found";
	case 405: return "Method Not Allowed";
	case 409: return "Conflict";
	case 410: return "Gone";
	case 422: return "Unprocessable Content";
	case 429: return "Too Many Requests";
	case 503: return "Service Unavailable";
	default: return "Refused";
	}
}

int
kit_body(struct kit_call *call, const char *const *members, json_t **ret_body)
{
	size_t n_bytes;
	const char *text = dvara_body(call->request, &n_bytes);
	json_t *body = NULL;
	json_error_t error;
	const char *name;
	json_t *value;

	if (n_bytes <= BODY_MAX_BYTES)
		body = json_loadb(text, n_bytes, JSON_REJECT_DUPLICATES, &error);
	if (!json_is_object(body)) {
		json_decref(body);
		return kit_refuse(call, 400, "not-json", "the body is no JSON object");
	}
	json_object_foreach(body, name, value) {
		if (is_member(members, name))
			continue;
		json_decref(body);
		return kit_refuse(
		    call, 400, "unknown-member", "the body has a member that is not known here");
	}
	*ret_body = body;
	return DVARA_OK;
}

static bool
is_member(const char *const *members, const char *name)
{
	for (; *members != NULL; members++) {
		if (strcmp(*members, name) == 0)
			return true;
	}
	return false;
}

const char *
kit_member(const json_t *object, const char *name, size_t max_bytes)
{
	const char *text = json_string_value(json_object_get(object, name));

	if (text == NULL || *text == '\0' || strlen(text) > max_bytes)
		return NULL;
	for (const char *c = text; *c != '\0'; c++) {
		if ((unsigned char)*c < 0x20 || *c == 0x7f)
			return NULL;
	}
	return text;
}

bool
kit_is_texts(json_t *texts, bool in_all)
{
	static const char languages[] = "km lo en fr ar";
	const char *language;
	json_t *text;

	json_object_foreach(texts, language, text) {
		if (!kit_has_word(languages, language) || json_string_length(text) == 0)
			return false;
	}
	return json_object_size(texts) == 5 || (!in_all && json_object_size(texts) > 0);
}

bool
kit_has_word(const char *words, const char *word)
{
	size_t len = strlen(word);

	while (words != NULL && *words != '\0') {
		size_t n = strcspn(words, " ");

		if (n == len && strncmp(words, word, n) == 0)
			return true;
		words += n + strspn(words + n, " ");
	}
	return false;
}

json_t *
kit_time(int64_t at_s)
{
	time_t at = (time_t)at_s;
	char text[32];
	struct tm parts;

	if (at_s == 0 || gmtime_r(&at, &parts) == NULL ||
	    strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%SZ", &parts) == 0)
		return json_null();
	return json_string(text);
}

int
kit_file(struct dvara_host *host, const char *file, json_type type, json_t **ret_json)
{
	char path[4096];
	json_error_t error;
	json_t *json;

	snprintf(path, sizeof(path), "%s%s%s", file[0] == '/' ? "" : dvara_folder(host),
	    file[0] == '/' ? "" : "/", file);
	json = *file == '{' || *file == '[' ? json_loads(file, JSON_REJECT_DUPLICATES, &error)
					    : json_load_file(path, JSON_REJECT_DUPLICATES, &error);
	if (json == NULL)
		dvara_log(host, "%s: line %d: %s", file, error.line, error.text);
	else if (json_typeof(json) != type)
		dvara_log(host, "%s: not of the right type", file);
	if (json == NULL || json_typeof(json) != type) {
		json_decref(json);
		return DVARA_EINPUT;
	}
	*ret_json = json;
	return DVARA_OK;
}

bool
kit_number(struct dvara_host *host, const char *setting, int64_t most, int64_t *ret_number)
{
	const char *text = dvara_setting(host, setting);
	char *end;
	long long number = strtoll(text, &end, 10);

	if (*end != '\0' || number < 1 || number > most) {
		dvara_log(host, "%s is no number from 1 to %lld", setting, (long long)most);
		return false;
	}
	*ret_number = number;
	return true;
}
