/* SPDX-License-Identifier: Apache-2.0
 *
 * Consents and consent requests whose time is over: whoever reads them sees that by the clock; here
 * it is written down, once, so that their clients are told (records/event.h).
 */
#ifndef RECORDS_EXPIRY_H
#define RECORDS_EXPIRY_H

struct task;

/* For whoever runs every now and then, in one process or several; some hundred at once. */
int expiry_tend(struct task *task);

#endif
