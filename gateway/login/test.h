/* SPDX-License-Identifier: Apache-2.0
 *
 * The test login of a demo: a persona is chosen, nothing is proved.  For drivers that have no
 * wallet (CONTRACT: #login-test).
 */
#ifndef LOGIN_TEST_H
#define LOGIN_TEST_H

#include "core/json.h"

struct task;

/* Adds personas: [{id, name}] to the view of the chooser's form. */
int login_test_personas(struct task *task, json_t *view);

#endif
