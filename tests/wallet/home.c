/* SPDX-License-Identifier: Apache-2.0
 *
 * The folder of a wallet's identities.
 */
#include "home.h"

#include "file.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

enum { MAX_FOLDERS = 1000, MAX_NAME_BYTES = 64 };

struct entry {
	const char *name;
	json_int_t made_s;
};

static const char name_letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
				   "0123456789-_.";

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
home_make(struct wallet *wallet)
{
	int r = file_make_folder(wallet, wallet->home);

	if (r < 0)
		return r;
	return file_make_folder(wallet, wallet_printf(wallet, "%s/identities", wallet->home));
}

const char *
home_path(struct wallet *wallet, const char *name)
{
	return wallet_printf(wallet, "%s/identities/%s", wallet->home, name);
}

bool
home_has(struct wallet *wallet, const char *name)
{
	return access(home_path(wallet, name), F_OK) == 0;
}

const char *
home_name(struct wallet *wallet, const char *base)
{
	char *stem = wallet_printf(wallet, "%.56s", base);
	const char *name;

	for (char *c = stem; *c; c++)
		if (!strchr(name_letters, *c) || (c == stem && *c == '.'))
			*c = '-';
	name = *stem ? stem : "identity";
	for (int i = 2; home_has(wallet, name); i++)
		name = wallet_printf(wallet, "%s-%d", *stem ? stem : "identity", i);
	return name;
}

const char *
home_label(struct wallet *wallet, const struct identity_draft *draft)
{
	const char *fallback = draft->name ? draft->name : draft->base;
	const char *reason = wallet->reason;
	const char *whole, *given, *family;
	struct sdjwt sdjwt;

	if (sdjwt_read(wallet, draft->batch.credentials[0], &sdjwt) < 0) {
		wallet->reason = reason;
		return fallback;
	}
	whole = json_string_value(json_object_get(sdjwt.claims, "name"));
	given = json_string_value(json_object_get(sdjwt.claims, "given_name"));
	family = json_string_value(json_object_get(sdjwt.claims, "family_name"));
	if (whole)
		return whole;
	return given && family ? wallet_printf(wallet, "%s %s", given, family) : fallback;
}

int
home_folders(struct wallet *wallet, const char *path, const char *prefix, json_t **ret_folders)
{
	json_t *names = wallet_json(wallet, json_array());
	DIR *folder = opendir(path);
	struct dirent *item;
	int r = 0;

	while (r == 0 && folder && (item = readdir(folder))) {
		if (item->d_name[0] == '.' || strlen(item->d_name) > MAX_NAME_BYTES ||
		    strncmp(item->d_name, prefix, strlen(prefix)) != 0)
			continue;
		if (json_array_size(names) == MAX_FOLDERS)
			r = wallet_fail(wallet, WALLET_FAILED, "%s is full", path);
		json_array_append_new(names, json_string(item->d_name));
	}
	if (folder)
		closedir(folder);
	if (r == 0)
		*ret_folders = names;
	return r;
}

int
identity_names(struct wallet *wallet, json_t **ret_names)
{
	json_t *names = wallet_json(wallet, json_array()), *folders, *folder, *about;
	struct entry *entries;
	size_t i;
	int r;

	r = home_folders(
	    wallet, wallet_printf(wallet, "%s/identities", wallet->home), "", &folders);
	if (r < 0)
		return r;
	entries = wallet_alloc(wallet, (json_array_size(folders) + 1) * sizeof(*entries));
	json_array_foreach(folders, i, folder) {
		entries[i].name = json_string_value(folder);
		r = file_read_json(wallet,
		    wallet_printf(wallet, "%s/identity.json", home_path(wallet, entries[i].name)),
		    &about);
		if (r < 0)
			return r;
		entries[i].made_s = json_integer_value(json_object_get(about, "made_s"));
	}
	qsort(entries, json_array_size(folders), sizeof(*entries), compare_newest);
	for (i = 0; i < json_array_size(folders); i++)
		json_array_append_new(names, json_string(entries[i].name));
	*ret_names = names;
	return 0;
}

/* Within one second the names decide, so that the order is always the same. */
static int
compare_newest(const void *a, const void *b)
{
	const struct entry *one = a, *other = b;

	if (one->made_s != other->made_s)
		return one->made_s < other->made_s ? 1 : -1;
	return strcmp(other->name, one->name);
}

/* -1, and nothing to guard, while there is no home yet. */
int
identity_lock(struct wallet *wallet, int *ret_lock)
{
	const char *path = wallet_printf(wallet, "%s/identities", wallet->home);
	int lock = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (lock < 0 && errno != ENOENT)
		return wallet_fail(
		    wallet, WALLET_FAILED, "%s cannot be read: %s", path, strerror(errno));
	if (lock >= 0 && flock(lock, LOCK_EX) < 0) {
		close(lock);
		return wallet_fail(
		    wallet, WALLET_FAILED, "%s cannot be locked: %s", path, strerror(errno));
	}
	*ret_lock = lock;
	return 0;
}

void
identity_unlock(int lock)
{
	if (lock >= 0)
		close(lock);
}

int
identity_default(struct wallet *wallet, const char **ret_name)
{
	const char *path = wallet_printf(wallet, "%s/default", wallet->home);
	const char *text;
	int r;

	if (access(path, F_OK) < 0) {
		*ret_name = NULL;
		return 0;
	}
	r = file_read(wallet, path, &text);
	if (r < 0)
		return r;
	*ret_name = wallet_copy(wallet, text, strcspn(text, "\n"));
	return 0;
}

int
identity_set_default(struct wallet *wallet, const char *name)
{
	int r;

	r = identity_check_name(wallet, name);
	if (r < 0)
		return r;
	if (!home_has(wallet, name))
		return wallet_fail(wallet, WALLET_NOT_FOUND, "there is no identity %s", name);
	return file_replace(wallet, wallet_printf(wallet, "%s/default", wallet->home),
	    wallet_printf(wallet, "%s\n", name));
}
