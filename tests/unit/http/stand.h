/* SPDX-License-Identifier: Apache-2.0
 *
 * A small route table for the tests of the server: each guard and each kind of answer once.
 */
#ifndef UNIT_HTTP_STAND_H
#define UNIT_HTTP_STAND_H

#include "http/server.h"

#include <stdatomic.h>
#include <stddef.h>

extern atomic_int n_handled;         /* calls of /hello and of the echoing routes */
extern const char *_Atomic document; /* what /static answers */
extern const struct route stand_routes[];
extern const size_t stand_n_routes;

#endif
