/* SPDX-License-Identifier: Apache-2.0
 *
 * Addresses and networks of them: who is a trusted proxy, whom an outbound call may reach, how a
 * caller is counted.  An IPv4 address is held as ::ffff:a.b.c.d, so that there is one kind.
 */
#ifndef HTTP_NETWORK_H
#define HTTP_NETWORK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

struct task;

struct network {
	uint8_t at[16];
	unsigned bits; /* of the prefix; 128: one address */
};
struct networks {
	const struct network *at;
	size_t n;
};

#define NETWORK_TEXT_BYTES 46

/* "10.0.0.0/8", "::1", "192.0.2.7"; nothing else: no port, no bracket, no octal, no short form. */
bool network_read(const char *text, size_t len, struct network *ret_network);
/* The address of an AF_INET or AF_INET6 socket; false for others. */
bool network_of(const struct sockaddr *address, struct network *ret_network);
/* The address alone, as people write it. */
void network_text(const struct network *network, char ret_text[NETWORK_TEXT_BYTES]);

bool network_holds(const struct network *network, const struct network *address);
bool networks_hold(const struct networks *networks, const struct network *address);

/* Reads a NULL-ended list of words.  False: one of them is no network; ret_bad is it.  Lives until
 * networks_free(). */
bool networks_read(const char *const *words, struct networks *ret_networks, const char **ret_bad);
void networks_free(struct networks *networks);

/* An address of the open Internet: not loopback, private, link-local (where clouds keep their
 * metadata), shared, documentation, multicast or reserved, in either family or one mapped into the
 * other (RFC 6890). */
bool network_is_public(const struct network *address);

/* Who counts as one caller: an IPv4 address, the /64 of an IPv6 one. */
struct network network_of_caller(const struct network *address);

#endif
