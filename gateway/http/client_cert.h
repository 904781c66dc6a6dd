/* SPDX-License-Identifier: Apache-2.0
 *
 * The certificate that a caller showed to a proxy of ours (RFC 9440): Client-Cert and
 * Client-Cert-Chain.  For the door, which knows whether they come from such a proxy.
 */
#ifndef HTTP_CLIENT_CERT_H
#define HTTP_CLIENT_CERT_H

#include "http/request.h"

struct task;

#define CLIENT_CERT_MAX 8 /* with those above it */

/* The header is a byte sequence as RFC 9440 has it, or what nginx can say: PEM, percent-escaped.
 * DER, the caller's own first; n 0: there is no header.  In the task's arena.  Fails BAD_REQUEST
 * where a header is not what RFC 9440 says: a proxy that is set up wrongly. */
int client_cert_read(
    struct task *task, const struct pairs *headers, struct bytes *ret_certs, size_t *ret_n);

/* As the header's value. */
const char *client_cert_text(struct task *task, struct bytes der);

#endif
