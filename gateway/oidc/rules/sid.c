/* SPDX-License-Identifier: Apache-2.0
 *
 * sid.  Called by id_token.c, end_session.c, and what tells clients of a session's end.
 */
#include "oidc/rules/sid.h"

#include "core/task.h"
#include "records/person.h"

/* By the pairwise key, with a sector that no client has: those are hosts, or "client:ID". */
const char *
sid_of(struct task *task, const struct client *client, const char *session_id)
{
	return person_subject(task, session_id, task_printf(task, "sid:%s", client->id));
}
