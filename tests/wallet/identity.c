/* SPDX-License-Identifier: Apache-2.0
 *
 * Identities on disk.  A new one is built in a folder of its own beside the others and moved into
 * place, so that there is never half of one; a credential joins one in the same way.
 */
#include "identity.h"

#include "file.h"
#include "home.h"
#include "key.h"
#include "pin.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

const char *const identity_relations[] = {"own", "child", "parent", "other", NULL};

static int check_pin(struct wallet *wallet, const struct identity *identity);
static int save_locked(
    struct wallet *wallet, const struct identity_draft *draft, const char **ret_name);
static int save_new(
    struct wallet *wallet, const struct identity_draft *draft, const char **ret_name);
static int write_about(struct wallet *wallet, const char *folder, const json_t *about);
static json_t *about_of(struct wallet *wallet, const struct identity_draft *draft);
static int extend(struct wallet *wallet, const struct identity_draft *draft);
static int check_person(struct wallet *wallet, const struct batch *old, const char *credential);
static int load_batches(struct wallet *wallet, struct identity *identity);
static int compare_newest(const void *a, const void *b);

int
identity_check_draft(struct wallet *wallet, const char *name)
{
	struct identity identity;
	int lock, r;

	r = identity_check_name(wallet, name);
	if (r < 0 || !home_has(wallet, name))
		return r;
	r = identity_lock(wallet, &lock);
	if (r < 0)
		return r;
	r = identity_load(wallet, name, &identity);
	if (r == 0)
		r = check_pin(wallet, &identity);
	identity_unlock(lock);
	return r;
}

/* One PIN, or none, for all that an identity has. */
static int
check_pin(struct wallet *wallet, const struct identity *identity)
{
	EVP_PKEY *key;

	if (wallet->pin && !batch_has_pin(&identity->batches[0]))
		return wallet_fail(wallet, WALLET_FAILED, "identity %s has no PIN", identity->name);
	return identity_key(wallet, identity, &identity->batches[0], &key);
}

int
identity_save(struct wallet *wallet, const struct identity_draft *draft, const char **ret_name)
{
	int lock, r;

	r = home_make(wallet);
	if (r < 0)
		return r;
	r = identity_lock(wallet, &lock);
	if (r < 0)
		return r;
	r = save_locked(wallet, draft, ret_name);
	identity_unlock(lock);
	return r;
}

static int
save_locked(struct wallet *wallet, const struct identity_draft *draft, const char **ret_name)
{
	if (!draft->name || !home_has(wallet, draft->name))
		return save_new(wallet, draft, ret_name);
	*ret_name = draft->name;
	return extend(wallet, draft);
}

static int
save_new(struct wallet *wallet, const struct identity_draft *draft, const char **ret_name)
{
	const char *name = draft->name ? draft->name : home_name(wallet, draft->base);
	char *folder = wallet_printf(wallet, "%s/identities/.new-XXXXXX", wallet->home);
	int r;

	if (!mkdtemp(folder))
		return wallet_fail(
		    wallet, WALLET_FAILED, "%s cannot be made: %s", folder, strerror(errno));
	r = write_about(wallet, folder, about_of(wallet, draft));
	if (r == 0)
		r = batch_write(wallet, folder, &draft->batch);
	if (r == 0 && rename(folder, home_path(wallet, name)) < 0)
		r = wallet_fail(wallet, WALLET_FAILED, "identity %s cannot be stored: %s", name,
		    strerror(errno));
	if (r < 0)
		file_remove_folder(wallet, folder);
	else
		*ret_name = name;
	return r;
}

static int
write_about(struct wallet *wallet, const char *folder, const json_t *about)
{
	char *text = json_dumps(about, JSON_INDENT(2));
	int r;

	if (!text)
		abort();
	r = file_replace(wallet, wallet_printf(wallet, "%s/identity.json", folder), text);
	free(text);
	return r;
}

static json_t *
about_of(struct wallet *wallet, const struct identity_draft *draft)
{
	const char *label = draft->label ? draft->label : home_label(wallet, draft);

	return wallet_json(wallet, json_pack("{s:s, s:s, s:I}", "label", label, "relation",
				       draft->relation ? draft->relation : identity_relations[0],
				       "made_s", (json_int_t)wallet_now_s()));
}

static int
extend(struct wallet *wallet, const struct identity_draft *draft)
{
	const struct batch *old = NULL;
	struct identity identity;
	int r;

	r = identity_load(wallet, draft->name, &identity);
	if (r < 0)
		return r;
	for (size_t i = 0; i < identity.n_batches; i++)
		if (batch_is_of(&identity.batches[i], draft->batch.metadata))
			old = &identity.batches[i];
	if (!old && identity.n_batches == BATCH_PER_ITEM)
		return wallet_fail(wallet, WALLET_FAILED, "identity %s is full", identity.name);
	r = old ? check_person(wallet, old, draft->batch.credentials[0]) : 0;
	if (r < 0)
		return r;
	if (draft->label)
		json_object_set_new(identity.about, "label", json_string(draft->label));
	if (draft->relation)
		json_object_set_new(identity.about, "relation", json_string(draft->relation));
	r = write_about(wallet, identity.folder, identity.about);
	if (r < 0)
		return r;
	r = batch_write(wallet, identity.folder, &draft->batch);
	if (r == 0 && old)
		file_remove_folder(wallet, old->folder);
	return r;
}

