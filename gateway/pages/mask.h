/* SPDX-License-Identifier: Apache-2.0
 *
 * A secret in a compressed page must not stand the same in two answers (BREACH): it is masked with
 * a fresh pad each time.
 */
#ifndef PAGES_MASK_H
#define PAGES_MASK_H

#include "core/str.h"

struct task;

const char *mask_text(struct task *task, const char *secret);
/* NULL: not one of ours. */
const char *mask_open(struct task *task, const char *masked);

#endif
