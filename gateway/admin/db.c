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
	return admin_done(call, json_pack("{s:i, s:i}", "from", from, "to", sql_version(sql)),
	    from == sql_version(sql) ? "the database is at version %d already"
				     : "the database is at version %d",
	    sql_version(sql));
}

int
admin_db_status(struct admin_call *call)
{
	call->answer = json_pack("{s:i, s:i}", "version", sql_version(call->task->rooms->sql),
	    "newest", (int)schema_n_migrations);
	return 0;
}
