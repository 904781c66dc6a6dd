/* SPDX-License-Identifier: Apache-2.0
 *
 * Golden conversations: what a plugin answers, call by call, without a gateway.
 *
 *   {"settings": {name: text}, "calls": [
 *     {"say": "what it shows", "method": "GET", "path": "/x", "query": {…}, "body": JSON or text,
 *      "as": {"subject": "…", "client": "…", "scope": "…"}, "language": "en", "now_s": 1790000000,
 *      "attributes": {name: value}, "subjects": {sub: subject},
 *      "answer": {"status": 200, "body": JSON or text},
 *      "news": [{"subject": "…", "type": "…", "reference": "…"}]}]}
 *
 * Everything but path and answer.status may be left out; what answer does not say is not looked at.
 * Without attributes nobody has allowed any.  A text "*" in
 * an expected body fits anything; "$name" fits any text and keeps it, so that a later call may say
 * "$name" in its path, query or body.
 */
#include "host.h"

#include "core/buf.h"
#include "core/fiber.h"
#include "core/log.h"
#include "core/offload.h"
#include "store/sql.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define CALL_MS        30000
#define FILE_MAX_BYTES (1u << 20)
#define QUERY_MAX      64

struct talk {
	struct dvara_host *host;
	char *const *files;
	size_t n_files;
	json_t *kept; /* {"$name": text} */
	unsigned n_calls, n_wrong;
};

static bool key_make(struct dvara_host *host, struct task *task, char why[256]);
static bool files_play(struct talk *talk);
static void talk_fiber(void *arg);
static void file_play(struct talk *talk, const char *path);
static void calls_play(struct talk *talk, const char *path, const json_t *calls);
static const char *difference(struct task *task, size_t i, const json_t *call,
    const json_t *expected, const json_t *answered);
static void news_hold(
    struct talk *talk, struct task *task, const char *path, size_t i, const json_t *call);
static int call_play(struct talk *talk, struct task *task, json_t *call, json_t **ret_answer);
static void request_fill(struct task *task, const json_t *call, struct request *request);
static json_t *filled_in(const struct talk *talk, struct task *task, const json_t *filled);
static bool fits(struct talk *talk, const json_t *expected, const json_t *answered);
static bool store_begin(struct dvara_host *host, char *folder);
static void store_end(struct dvara_host *host, const char *folder);

/* The log stays on standard error; nobody is called, and nothing is confined. */
bool
host_rehearse(struct dvara_host *host, const struct words *words)
{
	struct talk talk = {
	    .host = host, .files = words->conversations, .n_files = words->n_conversations};
	struct task task;
	char why[256];
	bool is_good;

	json_setup();
	log_open(LOG_NOTICE, "dvara-service");
	host->gateway = "http://gateway.test";
	host->settings = (struct settings){.gateway_language = "en"};
	host->loop = loop_new();
	host->rooms.settings = &host->settings;
	task_open(&task, NULL, NULL, CALL_MS);
	is_good = host_read(host, &task, words, why) && host_load(host, why) &&
		  key_make(host, &task, why);
	if (!is_good)
		log_line(LOG_ERR, "start", "%s", why);
	offload_open(1);
	is_good = is_good && files_play(&talk);
	offload_close();
	task_close(&task);
	return is_good;
}

/* Of the moment: what it signs is right for as long as the conversation. */
static bool
key_make(struct dvara_host *host, struct task *task, char why[256])
{
	json_t *jwk;

	host->url = task_printf(task, "%s/services/%s", host->gateway, host->manifest.id);
	if (signer_jwk_make(task, &jwk) == 0 &&
	    signer_of_jwk(task, json_keep(task, jwk), &host->statement_signer) == 0)
		return true;
	snprintf(why, 256, "%s", task->fault.text);
	return false;
}

static bool
files_play(struct talk *talk)
{
	struct dvara_host *host = talk->host;

	fiber_start(host->loop, talk_fiber, talk);
	loop_run(host->loop);
	printf("%s: %u calls, %u wrong\n", host->manifest.id, talk->n_calls, talk->n_wrong);
	return talk->n_wrong == 0;
}

