/* SPDX-License-Identifier: Apache-2.0
 *
 * Copies of a credential on disk.
 */
#include "batch.h"

#include "file.h"
#include "key.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define USED "used.copy"

static int write_files(struct wallet *wallet, const char *folder, const struct batch_draft *draft);
static const char *renewal_path(struct wallet *wallet, const char *folder);
static int find_copy(struct wallet *wallet, struct batch *batch);
static int read_copy(struct wallet *wallet, struct batch *batch);

int
batch_write(struct wallet *wallet, const char *parent, const struct batch_draft *draft)
{
	char *folder = wallet_printf(wallet, "%s/.new-XXXXXX", parent);
	const char *place;
	int r;

	if (!mkdtemp(folder))
		return wallet_fail(
		    wallet, WALLET_FAILED, "%s cannot be made: %s", folder, strerror(errno));
	place = wallet_printf(wallet, "%s/credential-%s", parent, strrchr(folder, '-') + 1);
	r = write_files(wallet, folder, draft);
	if (r == 0 && rename(folder, place) < 0)
		r = wallet_fail(
		    wallet, WALLET_FAILED, "%s cannot be stored: %s", place, strerror(errno));
	if (r < 0)
		file_remove_folder(wallet, folder);
	return r;
}

static int
write_files(struct wallet *wallet, const char *folder, const struct batch_draft *draft)
{
	int r = 0;

	for (size_t i = 0; i < draft->n; i++) {
		const char *pem, *text;

		r = key_to_text(wallet, draft->keys[i], &pem);
		if (r < 0)
			return r;
		text = wallet_printf(wallet, "%s\n%s", draft->credentials[i], pem);
		r = file_write(wallet, wallet_printf(wallet, "%s/%zu.copy", folder, i + 1), text,
		    strlen(text));
		if (r < 0)
			return r;
	}
	if (draft->renewal.refresh_token)
		r = batch_keep_renewal(wallet, folder, &draft->renewal);
	if (r < 0)
		return r;
	return file_write_json(
	    wallet, wallet_printf(wallet, "%s/metadata.json", folder), draft->metadata);
}

int
batch_keep_renewal(struct wallet *wallet, const char *folder, const struct renewal *renewal)
{
	const char *pem;
	int r;

	r = key_to_text(wallet, renewal->dpop_key, &pem);
	if (r < 0)
		return r;
	return file_replace(wallet, renewal_path(wallet, folder),
	    wallet_printf(wallet, "%s\n%s", renewal->refresh_token, pem));
}

static const char *
renewal_path(struct wallet *wallet, const char *folder)
{
	return wallet_printf(wallet, "%s/renewal", folder);
}

int
batch_read_renewal(struct wallet *wallet, const struct batch *batch, struct renewal *ret_renewal)
{
	const char *text, *end;
	int r;

	r = file_read(wallet, renewal_path(wallet, batch->folder), &text);
	if (r < 0)
		return r;
	end = text + strcspn(text, "\n");
	ret_renewal->refresh_token = wallet_copy(wallet, text, (size_t)(end - text));
	return key_from_text(wallet, end, &ret_renewal->dpop_key);
}

int
batch_load(struct wallet *wallet, const char *folder, struct batch *ret_batch)
{
	struct batch batch = {.folder = folder};
	int r;

	r = file_read_json(
	    wallet, wallet_printf(wallet, "%s/metadata.json", folder), &batch.metadata);
	if (r < 0)
		return r;
	r = find_copy(wallet, &batch);
	if (r < 0)
		return r;
	r = read_copy(wallet, &batch);
	if (r < 0)
		return r;
	batch.can_renew = access(renewal_path(wallet, folder), F_OK) == 0;
	*ret_batch = batch;
	return 0;
}

/* The lowest number; used.copy when there is none. */
static int
find_copy(struct wallet *wallet, struct batch *batch)
{
	DIR *folder = opendir(batch->folder);
	unsigned long lowest = 0;
	struct dirent *item;

	if (!folder)
		return wallet_fail(
		    wallet, WALLET_FAILED, "%s cannot be read: %s", batch->folder, strerror(errno));
	while ((item = readdir(folder))) {
		char *end;
		unsigned long number = strtoul(item->d_name, &end, 10);

		if (number == 0 || strcmp(end, ".copy") != 0)
			continue;
		batch->n_fresh++;
		if (lowest == 0 || number < lowest)
			lowest = number;
	}
	closedir(folder);
	batch->is_fresh = lowest > 0;
	batch->copy = batch->is_fresh ? wallet_printf(wallet, "%s/%lu.copy", batch->folder, lowest)
				      : wallet_printf(wallet, "%s/" USED, batch->folder);
	return 0;
}

static int
read_copy(struct wallet *wallet, struct batch *batch)
{
	const char *text, *end;
	int r;

	r = file_read(wallet, batch->copy, &text);
	if (r < 0)
		return r;
	end = strchr(text, '\n');
	if (!end)
		return wallet_fail(wallet, WALLET_FAILED, "%s is not a credential", batch->copy);
	batch->credential_text = wallet_copy(wallet, text, (size_t)(end - text));
	batch->key_text = end + 1;
	return sdjwt_read(wallet, batch->credential_text, &batch->credential);
}

int
batch_spend(struct wallet *wallet, const struct batch *batch)
{
	const char *used = wallet_printf(wallet, "%s/" USED, batch->folder);

	if (batch->is_fresh && rename(batch->copy, used) < 0)
		return wallet_fail(
		    wallet, WALLET_FAILED, "%s cannot be taken: %s", batch->copy, strerror(errno));
	return 0;
}

bool
batch_has_pin(const struct batch *batch)
{
	return strstr(batch->key_text, "-----BEGIN ENCRYPTED PRIVATE KEY-----") != NULL;
}

bool
batch_is_of(const struct batch *batch, const json_t *metadata)
{
	static const char *const names[] = {"credential_issuer", "credential_configuration_id"};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (!json_equal(json_object_get(batch->metadata, names[i]),
			json_object_get(metadata, names[i])))
			return false;
	return true;
}

json_t *
batch_summary(struct wallet *wallet, const struct batch *batch)
{
	const json_t *payload = batch->credential.issuer.payload;
	const json_t *metadata = batch->metadata;

	return wallet_json(wallet,
	    json_pack("{s:O?, s:O?, s:O?, s:O?, s:O?, s:O?, s:O?, s:I, s:b, s:b}", "vct",
		json_object_get(payload, "vct"), "configuration",
		json_object_get(metadata, "credential_configuration_id"), "issuer",
		json_object_get(metadata, "credential_issuer"), "issuer_subject",
		json_object_get(metadata, "issuer_subject"), "issued_s",
		json_object_get(payload, "iat"), "expires_s", json_object_get(payload, "exp"),
		"accepted_s", json_object_get(metadata, "accepted_s"), "keys_left",
		(json_int_t)batch->n_fresh, "keys_low", batch->n_fresh <= BATCH_LOW, "renewable",
		batch->can_renew));
}
