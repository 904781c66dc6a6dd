/* SPDX-License-Identifier: Apache-2.0
 *
 * For client_store.c.
 */
#ifndef RECORDS_CLIENT_CACHE_H
#define RECORDS_CLIENT_CACHE_H

/* This thread's cache asks SQL at its next use: what was just changed here is seen here at once. */
void client_cache_forget(void);

#endif
