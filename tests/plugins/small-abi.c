/* SPDX-License-Identifier: Apache-2.0
 *
 * A plugin whose struct is smaller than it may be (case G01).
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

DVARA_EXPORT const struct dvara_service dvara_service = {.abi_major = DVARA_ABI_MAJOR,
    .abi_minor = DVARA_ABI_MINOR,
    .size = sizeof(struct dvara_service) / 2,
    .id = "small-abi",
    .version = "1.0",
    .handle = handle};
