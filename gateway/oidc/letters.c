/* SPDX-License-Identifier: Apache-2.0
 *
 * The table of letters.  Called by records/post.c.
 */
#include "oidc/letters.h"

#include "core/str.h"
#include "core/task.h"
#include "oidc/backchannel.h"
#include "oidc/ciba_ping.h"

static const struct {
	const char *kind;
	post_send *send;
} kinds[] = {
    {"logout", backchannel_send},
    {"ciba", ciba_ping_send},
};

int
letters_send(struct task *task, const struct letter *letter, const char **ret_result)
{
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (str_equal(kinds[i].kind, letter->kind))
			return kinds[i].send(task, letter, ret_result);
	return fail(task, GONE, "letters of kind %s are not known here", letter->kind);
}
