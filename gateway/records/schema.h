/* SPDX-License-Identifier: Apache-2.0
 *
 * The tables of the gateway as numbered migrations (schema.c): what must last.
 */
#ifndef RECORDS_SCHEMA_H
#define RECORDS_SCHEMA_H

#include "store/sql.h"

extern const struct sql_migration schema_migrations[];
extern const size_t schema_n_migrations;

#endif
