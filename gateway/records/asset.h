/* SPDX-License-Identifier: Apache-2.0
 *
 * Pictures that we serve from our own origin: clients' logos, so that no page calls another host
 * and none of them learns who is signing in.  In SQL, named by the hash of their bytes.
 */
#ifndef RECORDS_ASSET_H
#define RECORDS_ASSET_H

#include "core/str.h"

struct sql_tx;
struct task;

struct asset {
	const char *type; /* image/png, image/jpeg, image/webp */
	struct bytes bytes;
};

/* The client's logo from now on; NULL: it has none.  What no client has any more is deleted.  In
 * the step that stores the client (client_store.c). */
int asset_give(struct sql_tx *tx, const char *client_id, const struct asset *asset);

/* Fails NOT_FOUND. */
int asset_find(struct task *task, const char *id, struct asset *ret_asset);

#endif
