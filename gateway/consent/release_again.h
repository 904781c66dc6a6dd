/* SPDX-License-Identifier: Apache-2.0
 *
 * Which releases there were under a consent: so that one is the same when it is sent for again, and
 * no more are made than the purpose may.  For release.c.
 */
#ifndef CONSENT_RELEASE_AGAIN_H
#define CONSENT_RELEASE_AGAIN_H

#include "consent/release.h"

struct sql_tx;
struct task;

/* Whether the release is one that was made before, within a day; as part of a reading. */
int release_again_read(struct task *task, const struct release *release, const struct consent *own,
    bool *ret_is_again);

/* Inside the step that records it.  Fails LIMIT_EXCEEDED; CONFLICT where the same release is being
 * made at the same time. */
int release_again_add(
    struct sql_tx *tx, const struct release *release, const struct purpose *purpose);

#endif
