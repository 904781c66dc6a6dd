/* SPDX-License-Identifier: Apache-2.0
 *
 * What kind of picture some bytes are, by the bytes alone: whoever sent them may say anything.  Of
 * clients' logos; called by client_outside.c.
 */
#ifndef ACCESS_PICTURE_H
#define ACCESS_PICTURE_H

#include "core/str.h"

#define PICTURE_MAX_BYTES  (20u << 10)
#define PICTURE_MAX_PIXELS 2048 /* of each side: few bytes can ask a browser for gigabytes */

/* image/png, image/jpeg or image/webp; NULL: none of them (no SVG: it is a program), too large, or
 * of no size that can be told. */
const char *picture_type(struct bytes bytes);

#endif
