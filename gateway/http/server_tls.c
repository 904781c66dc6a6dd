/* SPDX-License-Identifier: Apache-2.0
 *
 * TLS of the gateway itself, by GnuTLS inside libmicrohttpd: TLS 1.2 and 1.3 with forward secrecy
 * and AEAD ciphers, no session tickets (a resumed session would keep an old client certificate), no
 * renegotiation.  A certificate is chosen per handshake, so a reload swaps it under running
 * connections.
 */
#include "core/clock.h"
#include "http/server_inner.h"

#include <gnutls/abstract.h>
#include <gnutls/gnutls.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MAX_CHAIN  8
/* A handshake that began with a pair is over by then (PHASE_HEAD). */
#define RETIRED_MS 60000

struct key_pair {
	gnutls_pcert_st chain[MAX_CHAIN];
	unsigned n_chain;
	gnutls_privkey_t key;
	int64_t retired_ms;
	struct key_pair *next; /* retired before it */
};

struct server_tls {
	struct key_pair *pair;
	bool asks_client_certificate;
};

static int on_handshake(gnutls_session_t session, const gnutls_datum_t *names, int n_names,
    const gnutls_pk_algorithm_t *algorithms, int n_algorithms, gnutls_pcert_st **ret_chain,
    unsigned *ret_n_chain, gnutls_privkey_t *ret_key);
static struct key_pair *key_pair_new(
    const char *certificate_pem, const char *key_pem, char ret_why[256]);
static bool key_fits(struct key_pair *pair);
static void key_pair_free(struct key_pair *pair);
static void retired_free(struct key_pair *newest);
static gnutls_session_t session_of(struct peer *peer);

const struct MHD_OptionItem *
server_tls_options(void)
{
	static char priorities[] =
	    "SECURE128:-VERS-ALL:+VERS-TLS1.3:+VERS-TLS1.2:-KX-ALL:+ECDHE-ECDSA:+ECDHE-RSA:"
	    "-CIPHER-ALL:+AES-256-GCM:+AES-128-GCM:+CHACHA20-POLY1305:-MAC-ALL:+AEAD:"
	    "%SERVER_PRECEDENCE:%NO_TICKETS";
	static struct MHD_OptionItem options[3];

	options[0] = (struct MHD_OptionItem){MHD_OPTION_HTTPS_PRIORITIES, 0, priorities};
	options[1] = (struct MHD_OptionItem){
	    MHD_OPTION_HTTPS_CERT_CALLBACK, 0, (void *)(uintptr_t)on_handshake};
	options[2] = (struct MHD_OptionItem){MHD_OPTION_END, 0, NULL};
	return options;
}

struct server_tls *
server_tls_new(const struct http_listen *listen, char ret_why[256])
{
	struct server_tls *tls = calloc(1, sizeof *tls);

	if (tls == NULL)
		abort();
	tls->asks_client_certificate = listen->asks_client_certificate;
	if (server_tls_certificate(tls, listen->certificate_pem, listen->key_pem, ret_why))
		return tls;
	free(tls);
	return NULL;
}

bool
server_tls_certificate(
    struct server_tls *tls, const char *certificate_pem, const char *key_pem, char ret_why[256])
{
	struct key_pair *pair = key_pair_new(certificate_pem, key_pem, ret_why);

	if (pair == NULL)
		return false;
	pair->next = tls->pair;
	if (tls->pair != NULL)
		tls->pair->retired_ms = clock_mono_ms();
	tls->pair = pair;
	retired_free(pair);
	return true;
}

static struct key_pair *
key_pair_new(const char *certificate_pem, const char *key_pem, char ret_why[256])
{
	struct key_pair *pair = calloc(1, sizeof *pair);
	gnutls_datum_t certificate = {
	    (unsigned char *)(uintptr_t)certificate_pem, (unsigned)strlen(certificate_pem)};
	gnutls_datum_t key = {(unsigned char *)(uintptr_t)key_pem, (unsigned)strlen(key_pem)};
	unsigned n = MAX_CHAIN;
	int r;

	if (pair == NULL)
		abort();
	r = gnutls_pcert_list_import_x509_raw(
	    pair->chain, &n, &certificate, GNUTLS_X509_FMT_PEM, 0);
	if (r < 0) {
		snprintf(
		    ret_why, 256, "the TLS certificate cannot be read: %s", gnutls_strerror(r));
		free(pair);
		return NULL;
	}
	pair->n_chain = n;
	r = gnutls_privkey_init(&pair->key);
	if (r >= 0)
		r = gnutls_privkey_import_x509_raw(pair->key, &key, GNUTLS_X509_FMT_PEM, NULL, 0);
	if (r < 0)
		snprintf(ret_why, 256, "the TLS key cannot be read: %s", gnutls_strerror(r));
	else if (!key_fits(pair))
		snprintf(ret_why, 256, "the TLS key is not that of the certificate");
	else
		return pair;
	key_pair_free(pair);
	return NULL;
}

