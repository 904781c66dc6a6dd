/* SPDX-License-Identifier: Apache-2.0
 *
 * TLS of the server itself: versions, client certificates, a certificate swapped under running
 * connections.
 */
#include "../unit.h"

#include "served.h"

#include "core/loop.h"
#include "http/server_inner.h"

#include <gnutls/gnutls.h>
#include <gnutls/x509.h>
#include <time.h>

static struct served served;

static int
who(struct task *task, const struct request *request, struct reply *reply)
{
	(void)task;
	reply_header(reply, "X-Tls", request->is_tls ? "yes" : "no");
	return reply_text(
	    reply, 200, "text/plain", task_printf(task, "%zu", request->peer_certificate.len));
}

static const struct route routes[] = {
    {"GET", "/who", who, reply_oauth_fault, 0, "who", 0, NULL},
    {"POST", "/who", who, reply_oauth_fault, 0, "who", 16, NULL},
};

/* A key and a certificate that signs itself. */
static void
make_pair(const char *name, char *certificate, char *key, size_t size)
{
	gnutls_x509_privkey_t private_key;
	gnutls_x509_crt_t crt;
	size_t key_size = size;

	gnutls_x509_privkey_init(&private_key);
	gnutls_x509_privkey_generate(
	    private_key, GNUTLS_PK_ECDSA, GNUTLS_CURVE_TO_BITS(GNUTLS_ECC_CURVE_SECP256R1), 0);
	gnutls_x509_crt_init(&crt);
	gnutls_x509_crt_set_version(crt, 3);
	gnutls_x509_crt_set_serial(crt, name, strlen(name));
	gnutls_x509_crt_set_dn_by_oid(
	    crt, GNUTLS_OID_X520_COMMON_NAME, 0, name, (unsigned)strlen(name));
	gnutls_x509_crt_set_activation_time(crt, time(NULL) - 60);
	gnutls_x509_crt_set_expiration_time(crt, time(NULL) + 3600);
	gnutls_x509_crt_set_key(crt, private_key);
	assert_true(gnutls_x509_crt_sign2(crt, crt, private_key, GNUTLS_DIG_SHA256, 0) >= 0);
	assert_true(gnutls_x509_crt_export(crt, GNUTLS_X509_FMT_PEM, certificate, &size) >= 0);
	assert_true(
	    gnutls_x509_privkey_export(private_key, GNUTLS_X509_FMT_PEM, key, &key_size) >= 0);
	certificate[size] = key[key_size] = 0;
	gnutls_x509_crt_deinit(crt);
	gnutls_x509_privkey_deinit(private_key);
}

static char certificate[2][4000], key[2][4000];

struct tls {
	gnutls_session_t session;
	gnutls_certificate_credentials_t credentials;
	int fd;
};

/* False: the handshake failed. */
static bool
tls_dial(struct tls *tls, const char *priorities, bool with_certificate)
{
	gnutls_datum_t c = {(unsigned char *)certificate[1], (unsigned)strlen(certificate[1])};
	gnutls_datum_t k = {(unsigned char *)key[1], (unsigned)strlen(key[1])};
	int r;

	tls->fd = dial(&served);
	gnutls_certificate_allocate_credentials(&tls->credentials);
	if (with_certificate)
		assert_true(gnutls_certificate_set_x509_key_mem(
				tls->credentials, &c, &k, GNUTLS_X509_FMT_PEM) >= 0);
	gnutls_init(&tls->session, GNUTLS_CLIENT | GNUTLS_NO_SIGNAL);
	gnutls_priority_set_direct(tls->session, priorities, NULL);
	gnutls_credentials_set(tls->session, GNUTLS_CRD_CERTIFICATE, tls->credentials);
	gnutls_transport_set_int(tls->session, tls->fd);
	gnutls_handshake_set_timeout(tls->session, 60000);
	gnutls_record_set_timeout(tls->session, 60000);
	do {
		r = gnutls_handshake(tls->session);
	} while (r < 0 && !gnutls_error_is_fatal(r));
	return r >= 0;
}

