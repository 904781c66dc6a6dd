/* SPDX-License-Identifier: Apache-2.0
 *
 * What a release leaves behind: its row of the ledger, its entry in the audit trail, the use of the
 * consent, the thresholds that it told.  For release*.c.
 */
#ifndef CONSENT_RELEASE_RECORD_H
#define CONSENT_RELEASE_RECORD_H

#include "consent/release.h"

struct task;

struct release_recording {
	const struct release *release;
	const struct purpose *purpose;
	const struct consent *standing; /* NULL: a law is the basis */
	json_t *claims; /* {name: value}: what would be one threshold too many is taken out */
	bool is_again;  /* it was recorded before */
};

/* In one transaction, durable before it returns.  Fails as release_claims(), LIMIT_EXCEEDED. */
int release_record(struct task *task, const struct release_recording *recording);

#endif
