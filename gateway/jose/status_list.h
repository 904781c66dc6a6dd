/* SPDX-License-Identifier: Apache-2.0
 *
 * Token Status List: read another's list, write our own.  Bits are packed from the least
 * significant end.
 */
#ifndef JOSE_STATUS_LIST_H
#define JOSE_STATUS_LIST_H

#include "jose/sign.h"

struct trust;

#define STATUS_LIST_MAX_BYTES     (16u << 20) /* inflated */
#define STATUS_LIST_MAX_JWT_BYTES (1u << 20)

enum status { STATUS_VALID = 0, STATUS_INVALID = 1, STATUS_SUSPENDED = 2 };

struct status_list {
	int bits;             /* 1 2 4 8 */
	struct bytes list;    /* inflated */
	int64_t exp_s, ttl_s; /* 0: not said */
};

/* Verifies typ statuslist+jwt, sub = uri, x5c chain to an anchor of trust, times; inflates.  Fails
 * INVALID_REQUEST.  list->list lives as long as the task, outside of its arena. */
int status_list_open(struct task *task, const char *jwt, const char *uri, const struct trust *trust,
    struct status_list *ret_list);

/* lst of a status_list member: decode and inflate alone (the vectors). */
int status_list_decode(struct task *task, const json_t *status_list, struct status_list *ret_list);

/* Fails INVALID_REQUEST where index is out of bounds. */
int status_list_get(
    struct task *task, const struct status_list *list, int64_t index, int *ret_status);

/* One bit a credential, packed (index i is bit i % 8 of byte i / 8): deflates and signs, typ
 * statuslist+jwt whatever as says.  ttl_s: how long a reader may keep it; exp is twice as far. */
int status_list_sign(struct task *task, const struct sign_as *as, const char *uri,
    struct bytes packed, int64_t ttl_s, const char **ret_jwt);

#endif
