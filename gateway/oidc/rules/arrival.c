/* SPDX-License-Identifier: Apache-2.0
 *
 * Which parameters count.  Called by authorize.c.
 */
#include "oidc/rules/arrival.h"

#include "core/task.h"
#include "records/pushed.h"

#include <string.h>

static int pushed_open(
    struct task *task, const char *handle, const char *client_id, struct parameters *parameters);

int
arrival_open(
    struct task *task, struct parameters *parameters, const struct authorization *authorization)
{
	const char *uri = parameters_get(parameters, "request_uri");

	/* Another's request_uri is never fetched; the rules refuse it. */
	if (uri == NULL || !str_starts(uri, REQUEST_URI_PREFIX))
		return 0;
	if (parameters->duplicate != NULL || parameters_get(parameters, "request") != NULL)
		return fail(task, INVALID_REQUEST, "request_uri stands beside another request");
	return pushed_open(
	    task, uri + strlen(REQUEST_URI_PREFIX), authorization->client->id, parameters);
}

static int
pushed_open(
    struct task *task, const char *handle, const char *client_id, struct parameters *parameters)
{
	struct pushed *pushed;
	int r;

	r = pushed_find(task, handle, client_id, &pushed);
	if (r < 0)
		return r;
	if (pushed == NULL)
		return fail(
		    task, INVALID_REQUEST, "request_uri is unknown, expired, used, or another's");
	parameters_of_json(task, pushed->parameters, parameters);
	parameters->pushed = pushed->mark;
	parameters->is_signed = pushed->is_signed;
	return 0;
}
