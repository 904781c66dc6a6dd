/* SPDX-License-Identifier: Apache-2.0
 *
 * The table of letters.  Called by records/post.c.
 */
#include "oidc/letters.h"

#include "consent/notice_letter.h"
#include "consent/webhook_letter.h"
#include "oidc/backchannel.h"
#include "oidc/ciba_ping.h"
#include "records/signout_letters.h"
#include "records/webhook.h"

#include <stddef.h>

const struct post_kind letters_kinds[] = {
    {"logout", backchannel_send, &outbox_hours},
    {SIGNOUT_LETTER, signout_letters_go_on, &outbox_days},
    {"ciba", ciba_ping_send, &outbox_hours},
    {"notice", notice_letter_send, &outbox_hours},
    {WEBHOOK_LETTER, webhook_letter_send, &outbox_days},
    {NULL, NULL, NULL},
};