static void
tls_close(struct tls *tls)
{
	gnutls_deinit(tls->session);
	gnutls_certificate_free_credentials(tls->credentials);
	close(tls->fd);
}

/* An answer with a body of one piece. */
static const char *
tls_ask(struct tls *tls, const char *text)
{
	static char answer[4096];
	const char *asked = with_host(&served, text), *end;
	size_t n = 0;
	ssize_t got;

	memset(answer, 0, sizeof answer);
	assert_true(gnutls_record_send(tls->session, asked, strlen(asked)) > 0);
	for (;;) {
		got = gnutls_record_recv(tls->session, answer + n, sizeof answer - 1 - n);
		if (got == GNUTLS_E_AGAIN || got == GNUTLS_E_INTERRUPTED)
			continue;
		if (got <= 0)
			return answer;
		n += (size_t)got;
		end = strstr(answer, "\r\n\r\n");
		if (end != NULL && end[4] != 0)
			return answer;
	}
}

static void
begin(bool asks)
{
	served_default(&served);
	served.listen.routes = routes;
	served.listen.n_routes = sizeof routes / sizeof *routes;
	served.listen.certificate_pem = certificate[0];
	served.listen.key_pem = key[0];
	served.listen.asks_client_certificate = asks;
	served_open(&served);
}

#define WHO "GET /who HTTP/1.1\r\nHost: HOST\r\n\r\n"

/* H15: nothing older than TLS 1.2. */
static void
versions(void **state)
{
	static const char *const good[] = {"NORMAL:-VERS-ALL:+VERS-TLS1.3",
	    "NORMAL:-VERS-ALL:+VERS-TLS1.2",
	    "NORMAL:-VERS-ALL:+VERS-TLS1.2:-CIPHER-ALL:+CHACHA20-POLY1305"};
	static const char *const bad[] = {"NORMAL:-VERS-ALL:+VERS-TLS1.1",
	    "NORMAL:-VERS-ALL:+VERS-TLS1.0",
	    "NORMAL:-VERS-ALL:+VERS-TLS1.2:-CIPHER-ALL:+AES-128-CBC:+AES-256-CBC",
	    "NORMAL:-VERS-ALL:+VERS-TLS1.2:-KX-ALL:+RSA",
	    "NORMAL:-VERS-ALL:+VERS-TLS1.2:-KX-ALL:+DHE-RSA"};
	struct tls tls;
	size_t i;

	(void)state;
	begin(false);
	for (i = 0; i < sizeof good / sizeof *good; i++) {
		assert_true(tls_dial(&tls, good[i], false));
		assert_non_null(strstr(tls_ask(&tls, WHO), "X-Tls: yes"));
		tls_close(&tls);
	}
	for (i = 0; i < sizeof bad / sizeof *bad; i++) {
		assert_false(tls_dial(&tls, bad[i], false));
		tls_close(&tls);
	}
	/* not asked: not sent */
	assert_true(tls_dial(&tls, "NORMAL", true));
	assert_non_null(strstr(tls_ask(&tls, WHO), "\r\n\r\n0"));
	tls_close(&tls);
	served_close(&served);
}

static void
client_certificate(void **state)
{
	struct tls tls;
	unsigned n;

	(void)state;
	begin(true);
	assert_true(tls_dial(&tls, "NORMAL", true));
	assert_null(strstr(tls_ask(&tls, WHO), "\r\n\r\n0"));
	assert_null(strstr(tls_ask(&tls, WHO), "\r\n\r\n0"));
	assert_non_null(gnutls_certificate_get_peers(tls.session, &n));
	tls_close(&tls);
	assert_true(tls_dial(&tls, "NORMAL", false));
	assert_non_null(strstr(tls_ask(&tls, WHO), "\r\n\r\n0"));
	/* nothing to resume with */
	assert_false(gnutls_session_get_flags(tls.session) & GNUTLS_SFLAGS_SESSION_TICKET);
	tls_close(&tls);
	served_close(&served);
}

static bool swapped;

static void
swap(struct served *of)
{
	swapped = http_server_certificate(of->server, certificate[1], key[1]);
}

