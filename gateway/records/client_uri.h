/* SPDX-License-Identifier: Apache-2.0
 *
 * Addresses in a client's metadata: which may be registered, which may be used (RFC 6749 section
 * 3.1.2, RFC 8252 sections 7 and 8, RFC 9700 section 4.1).  For the files of this room,
 * and the pages that lead there.
 */
#ifndef RECORDS_CLIENT_URI_H
#define RECORDS_CLIENT_URI_H

#include "core/str.h"
#include "records/client.h"

struct task;

/* An address as bytes of its own text: nothing is decoded, nothing is normalised. */
struct client_uri {
	size_t scheme_len; /* "https" */
	const char *host;  /* NULL: no authority (com.example.app:/callback) */
	size_t host_len;   /* [::1] with its brackets */
	const char *port;  /* NULL: none; digits */
	size_t port_len;
	const char *rest; /* path and query; "" */
	bool is_https, is_http;
	bool is_loopback;    /* 127.0.0.1, [::1], localhost */
	bool is_loopback_ip; /* the first two */
};

/* False: not an absolute address that we take, *ret_why says in a few words why.  Refused are:
 * other than printable ASCII, '#', '*', '\\', a space, a bad escape, user information, an
 * upper-case scheme or host, an empty host, a bad port, dot segments, over 2000 bytes. */
bool client_uri_split(const char *text, struct client_uri *ret_uri, const char **ret_why);

/* An https address of another machine: what gives a client its sector (client_addresses.h).  text
 * may be NULL; *ret_uri is filled in any case but where client_uri_split() refuses it. */
bool client_uri_is_of_web(const char *text, struct client_uri *ret_uri);

/* https, or http to a loopback host; public-native clients also a reverse-domain scheme. */
bool client_uri_may_redirect(const char *text, enum client_profile profile, const char **ret_why);

/* An address as a source of the Content Security Policy: scheme://host:port, or scheme: alone where
 * it is an app's own.  NULL: client_uri_split() refuses it. */
const char *client_uri_source(struct task *task, const char *address);

/* Whether asked is the registered address: byte for byte, but for the port of a loopback IP where
 * any_port says so (RFC 8252 section 7.3). */
bool client_uri_is(const char *registered, const char *asked, bool any_port);

/* Bytes of the address that are its origin (RFC 6454): scheme://host[:port]; 0: no web origin. */
size_t client_uri_origin(const char *text);

#endif
