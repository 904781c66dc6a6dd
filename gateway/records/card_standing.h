/* SPDX-License-Identifier: Apache-2.0
 *
 * What an authority last said of a card, in Redis for all processes: between the refreshes of
 * tokens nobody is asked again for settings card.standing.
 */
#ifndef RECORDS_CARD_STANDING_H
#define RECORDS_CARD_STANDING_H

#include <stdbool.h>

struct task;

int card_standing_keep(struct task *task, const char *reference, bool is_good);
/* *ret_is_known is false where it is too long ago, or never was. */
int card_standing_find(
    struct task *task, const char *reference, bool *ret_is_known, bool *ret_is_good);

#endif
