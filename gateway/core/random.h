/* SPDX-License-Identifier: Apache-2.0
 *
 * Random bytes from the kernel (getrandom); no answer is no choice: it aborts.
 */
#ifndef CORE_RANDOM_H
#define CORE_RANDOM_H

#include <stddef.h>
#include <stdint.h>

struct task;

void random_bytes(void *ret_bytes, size_t len);

/* An identifier that cannot be guessed: bytes random ones, as base64url.  RANDOM_ID is 256 bits (43
 * letters) and what codes, tokens and handles use. */
#define RANDOM_ID 32
char *random_id(struct task *task, size_t bytes);

/* Evenly from 0 to below limit. */
uint32_t random_below(uint32_t limit);

#endif
