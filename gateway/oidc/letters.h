/* SPDX-License-Identifier: Apache-2.0
 *
 * What the gateway tells clients by itself (records/outbox.h): one file for each kind of letter.
 */
#ifndef OIDC_LETTERS_H
#define OIDC_LETTERS_H

#include "records/post.h"

extern const struct post_kind letters_kinds[];

#endif
