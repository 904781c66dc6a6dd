/* SPDX-License-Identifier: Apache-2.0
 *
 * For the files policy*.c alone: parts of their statements.
 */
#ifndef RECORDS_POLICY_INSIDE_H
#define RECORDS_POLICY_INSIDE_H

#define POLICY_NAMED  "kind = ?1 AND owner = ?2 AND id = ?3"
#define POLICY_STANDS "state IN ('approved', 'suspended')"

#endif