const json_t *
host_rehearsed(const char *member)
{
	return json_object_get(host_seat.rehearsed, member);
}

static void
talk_fiber(void *arg)
{
	struct talk *talk = arg;

	for (size_t i = 0; i < talk->n_files; i++)
		file_play(talk, talk->files[i]);
	loop_stop(talk->host->loop);
}

static void
wrong(struct talk *talk, const char *path, const char *what)
{
	talk->n_wrong++;
	printf("%s: %s\n", path, what);
}

static void
file_play(struct talk *talk, const char *path)
{
	char folder[] = "/tmp/dvara-service-XXXXXX", why[256];
	char *text = host_text_file(path, FILE_MAX_BYTES);
	json_auto_t *json = text ? json_loads(text, JSON_REJECT_DUPLICATES, NULL) : NULL;
	json_t *settings = json_object_get(json, "settings"), *own = talk->host->values;

	free(text);
	if (!json_is_array(json_object_get(json, "calls"))) {
		wrong(talk, path, "is no JSON object with calls");
		return;
	}
	talk->kept = json_object();
	if (settings)
		talk->host->values = settings;
	if (!store_begin(talk->host, folder) || !host_open(talk->host, why)) {
		wrong(talk, path, "the plugin does not open; the log says why");
	} else {
		calls_play(talk, path, json_object_get(json, "calls"));
		if (talk->host->service->close)
			talk->host->service->close(talk->host->self);
	}
	store_end(talk->host, folder);
	json_decref(talk->kept);
	talk->host->values = own;
}

static void
calls_play(struct talk *talk, const char *path, const json_t *calls)
{
	json_t *call;
	size_t i;

	json_array_foreach(calls, i, call) {
		const json_t *expected = json_object_get(call, "answer");
		json_t *answered = NULL;
		struct task task;

		task_open(&task, talk->host->loop, &talk->host->rooms, CALL_MS);
		talk->n_calls++;
		call_play(talk, &task, call, &answered);
		if (!json_object_get(expected, "body"))
			json_object_del(answered, "body");
		if (!fits(talk, expected, answered))
			wrong(talk, path, difference(&task, i, call, expected, answered));
		json_decref(answered);
		news_hold(talk, &task, path, i, call);
		task_close(&task);
	}
}

static const char *
difference(
    struct task *task, size_t i, const json_t *call, const json_t *expected, const json_t *answered)
{
	const char *say = json_get_text(call, "say");

	return task_printf(task, "calls[%zu] (%s):\n  expected %s\n  answered %s", i,
	    say ? say : "", json_text(task, expected), json_text(task, answered));
}

/* What the call told: looked at where it says, and forgotten. */
static void
news_hold(struct talk *talk, struct task *task, const char *path, size_t i, const json_t *call)
{
	const json_t *expected = json_object_get(call, "news");
	json_auto_t *news = NULL;

	if (host_news_take(task, &news) < 0)
		wrong(talk, path, "the news cannot be read; the log says why");
	else if (expected && !fits(talk, expected, news))
		wrong(talk, path, difference(task, i, call, expected, news));
}

static const char *
or_else(const char *text, const char *otherwise)
{
	return text ? text : otherwise;
}

/* The answer as {status, body}: what is JSON is taken apart. */
static int
call_play(struct talk *talk, struct task *task, json_t *call, json_t **ret_answer)
{
	const json_t *filled = json_keep(task, filled_in(talk, task, call));
	const json_t *as = json_object_get(filled, "as");
	struct dvara_answer answer = {0};
	struct request http = {0};
	struct dvara_request request = {
	    .task = task,
	    .http = &http,
	    .subject = or_else(json_get_text(as, "subject"), as ? "" : "person"),
	    .client = or_else(json_get_text(as, "client"), "client"),
	    .scope = or_else(json_get_text(as, "scope"), ""),
	    .language = or_else(json_get_text(filled, "language"), "en"),
	    .token = "",
	};
	json_t *body;
	int r;

	request_fill(task, filled, &http);
	talk->host->rehearsed = filled;
	talk->host->now_s = json_integer_value(json_object_get(filled, "now_s"));
	r = host_handle(&request, &answer);
	talk->host->rehearsed = NULL;
	if (r < 0) {
		*ret_answer = json_pack("{s:i}", "status", fault_status(r));
		return r;
	}
	*ret_answer = json_pack("{s:i}", "status", answer.status);
	body =
	    answer.body ? json_loadb(answer.body, answer.body_bytes, JSON_DECODE_ANY, NULL) : NULL;
	if (!body && answer.body)
		body = json_stringn(answer.body, answer.body_bytes);
	json_object_set_new(*ret_answer, "body", body);
	return 0;
}

