/* SPDX-License-Identifier: Apache-2.0
 *
 * Client secrets (RFC 6749 section 2.3.1), compared so that neither the time taken nor the number
 * of tries tells anything.
 */
#ifndef ACCESS_CLIENT_SECRET_H
#define ACCESS_CLIENT_SECRET_H

struct client;
struct task;

struct client_secret {
	const char *address;   /* of the caller */
	const char *client_id; /* as shown */
	const char *secret;
	const struct client *client; /* NULL: no such client, or none that has a secret */
};
/* Fails INVALID_CLIENT, TOO_MANY_REQUESTS. */
int client_secret_check(struct task *task, const struct client_secret *shown);

#endif
