/* SPDX-License-Identifier: Apache-2.0
 *
 * Services as resources (RFC 8707): ISSUER/services/ID.
 */
#ifndef CONSENT_RESOURCE_H
#define CONSENT_RESOURCE_H

struct task;

/* The id in ISSUER/services/ID; NULL: it is no service's.  Whether there is one of that id is not
 * looked at. */
const char *resource_service(const struct task *task, const char *resource);

#endif
