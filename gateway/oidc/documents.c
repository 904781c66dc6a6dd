/* SPDX-License-Identifier: Apache-2.0
 *
 * The prepared documents of one generation of rooms.  Made by generation.c; sent by discovery.c and
 * jwks.c.
 */
#include "oidc/documents.h"

#include "core/task.h"

#include <stdlib.h>
#include <string.h>

int
documents_open(struct task *task, struct documents **ret_documents)
{
	struct documents *documents = calloc(1, sizeof(*documents));

	if (documents == NULL)
		abort();
	documents->discovery = strdup(documents_discovery(task));
	documents->jwks = strdup(documents_jwks(task));
	if (documents->discovery == NULL || documents->jwks == NULL)
		abort();
	*ret_documents = documents;
	return 0;
}

void
documents_close(struct documents *documents)
{
	if (documents == NULL)
		return;
	free(documents->discovery);
	free(documents->jwks);
	free(documents);
}
