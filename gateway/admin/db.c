/* SPDX-License-Identifier: Apache-2.0
 *
 * `dvara db …`: the schema of the database.
 */
#include "admin/admin.h"

#include "records/schema.h"

int
admin_db_migrate(struct admin_call *call)
{
	struct sql *sql = call->task->rooms->sql;
	char why[256];
	int from;

	if (sql_migrate(sql, schema_migrations, schema_n_migrations, &from, why) < 0)
		return fail(call->task, MISCONFIGURED, "%s", why);
	call->answer = json_pack("{s:i, s:i}", "from", from, "to", sql_version(sql));
	return 0;
}

int
admin_db_status(struct admin_call *call)
{
	call->answer = json_pack("{s:i, s:i}", "version", sql_version(call->task->rooms->sql),
	    "newest", (int)schema_n_migrations);
	return 0;
}
