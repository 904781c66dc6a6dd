/* SPDX-License-Identifier: Apache-2.0
 *
 * A plugin that refuses to open (case G01).
 */
#include <dvara/plugin.h>

static int
refuse(struct dvara_host *host, void **ret_self)
{
	(void)ret_self;
	dvara_log(host, "nothing to work with");
	return DVARA_EINTERNAL;
}

static int
handle(void *self, struct dvara_request *request, struct dvara_answer *ret_answer)
{
	(void)self;
	(void)request;
	ret_answer->body = "{}";
	return DVARA_OK;
}

DVARA_SERVICE(.id = "no-open", .version = "1.0", .open = refuse, .handle = handle);
