/* SPDX-License-Identifier: Apache-2.0
 *
 * A plugin that says it is another service (case G01).
 */
#include <dvara/plugin.h>

static int
handle(void *self, struct dvara_request *request, struct dvara_answer *ret_answer)
{
	(void)self;
	(void)request;
	ret_answer->body = "{}";
	return DVARA_OK;
}

DVARA_SERVICE(.id = "hostile", .version = "1.0", .handle = handle);
