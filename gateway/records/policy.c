/* SPDX-License-Identifier: Apache-2.0
 *
 * Versions of policy documents in SQL, read (see policy.h).
 */
#include "records/policy.h"

#include "core/str.h"
#include "core/task.h"
#include "records/policy_inside.h"
#include "store/sql.h"

#include <string.h>

#define COLUMNS \
	"kind, owner, id, number, state, document, proposer, approver, suspender, proposed_s," \
	" approved_s, until_s, certificate"

static int version_read(
    struct task *task, struct sql_statement statement, const struct policy_version **ret_version);
static json_t *listed(const struct sql_rows *rows, size_t i);

int
policy_find(struct task *task, const struct policy *policy, int number,
    const struct policy_version **ret_version)
{
	const struct policy_version *version = NULL;
	int r;

	r = version_read(task,
	    SQL("SELECT " COLUMNS " FROM policy WHERE " POLICY_NAMED " AND (number = ?4 OR (?4 = 0"
		" AND state <> 'superseded')) ORDER BY number DESC LIMIT 1",
		SQL_TEXT(policy->kind), SQL_TEXT(policy->owner), SQL_TEXT(policy->id),
		SQL_INT(number)),
	    &version);
	if (r < 0)
		return r;
	if (version == NULL)
		return fail(task, NOT_FOUND, "there is no %s %s", policy->kind, policy->id);
	*ret_version = version;
	return 0;
}

int
policy_standing(
    struct task *task, const struct policy *policy, const struct policy_version **ret_version)
{
	return version_read(task,
	    SQL("SELECT " COLUMNS " FROM policy WHERE " POLICY_NAMED " AND " POLICY_STANDS,
		SQL_TEXT(policy->kind), SQL_TEXT(policy->owner), SQL_TEXT(policy->id)),
	    ret_version);
}

/* Of at most one row; *ret_version is NULL where there is none. */
static int
version_read(
    struct task *task, struct sql_statement statement, const struct policy_version **ret_version)
{
	struct policy_version *version = task_new(task, struct policy_version);
	struct sql_rows rows;
	int r;

	r = sql_read(task, statement, &rows);
	if (r < 0)
		return r;
	if (rows.n_rows == 0) {
		*ret_version = NULL;
		return 0;
	}
	r = policy_version_of(task, &rows, 0, version);
	if (r == 0)
		*ret_version = version;
	return r;
}

int
policy_standing_rows(
    struct task *task, const char *kind, const char *owner, struct sql_rows *ret_rows)
{
	return sql_read(task,
	    SQL("SELECT " COLUMNS " FROM policy WHERE kind = ?1 AND (owner = ?2"
		" OR CAST(?2 AS TEXT) IS NULL) AND " POLICY_STANDS " ORDER BY owner, id LIMIT 1000",
		SQL_TEXT(kind), SQL_TEXT(owner)),
	    ret_rows);
}

int
policy_version_of(
    struct task *task, const struct sql_rows *rows, size_t i, struct policy_version *ret_version)
{
	const char *text = sql_text(rows, i, 5);
	json_t *document;
	int r;

	r = json_parse_object(task, text, strlen(text), &document);
	if (r < 0)
		return fault_as(task, BROKEN);
	*ret_version = (struct policy_version){
	    .policy = {sql_text(rows, i, 0), sql_text(rows, i, 1), sql_text(rows, i, 2)},
	    .number = (int)sql_int(rows, i, 3),
	    .state = sql_text(rows, i, 4),
	    .document = json_keep(task, document),
	    .proposer = sql_text(rows, i, 6),
	    .approver = sql_text(rows, i, 7),
	    .suspender = sql_text(rows, i, 8),
	    .proposed_s = sql_int(rows, i, 9),
	    .approved_s = sql_int(rows, i, 10),
	    .until_s = sql_int(rows, i, 11),
	    .certificate = sql_text(rows, i, 12),
	};
	return 0;
}

int
policy_list(struct task *task, const char *kind, const char *owner, json_t **ret_versions)
{
	struct sql_rows rows;
	int r;

	r = sql_read(task,
	    SQL("SELECT owner, id, number, state, proposer, proposed_s, approver, approved_s,"
		" until_s FROM policy WHERE kind = ?1 AND (owner = ?2 OR CAST(?2 AS TEXT) IS NULL)"
		" ORDER BY owner, id, number LIMIT 1000",
		SQL_TEXT(kind), SQL_TEXT(owner)),
	    &rows);
	if (r < 0)
		return r;
	*ret_versions = json_array();
	for (size_t i = 0; i < rows.n_rows; i++)
		json_array_append_new(*ret_versions, listed(&rows, i));
	return 0;
}

static json_t *
listed(const struct sql_rows *rows, size_t i)
{
	static const struct {
		const char *text, *time;
	} who[] = {{"proposed_by", "proposed"}, {"approved_by", "approved"}};
	json_t *version = json_object();

	json_set_text(version, "owner", sql_text(rows, i, 0));
	json_set_text(version, "id", sql_text(rows, i, 1));
	json_object_set_new(version, "number", json_integer(sql_int(rows, i, 2)));
	json_set_text(version, "state", sql_text(rows, i, 3));
	for (size_t k = 0; k < 2; k++) {
		json_set_text(version, who[k].text, sql_text(rows, i, 4 + 2 * k));
		if (sql_int(rows, i, 5 + 2 * k) > 0)
			json_object_set_new(
			    version, who[k].time, json_integer(sql_int(rows, i, 5 + 2 * k)));
	}
	if (sql_int(rows, i, 8) > 0)
		json_object_set_new(version, "until", json_integer(sql_int(rows, i, 8)));
	return version;
}
