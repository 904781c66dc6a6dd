/* SPDX-License-Identifier: Apache-2.0
 *
 * What the gateway says of itself to machines: the discovery document and the JWK Set, made once
 * for the settings and keys they are true of, then only sent.
 */
#ifndef OIDC_DOCUMENTS_H
#define OIDC_DOCUMENTS_H

struct task;

struct documents {
	char *discovery, *jwks; /* JSON texts */
};
/* Stands on the settings, keys and ways in of task->rooms: the last of its rooms to be opened. */
int documents_open(struct task *task, struct documents **ret_documents);
void documents_close(struct documents *documents); /* NULL is legal */

/* The parts, by discovery.c and jwks.c; in the task's arena. */
const char *documents_discovery(struct task *task);
const char *documents_jwks(struct task *task);

#endif
