/* SPDX-License-Identifier: Apache-2.0
 *
 * Who we are towards a register, and who it must be: the PEM files that its file names.
 */
#include "core/file.h"
#include "core/task.h"
#include "sources/http_source_inner.h"
#include "x509/trust.h"

#include <stdlib.h>
#include <string.h>

/* Whose file it is, for every message. */
struct reading {
	struct task *task;
	const char *path;
	struct http_source *source;
};

static const char *path_of(struct reading *reading, const char *member);
static int pem_read(
    struct reading *reading, const char *member, bool is_secret, struct bytes *ret_pem);
static int certificate_check(struct reading *reading);
static void pem_free(struct bytes pem);

int
http_source_keys_read(struct task *task, const char *path, struct http_source *source)
{
	struct reading reading = {task, path, source};
	struct fetch_tls *tls = &source->tls;
	const char *signing_key = path_of(&reading, "signing_key_file");
	int r;

	r = pem_read(&reading, "certificate_file", false, &tls->certificate);
	if (r == 0)
		r = pem_read(&reading, "key_file", true, &tls->key);
	if (r == 0)
		r = pem_read(&reading, "ca_file", false, &tls->authorities);
	if (r < 0)
		return r;
	if ((tls->certificate.len > 0) != (tls->key.len > 0))
		return fail(
		    task, MISCONFIGURED, "%s: certificate_file and key_file belong together", path);
	if (tls->certificate.len > 0)
		r = certificate_check(&reading);
	if (r == 0 && signing_key != NULL)
		r = signer_load(task, signing_key, &source->signer);
	return r;
}

/* NULL: not named.  In the task's arena. */
static const char *
path_of(struct reading *reading, const char *member)
{
	const char *path = json_get_text(reading->source->json, member);

	return path == NULL ? NULL : file_beside(reading->task, reading->path, path);
}

static int
pem_read(struct reading *reading, const char *member, bool is_secret, struct bytes *ret_pem)
{
	const char *path = path_of(reading, member), *text;
	int r;

	if (path == NULL)
		return 0;
	r = file_text(reading->task, path, is_secret, &text);
	if (r < 0)
		return r;
	if (strstr(text, "-----BEGIN ") == NULL)
		return fail(reading->task, MISCONFIGURED, "%s: is no PEM", path);
	*ret_pem = (struct bytes){(const uint8_t *)strdup(text), strlen(text)};
	return 0;
}

/* Now, and not when the first person waits for it. */
static int
certificate_check(struct reading *reading)
{
	const char *path = path_of(reading, "certificate_file");
	struct bytes certs[CHAIN_MAX_CERTS];
	struct signer *signer;
	bool is_certified;
	size_t n;
	int r;

	r = chain_load(reading->task, path, certs, CHAIN_MAX_CERTS, &n);
	if (r < 0)
		return r;
	r = signer_load(reading->task, path_of(reading, "key_file"), &signer);
	if (r < 0)
		return r;
	is_certified = n > 0 && signer_is_certified(reading->task, signer, certs[0]);
	signer_free(signer);
	if (!is_certified)
		return fail(
		    reading->task, MISCONFIGURED, "%s: is not of the key of key_file", path);
	return 0;
}

void
http_source_keys_free(struct http_source *source)
{
	signer_free(source->signer);
	pem_free(source->tls.certificate);
	pem_free(source->tls.key);
	pem_free(source->tls.authorities);
}

static void
pem_free(struct bytes pem)
{
	char *text = (char *)(uintptr_t)pem.at;

	if (text != NULL)
		explicit_bzero(text, pem.len);
	free(text);
}
