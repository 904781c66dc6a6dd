/* SPDX-License-Identifier: Apache-2.0
 *
 * The document of the consent API (see openapi.h).
 */
#include "consent/openapi.h"

#include "core/random.h"
#include "core/task.h"

#include <string.h>

#define FRESH       "public, max-age=300"
#define NONCE_BYTES 16

/* Made of openapi.json as it is built. */
extern const char openapi_text[];

int
openapi_document(struct task *task, const struct request *request, struct reply *reply)
{
	(void)task, (void)request;
	reply_header(reply, "Cache-Control", FRESH);
	return reply_text(reply, 200, "application/json", openapi_text);
}

int
openapi_docs(struct task *task, const struct request *request, struct reply *reply)
{
	const char *nonce = random_id(task, NONCE_BYTES), *html;
	json_t *document = json_loads(openapi_text, JSON_REJECT_DUPLICATES, NULL);

	(void)request;
	if (document == NULL)
		return fail(task, BROKEN, "openapi.json is no JSON");
	html = openapi_page(task, json_keep(task, document), nonce);
	if (html == NULL)
		return fail(task, BROKEN, "the page of openapi.json is too long");
	reply_header(reply, "Cache-Control", FRESH);
	return reply_page(reply, 200, html, nonce, NULL);
}
