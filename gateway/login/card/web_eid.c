/* SPDX-License-Identifier: Apache-2.0
 *
 * Web eID tokens taken apart (see web_eid.h): {unverifiedCertificate, algorithm, signature, format,
 * appVersion}, base64 with padding.  Members that are not named here are not looked at.
 */
#include "login/card/web_eid.h"

#include "core/task.h"
#include "x509/leaf.h"

#include <string.h>

/* The limits of the Web eID libraries. */
#define TOKEN_MIN_BYTES 100
#define TOKEN_MAX_BYTES 10000

#define FORMAT "web-eid:1"

static bool is_format(const char *format);
static bool bytes_read(
    struct task *task, const json_t *token, const char *name, struct bytes *ret_bytes);

int
web_eid_parse(struct task *task, const json_t *token, struct web_eid_token *ret_token)
{
	struct web_eid_token read = {.proof.algorithm = json_get_text(token, "algorithm")};
	size_t len = json_is_object(token) ? strlen(json_text(task, token)) : 0;

	if (len < TOKEN_MIN_BYTES || len > TOKEN_MAX_BYTES)
		return fail(
		    task, INVALID_REQUEST, "auth-token is no object of 100 to 10000 letters");
	if (!is_format(json_get_text(token, "format")))
		return fail(task, INVALID_REQUEST, "auth-token is not of the format " FORMAT);
	if (!bytes_read(task, token, "unverifiedCertificate", &read.certificate_der) ||
	    !leaf_is_certificate(read.certificate_der))
		return fail(task, INVALID_REQUEST, "unverifiedCertificate is no certificate");
	if (!card_key_knows(read.proof.algorithm))
		return fail(task, INVALID_REQUEST, "algorithm is none of Web eID's");
	if (!bytes_read(task, token, "signature", &read.proof.signature))
		return fail(task, INVALID_REQUEST, "signature is not base64");
	*ret_token = read;
	return 0;
}

/* Version 1, or 1 and a minor one: "web-eid:10" begins alike and is neither. */
static bool
is_format(const char *format)
{
	const char *minor;

	if (format == NULL || !str_starts(format, FORMAT))
		return false;
	minor = format + strlen(FORMAT);
	if (*minor == '\0')
		return true;
	return minor[0] == '.' && minor[1] != '\0' && strlen(minor) <= 4 &&
	       minor[1 + strspn(minor + 1, "0123456789")] == '\0';
}

static bool
bytes_read(struct task *task, const json_t *token, const char *name, struct bytes *ret_bytes)
{
	const char *text = json_get_text(token, name);

	return !str_is_empty(text) && b64_decode(task, text, strlen(text), ret_bytes) &&
	       ret_bytes->len > 0;
}