static bool
key_fits(struct key_pair *pair)
{
	unsigned char of_key[64], of_certificate[64];
	size_t key_len = sizeof of_key, certificate_len = sizeof of_certificate;
	gnutls_pubkey_t public_key;
	bool fits;

	if (gnutls_pubkey_init(&public_key) < 0)
		return false;
	fits =
	    gnutls_pubkey_import_privkey(public_key, pair->key, 0, 0) >= 0 &&
	    gnutls_pubkey_get_key_id(public_key, GNUTLS_KEYID_USE_SHA256, of_key, &key_len) >= 0 &&
	    gnutls_pubkey_get_key_id(pair->chain[0].pubkey, GNUTLS_KEYID_USE_SHA256, of_certificate,
		&certificate_len) >= 0 &&
	    key_len == certificate_len && memcmp(of_key, of_certificate, key_len) == 0;
	gnutls_pubkey_deinit(public_key);
	return fits;
}

static void
key_pair_free(struct key_pair *pair)
{
	unsigned i;

	for (i = 0; i < pair->n_chain; i++)
		gnutls_pcert_deinit(&pair->chain[i]);
	if (pair->key != NULL)
		gnutls_privkey_deinit(pair->key);
	free(pair);
}

static void
retired_free(struct key_pair *newest)
{
	struct key_pair **at = &newest->next, *old;

	while (*at != NULL && (*at)->retired_ms + RETIRED_MS > clock_mono_ms())
		at = &(*at)->next;
	while ((old = *at) != NULL) {
		*at = old->next;
		key_pair_free(old);
	}
}

void
server_tls_free(struct server_tls *tls)
{
	struct key_pair *pair;

	if (tls == NULL)
		return;
	while ((pair = tls->pair) != NULL) {
		tls->pair = pair->next;
		key_pair_free(pair);
	}
	free(tls);
}

/* Eight arguments are GnuTLS's. */
static int /* NOLINTNEXTLINE(readability-function-size) */
on_handshake(gnutls_session_t session, const gnutls_datum_t *names, int n_names,
    const gnutls_pk_algorithm_t *algorithms, int n_algorithms, gnutls_pcert_st **ret_chain,
    unsigned *ret_n_chain, gnutls_privkey_t *ret_key)
{
	struct MHD_Connection *connection = gnutls_session_get_ptr(session);
	struct peer *peer =
	    MHD_get_connection_info(connection, MHD_CONNECTION_INFO_SOCKET_CONTEXT)->socket_context;
	struct key_pair *pair = peer->server->tls->pair;

	(void)names;
	(void)n_names;
	(void)algorithms;
	(void)n_algorithms;
	*ret_chain = pair->chain;
	*ret_n_chain = pair->n_chain;
	*ret_key = pair->key;
	return 0;
}

/* Asked for without naming authorities: a browser then offers every certificate it has, and who
 * issued it is judged by the card login (x509/trust.h). */
void
server_tls_opened(struct peer *peer)
{
	if (peer->server->tls->asks_client_certificate)
		gnutls_certificate_server_set_request(session_of(peer), GNUTLS_CERT_REQUEST);
}

static gnutls_session_t
session_of(struct peer *peer)
{
	return MHD_get_connection_info(peer->connection, MHD_CONNECTION_INFO_GNUTLS_SESSION)
	    ->tls_session;
}

/* The session owns the bytes, and outlives the request. */
void
server_tls_identify(struct peer *peer, struct task *task, struct request *request)
{
	const struct server_tls *tls = peer->server->tls;
	const gnutls_datum_t *chain;
	struct bytes *certs;
	unsigned i, n = 0;

	if (tls == NULL || !tls->asks_client_certificate)
		return;
	chain = gnutls_certificate_get_peers(session_of(peer), &n);
	if (chain == NULL || n == 0)
		return;
	if (n > MAX_CHAIN)
		n = MAX_CHAIN;
	certs = task_new_n(task, struct bytes, n);
	for (i = 0; i < n; i++)
		certs[i] = (struct bytes){chain[i].data, chain[i].size};
	request->peer_certificate = certs[0];
	request->peer_issuers = certs + 1;
	request->n_peer_issuers = n - 1;
}

bool
server_tls_send(struct peer *peer, const char *text, size_t len)
{
	return gnutls_record_send(session_of(peer), text, len) == (ssize_t)len;
}
