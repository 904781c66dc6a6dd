/* SPDX-License-Identifier: Apache-2.0
 *
 * GET /consent/v1/catalogue/attributes: what may be asked about people at all; GET
 * /consent/v1/purposes: what the client that is calling may ask, why, and within which limits.
 */
#include "consent/api.h"
#include "consent/api_handlers.h"
#include "core/clock.h"
#include "core/task.h"
#include "records/attribute.h"
#include "records/purpose.h"

int
api_catalogue(struct task *task, const struct request *request, struct reply *reply)
{
	const struct client *client;
	json_t *catalogue = NULL;
	int r;

	r = api_client(task, request, &client);
	if (r == 0)
		r = attribute_catalogue(task, &catalogue);
	return r < 0 ? r : api_page_reply(reply, json_keep(task, catalogue), NULL);
}

int
api_purposes(struct task *task, const struct request *request, struct reply *reply)
{
	json_t *purposes = json_keep(task, json_array());
	const int64_t now_s = clock_now_s();
	const struct client *client;
	int r;

	r = api_client(task, request, &client);
	if (r < 0)
		return r;
	for (size_t i = 0; i < client->n_purposes; i++)
		if (purpose_stands(&client->purposes[i], now_s))
			json_array_append_new(purposes, purpose_json(task, &client->purposes[i]));
	return api_page_reply(reply, purposes, NULL);
}
