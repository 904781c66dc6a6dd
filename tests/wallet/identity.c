/* SPDX-License-Identifier: Apache-2.0
 *
 * Identities on disk.  A new one is built in a folder of its own beside the others and moved into
 * place, so that there is never half of one.
 */
#include "identity.h"

#include "file.h"
#include "key.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { MAX_IDENTITIES = 1000, MAX_NAME_BYTES = 64 };

struct entry {
	char name[MAX_NAME_BYTES + 1];
	json_int_t accepted_s;
};

static const char name_letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
				   "0123456789-_.";

static const char *path_of(struct wallet *wallet, const char *name, const char *file);
static int make_folders(struct wallet *wallet);
static int write_files(
    struct wallet *wallet, const char *folder, const struct identity_draft *draft);
static int move_into_place(struct wallet *wallet, const char *folder,
    const struct identity_draft *draft, const char **ret_name);
static const char *name_from(struct wallet *wallet, const char *base);
static void remove_files(struct wallet *wallet, const char *folder);
static int load_metadata(struct wallet *wallet, const char *name, json_t **ret_metadata);
static int read_folder(
    struct wallet *wallet, DIR *folder, struct entry *entries, size_t *ret_n_entries);
static int compare_newest(const void *a, const void *b);

int
identity_check_name(struct wallet *wallet, const char *name)
{
	size_t n = strlen(name);

	if (n == 0 || n > MAX_NAME_BYTES || name[0] == '.' || name[strspn(name, name_letters)])
		return wallet_fail(wallet, WALLET_USAGE, "%s is not a name for an identity", name);
	return 0;
}

int
identity_check_new(struct wallet *wallet, const char *name)
{
	int r = identity_check_name(wallet, name);

	if (r < 0)
		return r;
	if (access(path_of(wallet, name, ""), F_OK) == 0)
		return wallet_fail(wallet, WALLET_FAILED, "identity %s is there already", name);
	return 0;
}

static const char *
path_of(struct wallet *wallet, const char *name, const char *file)
{
	return wallet_printf(wallet, "%s/identities/%s/%s", wallet->home, name, file);
}

int
identity_save(struct wallet *wallet, const struct identity_draft *draft, const char **ret_name)
{
	char *folder = wallet_printf(wallet, "%s/identities/.new-XXXXXX", wallet->home);
	int r;

	r = make_folders(wallet);
	if (r < 0)
		return r;
	if (!mkdtemp(folder))
		return wallet_fail(
		    wallet, WALLET_FAILED, "%s cannot be made: %s", folder, strerror(errno));
	r = write_files(wallet, folder, draft);
	if (r == 0)
		r = move_into_place(wallet, folder, draft, ret_name);
	if (r < 0)
		remove_files(wallet, folder);
	return r;
}

/* A folder never takes the place of one with files in it, so a name is given once. */
static int
move_into_place(struct wallet *wallet, const char *folder, const struct identity_draft *draft,
    const char **ret_name)
{
	const char *stem = draft->name ? draft->name : name_from(wallet, draft->base);
	const char *name = stem;

	for (int i = 2; i <= MAX_IDENTITIES; i++) {
		if (rename(folder, wallet_printf(wallet, "%s/identities/%s", wallet->home, name)) ==
		    0) {
			*ret_name = name;
			return 0;
		}
		if (errno != ENOTEMPTY && errno != EEXIST)
			return wallet_fail(wallet, WALLET_FAILED,
			    "identity %s cannot be stored: %s", name, strerror(errno));
		if (draft->name)
			return wallet_fail(
			    wallet, WALLET_FAILED, "identity %s is there already", name);
		name = wallet_printf(wallet, "%s-%d", stem, i);
	}
	return wallet_fail(wallet, WALLET_FAILED, "the home is full");
}

static const char *
name_from(struct wallet *wallet, const char *base)
{
	char *name = wallet_printf(wallet, "%.56s", base);

	for (char *c = name; *c; c++)
		if (!strchr(name_letters, *c) || (c == name && *c == '.'))
			*c = '-';
	return *name ? name : "identity";
}

static int
make_folders(struct wallet *wallet)
{
	int r = file_make_folder(wallet, wallet->home);

	if (r < 0)
		return r;
	return file_make_folder(wallet, wallet_printf(wallet, "%s/identities", wallet->home));
}

static int
write_files(struct wallet *wallet, const char *folder, const struct identity_draft *draft)
{
	char *text = json_dumps(draft->metadata, JSON_INDENT(2));
	int r;

	if (!text)
		abort();
	r = file_write(
	    wallet, wallet_printf(wallet, "%s/metadata.json", folder), text, strlen(text));
	free(text);
	if (r < 0)
		return r;
	r = file_write(wallet, wallet_printf(wallet, "%s/credential.txt", folder),
	    draft->credential_text, strlen(draft->credential_text));
	if (r < 0)
		return r;
	return key_write(wallet, wallet_printf(wallet, "%s/key.pem", folder), draft->key);
}

