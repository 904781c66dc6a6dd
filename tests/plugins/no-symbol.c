/* SPDX-License-Identifier: Apache-2.0
 *
 * A plugin that exports no service (case G01).
 */
#include <dvara/plugin.h>

DVARA_EXPORT const int no_service = 1;
