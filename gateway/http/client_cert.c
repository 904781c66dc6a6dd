/* SPDX-License-Identifier: Apache-2.0
 *
 * Client-Cert (see client_cert.h): a byte sequence of RFC 8941, and a list of such.
 */
#include "http/client_cert.h"

#include "core/task.h"
#include "http/reply_inner.h"

#include <string.h>

static int header_find(
    struct task *task, const struct pairs *headers, const char *name, const char **ret_value);
static const char *sequence_read(struct task *task, const char *at, struct bytes *ret_der);
static int chain_read(struct task *task, const char *value, struct bytes *certs, size_t *n_certs);
static int pem_read(struct task *task, const char *value, struct bytes *ret_der, size_t *ret_n);
static bool unescape(char *text);

int
client_cert_read(
    struct task *task, const struct pairs *headers, struct bytes *ret_certs, size_t *ret_n)
{
	const char *own = NULL, *chain = NULL, *end;
	size_t n = 0;
	int r;

	r = header_find(task, headers, "Client-Cert", &own);
	if (r < 0)
		return r;
	r = header_find(task, headers, "Client-Cert-Chain", &chain);
	if (r < 0)
		return r;
	if (own == NULL) {
		*ret_n = 0;
		return 0;
	}
	if (str_starts(own, "-----BEGIN"))
		return pem_read(task, own, ret_certs, ret_n);
	end = sequence_read(task, own, &ret_certs[n++]);
	if (end == NULL || *end != '\0')
		return fail(task, BAD_REQUEST, "Client-Cert is not one certificate");
	if (chain != NULL) {
		r = chain_read(task, chain, ret_certs, &n);
		if (r < 0)
			return r;
	}
	*ret_n = n;
	return 0;
}

static int
header_find(
    struct task *task, const struct pairs *headers, const char *name, const char **ret_value)
{
	size_t i;

	for (i = 0; i < headers->n; i++) {
		if (!header_is(headers->at[i].name, name))
			continue;
		if (*ret_value != NULL)
			return fail(task, BAD_REQUEST, "the header %s stands twice", name);
		*ret_value = headers->at[i].value;
	}
	return 0;
}

/* RFC 8941 section 3.3.5: ":" base64 ":"; what stands behind it, or NULL. */
static const char *
sequence_read(struct task *task, const char *at, struct bytes *ret_der)
{
	const char *end = *at == ':' ? strchr(at + 1, ':') : NULL;

	if (end == NULL || end == at + 1 ||
	    !b64_decode(task, at + 1, (size_t)(end - at - 1), ret_der))
		return NULL;
	return end + 1;
}

static int
chain_read(struct task *task, const char *value, struct bytes *certs, size_t *n_certs)
{
	const char *at = value;

	while (*n_certs < CLIENT_CERT_MAX) {
		at = sequence_read(task, at, &certs[(*n_certs)++]);
		if (at == NULL)
			return fail(
			    task, BAD_REQUEST, "Client-Cert-Chain is not a list of certificates");
		at += strspn(at, " \t");
		if (*at == '\0')
			return 0;
		if (*at != ',')
			return fail(task, BAD_REQUEST, "Client-Cert-Chain is not a list");
		at++;
		at += strspn(at, " \t");
	}
	return fail(task, BAD_REQUEST, "Client-Cert-Chain is longer than %d certificates",
	    CLIENT_CERT_MAX - 1);
}

/* nginx has a client's certificate only as PEM, percent-escaped ($ssl_client_escaped_cert).  One,
 * and no other text around it. */
static int
pem_read(struct task *task, const char *value, struct bytes *ret_der, size_t *ret_n)
{
	static const char head[] = "-----BEGIN CERTIFICATE-----\n";
	static const char foot[] = "-----END CERTIFICATE-----";
	char *text = task_dup(task, value), *base64, *end, *to;

	if (unescape(text) && str_starts(text, head)) {
		base64 = to = text + strlen(head);
		end = strstr(base64, foot);
		for (char *at = base64; end != NULL && at < end; at++)
			if (*at != '\n')
				*to++ = *at;
		if (end != NULL &&
		    (end[strlen(foot)] == '\0' || strcmp(end + strlen(foot), "\n") == 0) &&
		    b64_decode(task, base64, (size_t)(to - base64), ret_der)) {
			*ret_n = 1;
			return 0;
		}
	}
	return fail(task, BAD_REQUEST, "Client-Cert is not one certificate in escaped PEM");
}

/* In place; false where an escape is none, or a NUL. */
static bool
unescape(char *text)
{
	static const char digits[] = "0123456789ABCDEF";
	char *to = text;

	for (const char *at = text; *at != '\0'; at++, to++) {
		const char *high, *low;

		*to = *at;
		if (*at != '%')
			continue;
		high = at[1] != '\0' ? strchr(digits, at[1]) : NULL;
		low = high != NULL && at[2] != '\0' ? strchr(digits, at[2]) : NULL;
		if (low == NULL || (high == digits && low == digits))
			return false;
		*to = (char)((high - digits) << 4 | (low - digits));
		at += 2;
	}
	*to = '\0';
	return true;
}

const char *
client_cert_text(struct task *task, struct bytes der)
{
	return task_printf(task, ":%s:", b64_encode(task, der));
}
