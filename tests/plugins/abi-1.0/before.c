/* SPDX-License-Identifier: Apache-2.0
 *
 * A plugin built against the header of ABI 1.0 as it was, kept beside it: it still loads.
 */
#include <dvara/plugin.h>

static int
handle(void *self, struct dvara_request *request, struct dvara_answer *ret_answer)
{
	(void)self;
	ret_answer->body = dvara_printf(request, "{\"abi\":\"%u.%u\",\"size\":%zu,\"sub\":\"%s\"}",
	    DVARA_ABI_MAJOR, DVARA_ABI_MINOR, sizeof(struct dvara_service), dvara_subject(request));
	return DVARA_OK;
}

DVARA_SERVICE(.id = "before", .version = "1.0", .handle = handle);