/* A child's credential must not take the place of its mother's. */
static int
check_person(struct wallet *wallet, const struct batch *old, const char *credential)
{
	static const char *const names[] = {"personal_number", "birthdate"};
	struct sdjwt sdjwt;
	int r;

	r = sdjwt_read(wallet, credential, &sdjwt);
	if (r < 0)
		return r;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		const json_t *was = json_object_get(old->credential.claims, names[i]);
		const json_t *is = json_object_get(sdjwt.claims, names[i]);

		if (was && is && !json_equal(was, is))
			return wallet_fail(wallet, WALLET_FAILED,
			    "the credential is of another person than the identity: %s differs",
			    names[i]);
	}
	return 0;
}

int
identity_load(struct wallet *wallet, const char *name, struct identity *ret_identity)
{
	struct identity identity = {.name = wallet_copy(wallet, name, strlen(name))};
	int r;

	r = identity_check_name(wallet, name);
	if (r < 0)
		return r;
	if (!home_has(wallet, name))
		return wallet_fail(wallet, WALLET_NOT_FOUND, "there is no identity %s", name);
	identity.folder = home_path(wallet, name);
	r = file_read_json(
	    wallet, wallet_printf(wallet, "%s/identity.json", identity.folder), &identity.about);
	if (r < 0)
		return r;
	r = load_batches(wallet, &identity);
	if (r < 0)
		return r;
	*ret_identity = identity;
	return 0;
}

static int
load_batches(struct wallet *wallet, struct identity *identity)
{
	json_t *folders, *folder;
	size_t i;
	int r;

	r = home_folders(wallet, identity->folder, "credential-", &folders);
	if (r < 0)
		return r;
	if (json_array_size(folders) == 0)
		return wallet_fail(
		    wallet, WALLET_FAILED, "identity %s has no credential", identity->name);
	identity->n_batches = json_array_size(folders);
	identity->batches = wallet_alloc(wallet, identity->n_batches * sizeof(struct batch));
	json_array_foreach(folders, i, folder) {
		const char *path =
		    wallet_printf(wallet, "%s/%s", identity->folder, json_string_value(folder));

		r = batch_load(wallet, path, &identity->batches[i]);
		if (r < 0)
			return r;
	}
	qsort(identity->batches, identity->n_batches, sizeof(struct batch), compare_newest);
	return 0;
}

/* Within one second the folders decide, so that the order is always the same. */
static int
compare_newest(const void *a, const void *b)
{
	const struct batch *one = a, *other = b;
	json_int_t one_s = json_integer_value(json_object_get(one->metadata, "accepted_s"));
	json_int_t other_s = json_integer_value(json_object_get(other->metadata, "accepted_s"));

	if (one_s != other_s)
		return one_s < other_s ? 1 : -1;
	return strcmp(other->folder, one->folder);
}

int
identity_key(struct wallet *wallet, const struct identity *identity, const struct batch *batch,
    EVP_PKEY **ret_key)
{
	bool is_counted = wallet->pin && batch_has_pin(batch);
	int r;

	r = is_counted ? pin_try(wallet, identity->folder) : 0;
	if (r < 0)
		return r;
	r = key_from_text(wallet, batch->key_text, ret_key);
	if (r == 0 && is_counted)
		pin_succeeded(wallet, identity->folder);
	return r;
}

int
identity_summary(struct wallet *wallet, const struct identity *identity, json_t **ret_summary)
{
	json_t *credentials = wallet_json(wallet, json_array()), *newest;
	size_t n_least = BATCH_MAX;
	const char *chosen;
	int r;

	r = identity_default(wallet, &chosen);
	if (r < 0)
		return r;
	for (size_t i = 0; i < identity->n_batches; i++) {
		json_array_append(credentials, batch_summary(wallet, &identity->batches[i]));
		if (identity->batches[i].n_fresh < n_least)
			n_least = identity->batches[i].n_fresh;
	}
	newest = json_array_get(credentials, 0);
	*ret_summary = wallet_json(
	    wallet, json_pack("{s:s, s:O?, s:O?, s:b, s:b, s:b, s:I, s:b, s:O?, s:O}", "name",
			identity->name, "label", json_object_get(identity->about, "label"),
			"relation", json_object_get(identity->about, "relation"), "default",
			chosen && strcmp(chosen, identity->name) == 0, "pin",
			batch_has_pin(&identity->batches[0]), "locked",
			pin_tries(wallet, identity->folder) >= PIN_TRIES, "keys_left",
			(json_int_t)n_least, "keys_low", n_least <= BATCH_LOW, "expires_s",
			json_object_get(newest, "expires_s"), "credentials", credentials));
	return 0;
}
