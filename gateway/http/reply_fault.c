/* SPDX-License-Identifier: Apache-2.0
 *
 * The task's fault as an answer: OAuth (RFC 6749 section 5.2), bearer (RFC 6750 section 3), problem
 * (RFC 9457).  The fault writers of routes.c; pages have their own.
 */
#include "http/reply.h"

#include "core/settings.h"
#include "core/task.h"
#include "http/reply_inner.h"

#include <string.h>
#include <strings.h>

#define RETRY_AFTER_S "5"

static int json_fault(struct reply *reply);
static const char *description(const struct reply *reply);
static const char *scheme_of(const struct reply *reply);
static void challenge(struct reply *reply);
static const char *title_of(struct task *task, const char *name);

int
reply_oauth_fault(struct reply *reply)
{
	const char *scheme = scheme_of(reply);

	if (reply->task->fault.code == INVALID_CLIENT && scheme != NULL &&
	    reply_header_find(reply, "WWW-Authenticate") == NULL &&
	    strcasecmp(scheme, "Basic") == 0)
		reply_header(reply, "WWW-Authenticate", "Basic realm=\"dvara\"");
	return json_fault(reply);
}

static int
json_fault(struct reply *reply)
{
	json_auto_t *json = json_object();

	reply_retry_header(reply);
	json_set_text(json, "error", fault_name(reply->task->fault.code));
	json_set_text(json, "error_description", description(reply));
	json_set_text(
	    json, "error_uri", reply_error_uri(reply->task, fault_name(reply->task->fault.code)));
	return reply_json(reply, fault_status(reply->task->fault.code), json);
}

const char *
reply_error_uri(struct task *task, const char *error)
{
	return task_printf(task, "%s/errors/%s?id=%s", task->rooms->settings->gateway_issuer, error,
	    task_short_id(task));
}

/* The reason of a fault of our own stays in the log. */
static const char *
description(const struct reply *reply)
{
	const struct fault *fault = &reply->task->fault;

	if (fault_is_ours(fault->code))
		return "the request could not be answered now";
	return reply_description(reply->task, fault->text);
}

const char *
reply_description(struct task *task, const char *text)
{
	char *copy = task_dup(task, text), *at;

	for (at = copy; *at != 0; at++)
		if (*at < 0x20 || *at > 0x7e || *at == '"' || *at == '\\')
			*at = *at == '"' ? '\'' : '?';
	return copy;
}

void
reply_retry_header(struct reply *reply)
{
	int status = fault_status(reply->task->fault.code);
	long retry_s = reply->task->fault.retry_s;

	if ((status == 429 || status == 503) && reply_header_find(reply, "Retry-After") == NULL)
		reply_header(reply, "Retry-After",
		    retry_s > 0 ? task_printf(reply->task, "%ld", retry_s) : RETRY_AFTER_S);
}

static const char *
scheme_of(const struct reply *reply)
{
	const char *authorization = request_header(reply->request, "Authorization");

	if (authorization == NULL)
		return NULL;
	return task_dup_n(reply->task, authorization, strcspn(authorization, " "));
}

int
reply_bearer_fault(struct reply *reply)
{
	challenge(reply);
	/* RFC 6750 section 3.1: a caller without a token is told nothing more. */
	if (reply->task->fault.code == NO_TOKEN)
		return reply_empty(reply, fault_status(NO_TOKEN));
	return json_fault(reply);
}

/* RFC 6750 section 3, RFC 9449 section 7.1: the fault in the scheme that was used; who came without
 * one, or with Bearer, learns that there is DPoP as well. */
static void
challenge(struct reply *reply)
{
	static const char algs[] = "algs=\"" REPLY_DPOP_ALGS "\"";
	struct task *task = reply->task;
	const char *scheme = scheme_of(reply), *error = "";
	int status = fault_status(task->fault.code);
	bool is_dpop = scheme != NULL && strcasecmp(scheme, "DPoP") == 0;

	if ((status != 401 && status != 403) ||
	    reply_header_find(reply, "WWW-Authenticate") != NULL)
		return;
	if (task->fault.code != NO_TOKEN)
		error = task_printf(task, "error=\"%s\", error_description=\"%s\"",
		    fault_name(task->fault.code), description(reply));
	reply_header(reply, "WWW-Authenticate",
	    is_dpop
		? task_printf(task, "DPoP %s%s%s", error, *error == 0 ? "" : ", ", algs)
		: task_printf(task, "Bearer%s%s, DPoP %s", *error == 0 ? "" : " ", error, algs));
}

int
reply_problem_fault(struct reply *reply)
{
	struct task *task = reply->task;
	const char *name = fault_name(task->fault.code);
	int status = fault_status(task->fault.code);
	json_auto_t *json = json_object();

	/* A caller without a token has made no error yet (RFC 6750 section 3.1). */
	if (*name == '\0')
		name = "invalid_token";
	challenge(reply);
	reply_retry_header(reply);
	json_set_text(json, "type",
	    task_printf(task, "%s/errors/%s", task->rooms->settings->gateway_issuer, name));
	json_set_text(json, "title", title_of(task, name));
	json_object_set_new(json, "status", json_integer(status));
	json_set_text(json, "detail", description(reply));
	json_set_text(json, "instance", reply->request->path);
	json_set_text(json, "doc", json_get_text(json, "type"));
	json_set_text(json, "trace_id", task->trace_id);
	if (task->fault.pointer != NULL)
		json_object_set_new(json, "errors",
		    json_pack("[{s:s, s:s, s:s}]", "pointer", task->fault.pointer, "code", name,
			"detail", description(reply)));
	return reply_text(reply, status, "application/problem+json", json_text(task, json));
}

/* The name in words: "Consent not active". */
static const char *
title_of(struct task *task, const char *name)
{
	char *title = task_dup(task, name);

	for (char *at = title; *at != '\0'; at++)
		if (*at == '-' || *at == '_')
			*at = ' ';
	if (*title >= 'a' && *title <= 'z')
		*title = (char)(*title - 'a' + 'A');
	return title;
}
