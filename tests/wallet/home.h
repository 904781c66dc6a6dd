/* SPDX-License-Identifier: Apache-2.0
 *
 * The home of a wallet: names of identities, their folders, the default, the lock.  Serves
 * identity.c, whose header has the rest of its functions.
 */
#ifndef WALLET_HOME_H
#define WALLET_HOME_H

#include "identity.h"

/* HOME and HOME/identities. */
int home_make(struct wallet *wallet);

/* HOME/identities/NAME, and is it there? */
const char *home_path(struct wallet *wallet, const char *name);
bool home_has(struct wallet *wallet, const char *name);

/* A name that nobody has, after any text.  Under the lock. */
const char *home_name(struct wallet *wallet, const char *base);

/* Who a credential names; else the name of its identity. */
const char *home_label(struct wallet *wallet, const struct identity_draft *draft);

/* The folders in a folder whose names begin so: a JSON array of names; a folder that is not there
 * holds none. */
int home_folders(struct wallet *wallet, const char *path, const char *prefix, json_t **ret_folders);

#endif
