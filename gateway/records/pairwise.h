/* SPDX-License-Identifier: Apache-2.0
 *
 * The one key that never changes: 32 random bytes of which pairwise subjects are made (person.h),
 * and keys for what is made anew each time in place of being kept (webhook.h).
 */
#ifndef RECORDS_PAIRWISE_H
#define RECORDS_PAIRWISE_H

#include "core/str.h"
#include "jose/digest.h"

struct sql;

/* Reads settings keys.pairwise_file (0600, 32 bytes), makes it if it is not there and the database
 * has nobody yet: with another one, everybody would be somebody else to every service.  Once per
 * process, before the loops; blocks; false: ret_why. */
bool pairwise_open(const char *pairwise_file, struct sql *sql, char ret_why[256]);

/* HMAC-SHA-256 with it. */
void pairwise_mac(struct bytes input, uint8_t ret_mac[DIGEST_BYTES]);

/* Another key for another use, named by its label (at most 64 bytes): the same at all gateways that
 * have the file. */
void pairwise_derive(const char *label, uint8_t ret_key[DIGEST_BYTES]);

#endif