static void
swap_badly(struct served *of)
{
	swapped = http_server_certificate(of->server, certificate[0], key[1]);
}

static bool
is_served(struct tls *tls, const char *pem)
{
	gnutls_datum_t expected, text = {(unsigned char *)(uintptr_t)pem, (unsigned)strlen(pem)};
	const gnutls_datum_t *peers;
	unsigned n;
	bool equal;

	assert_true(gnutls_pem_base64_decode2(NULL, &text, &expected) >= 0);
	peers = gnutls_certificate_get_peers(tls->session, &n);
	equal = peers[0].size == expected.size &&
		memcmp(peers[0].data, expected.data, expected.size) == 0;
	gnutls_free(expected.data);
	return equal;
}

static void
reload(void **state)
{
	struct tls old, new;

	(void)state;
	begin(false);
	assert_true(tls_dial(&old, "NORMAL", false));
	assert_true(is_served(&old, certificate[0]));
	served_call(&served, swap_badly);
	assert_false(swapped);
	served_call(&served, swap);
	assert_true(swapped);
	assert_true(tls_dial(&new, "NORMAL", false));
	assert_true(is_served(&new, certificate[1]));
	assert_non_null(strstr(tls_ask(&old, WHO), "200 OK"));
	assert_non_null(strstr(tls_ask(&new, WHO), "200 OK"));
	/* an answer written by hand */
	assert_non_null(strstr(
	    tls_ask(&new, "POST /who HTTP/1.1\r\nHost: HOST\r\n"
			  "Transfer-Encoding: chunked\r\n\r\n14\r\n01234567890123456789\r\n"),
	    "413"));
	tls_close(&old);
	tls_close(&new);
	served_close(&served);
}

static void
renegotiation(void **state)
{
	struct tls tls;
	int r;

	(void)state;
	begin(false);
	assert_true(tls_dial(&tls, "NORMAL:-VERS-ALL:+VERS-TLS1.2", false));
	assert_non_null(strstr(tls_ask(&tls, WHO), "200 OK"));
	do {
		r = gnutls_handshake(tls.session);
	} while (r < 0 && !gnutls_error_is_fatal(r) && r != GNUTLS_E_GOT_APPLICATION_DATA &&
		 r != GNUTLS_E_WARNING_ALERT_RECEIVED);
	assert_true(r < 0);
	tls_close(&tls);
	assert_true(tls_dial(&tls, "NORMAL", false));
	assert_non_null(strstr(tls_ask(&tls, WHO), "200 OK"));
	tls_close(&tls);
	served_close(&served);
}

static void
handshakes_that_never_end(void **state)
{
	int64_t kept = server_phase_ms[PHASE_HEAD];
	int silent, half;

	(void)state;
	server_phase_ms[PHASE_HEAD] = 1000;
	begin(false);
	silent = dial(&served);
	half = dial(&served);
	say_n(half, "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", 11);
	assert_true(is_closed(silent));
	assert_true(is_closed(half));
	close(silent);
	close(half);
	served_close(&served);
	server_phase_ms[PHASE_HEAD] = kept;
}

static void
bad_pairs(void **state)
{
	char why[256];

	(void)state;
	served_default(&served);
	served.loop = loop_new();
	served.listen.certificate_pem = certificate[0];
	served.listen.key_pem = key[1];
	assert_null(http_server_new(served.loop, &served.rooms, &served.listen, why));
	assert_string_equal(why, "the TLS key is not that of the certificate");
	served.listen.certificate_pem = "nonsense";
	assert_null(http_server_new(served.loop, &served.rooms, &served.listen, why));
	assert_non_null(strstr(why, "the TLS certificate cannot be read"));
	loop_free(served.loop);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(versions),
	    cmocka_unit_test(client_certificate),
	    cmocka_unit_test(reload),
	    cmocka_unit_test(renegotiation),
	    cmocka_unit_test(handshakes_that_never_end),
	    cmocka_unit_test(bad_pairs),
	};

	make_pair("one", certificate[0], key[0], sizeof *key);
	make_pair("two", certificate[1], key[1], sizeof *key);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