static void
request_fill(struct task *task, const json_t *call, struct request *request)
{
	struct pair *query = task_new_n(task, struct pair, QUERY_MAX);
	const json_t *body = json_object_get(call, "body");
	const char *name;
	json_t *value;

	request->method = or_else(json_get_text(call, "method"), "GET");
	request->path = or_else(json_get_text(call, "path"), "/");
	request->raw_query = "";
	request->body = BYTES_OF("");
	if (body)
		request->body = BYTES_OF(
		    json_is_string(body) ? json_string_value(body) : json_text(task, body));
	json_object_foreach(json_object_get(call, "query"), name, value)
		if (request->query.n < QUERY_MAX)
			query[request->query.n++] =
			    (struct pair){name, or_else(json_string_value(value), "")};
	request->query.at = query;
}

/* Every text with the kept names in it replaced; the expected answer stays as it is. */
static json_t *
filled_in(const struct talk *talk, struct task *task, const json_t *call)
{
	char *text = json_dumps(call, JSON_COMPACT);
	json_t *whole, *value;
	const char *name;

	json_object_foreach(talk->kept, name, value) {
		struct buf out;
		const char *rest = text, *at;

		buf_open(&out, task, 2 * FILE_MAX_BYTES);
		for (; (at = strstr(rest, name)); rest = at + strlen(name)) {
			buf_add(&out, rest, (size_t)(at - rest));
			buf_text_add(&out, json_string_value(value));
		}
		buf_text_add(&out, rest);
		free(text);
		text = strdup(buf_text(&out));
	}
	whole = json_loads(text, 0, NULL);
	free(text);
	return whole ? whole : json_object();
}

static bool
object_fits(struct talk *talk, const json_t *expected, const json_t *answered)
{
	const char *name;
	json_t *value;

	if (json_object_size(expected) != json_object_size(answered))
		return false;
	json_object_foreach((json_t *)(uintptr_t)expected, name, value)
		if (!fits(talk, value, json_object_get(answered, name)))
			return false;
	return true;
}

static bool
array_fits(struct talk *talk, const json_t *expected, const json_t *answered)
{
	if (json_array_size(expected) != json_array_size(answered))
		return false;
	for (size_t i = 0; i < json_array_size(expected); i++)
		if (!fits(talk, json_array_get(expected, i), json_array_get(answered, i)))
			return false;
	return true;
}

static bool
fits(struct talk *talk, const json_t *expected, const json_t *answered)
{
	const char *text = json_string_value(expected);

	if (!expected || !answered)
		return expected == answered;
	if (text && strcmp(text, "*") == 0)
		return true;
	if (text && text[0] == '$' && json_is_string(answered)) {
		const json_t *kept = json_object_get(talk->kept, text);

		if (kept)
			return json_equal(kept, answered);
		json_object_set(talk->kept, text, (json_t *)(uintptr_t)answered);
		return true;
	}
	if (json_is_object(expected) && json_is_object(answered))
		return object_fits(talk, expected, answered);
	if (json_is_array(expected) && json_is_array(answered))
		return array_fits(talk, expected, answered);
	return json_equal(expected, answered);
}

static bool
store_begin(struct dvara_host *host, char *folder)
{
	char why[256];

	if (!mkdtemp(folder))
		return false;
	if (host_store_open(host, folder, why))
		return true;
	printf("%s\n", why);
	return false;
}

static void
store_end(struct dvara_host *host, const char *folder)
{
	DIR *all = opendir(folder);
	const struct dirent *entry;

	host_store_close(host);
	while (all && (entry = readdir(all)))
		unlinkat(dirfd(all), entry->d_name, 0);
	if (all)
		closedir(all);
	rmdir(folder);
}
