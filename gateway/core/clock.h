/* SPDX-License-Identifier: Apache-2.0
 *
 * Two clocks.  Deadlines use the monotonic one; tokens and records the wall clock, which a build
 * with DVARA_TESTING shifts by the seconds written in the file that DVARA_TEST_CLOCK names.
 */
#ifndef CORE_CLOCK_H
#define CORE_CLOCK_H

#include <stdint.h>

int64_t clock_mono_ms(void); /* since some start */
int64_t clock_mono_us(void);
int64_t clock_now_s(void); /* since 1970, UTC */
int64_t clock_now_ms(void);

#endif
