/* SPDX-License-Identifier: Apache-2.0
 *
 * A plugin of an ABI that this host does not speak (case G01).
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

DVARA_EXPORT const struct dvara_service dvara_service = {.abi_major = DVARA_ABI_MAJOR + 1,
    .size = sizeof(struct dvara_service),
    .id = "newer-abi",
    .version = "1.0",
    .handle = handle};
