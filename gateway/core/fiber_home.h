/* SPDX-License-Identifier: Apache-2.0
 *
 * The fibers of one loop, as loop.c sees them.
 */
#ifndef CORE_FIBER_HOME_H
#define CORE_FIBER_HOME_H

#include <stdbool.h>

struct fiber_home;
struct loop;

struct fiber_home *fiber_home_new(struct loop *loop);
void fiber_home_free(struct fiber_home *home); /* no fiber may be left */

bool fiber_home_is_ready(const struct fiber_home *home); /* some fiber could run */
void fiber_home_run(struct fiber_home *home);            /* those that are ready now */
void fiber_home_stop(struct fiber_home *home); /* all that wait become ready, but wait_out */
unsigned fiber_home_count(const struct fiber_home *home);
unsigned fiber_home_idle(const struct fiber_home *home); /* stacks kept for the next fibers */

#endif