static void
remove_files(struct wallet *wallet, const char *folder)
{
	unlink(wallet_printf(wallet, "%s/metadata.json", folder));
	unlink(wallet_printf(wallet, "%s/credential.txt", folder));
	unlink(wallet_printf(wallet, "%s/key.pem", folder));
	rmdir(folder);
}

int
identity_load(struct wallet *wallet, const char *name, struct identity *ret_identity)
{
	struct identity identity = {.name = wallet_copy(wallet, name, strlen(name))};
	int r;

	r = identity_check_name(wallet, name);
	if (r < 0)
		return r;
	identity.folder = wallet_printf(wallet, "%s/identities/%s", wallet->home, name);
	if (access(identity.folder, F_OK) < 0)
		return wallet_fail(wallet, WALLET_NOT_FOUND, "there is no identity %s", name);
	r = load_metadata(wallet, name, &identity.metadata);
	if (r < 0)
		return r;
	r = file_read(wallet, path_of(wallet, name, "credential.txt"), &identity.credential_text);
	if (r < 0)
		return r;
	r = sdjwt_read(wallet, identity.credential_text, &identity.credential);
	if (r < 0)
		return r;
	*ret_identity = identity;
	return 0;
}

static int
load_metadata(struct wallet *wallet, const char *name, json_t **ret_metadata)
{
	const char *path = path_of(wallet, name, "metadata.json");
	const char *text;
	json_t *metadata;
	int r;

	r = file_read(wallet, path, &text);
	if (r < 0)
		return r;
	metadata = json_loads(text, JSON_REJECT_DUPLICATES, NULL);
	if (!metadata)
		return wallet_fail(wallet, WALLET_FAILED, "%s is not JSON", path);
	*ret_metadata = wallet_json(wallet, metadata);
	return 0;
}

int
identity_key(struct wallet *wallet, const struct identity *identity, EVP_PKEY **ret_key)
{
	return key_read(wallet, path_of(wallet, identity->name, "key.pem"), ret_key);
}

int
identity_names(struct wallet *wallet, json_t **ret_names)
{
	struct entry *entries = wallet_alloc(wallet, MAX_IDENTITIES * sizeof(*entries));
	DIR *folder = opendir(wallet_printf(wallet, "%s/identities", wallet->home));
	json_t *names = wallet_json(wallet, json_array());
	size_t n_entries = 0;
	int r = 0;

	if (folder) {
		r = read_folder(wallet, folder, entries, &n_entries);
		closedir(folder);
	}
	if (r < 0)
		return r;
	qsort(entries, n_entries, sizeof(*entries), compare_newest);
	for (size_t i = 0; i < n_entries; i++)
		json_array_append_new(names, json_string(entries[i].name));
	*ret_names = names;
	return 0;
}

static int
read_folder(struct wallet *wallet, DIR *folder, struct entry *entries, size_t *ret_n_entries)
{
	size_t n_entries = 0;
	struct dirent *item;
	json_t *metadata;
	int r;

	while ((item = readdir(folder))) {
		if (item->d_name[0] == '.' || strlen(item->d_name) > MAX_NAME_BYTES)
			continue;
		if (n_entries == MAX_IDENTITIES)
			return wallet_fail(wallet, WALLET_FAILED, "the home is full");
		r = load_metadata(wallet, item->d_name, &metadata);
		if (r < 0)
			return r;
		memcpy(entries[n_entries].name, item->d_name, strlen(item->d_name) + 1);
		entries[n_entries++].accepted_s =
		    json_integer_value(json_object_get(metadata, "accepted_s"));
	}
	*ret_n_entries = n_entries;
	return 0;
}

/* Within one second the names decide, so that the order is always the same. */
static int
compare_newest(const void *a, const void *b)
{
	const struct entry *one = a;
	const struct entry *other = b;

	if (one->accepted_s != other->accepted_s)
		return one->accepted_s < other->accepted_s ? 1 : -1;
	return strcmp(other->name, one->name);
}

json_t *
identity_summary(struct wallet *wallet, const struct identity *identity)
{
	const json_t *payload = identity->credential.issuer.payload;

	return wallet_json(wallet,
	    json_pack("{s:s, s:O?, s:O?, s:O?, s:O?, s:O?, s:O?}", "name", identity->name, "vct",
		json_object_get(payload, "vct"), "issuer",
		json_object_get(identity->metadata, "credential_issuer"), "issuer_subject",
		json_object_get(identity->metadata, "issuer_subject"), "issued_s",
		json_object_get(payload, "iat"), "expires_s", json_object_get(payload, "exp"),
		"accepted_s", json_object_get(identity->metadata, "accepted_s")));
}
