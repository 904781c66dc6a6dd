/* SPDX-License-Identifier: Apache-2.0
 *
 * Files of the wallet: small texts, readable by their owner alone.
 */
#ifndef WALLET_FILE_H
#define WALLET_FILE_H

#include "wallet.h"

enum { FILE_MAX_BYTES = 1024 * 1024 };

/* The whole file as text; WALLET_NOT_FOUND when there is none, refused when it holds a NUL. */
int file_read(struct wallet *wallet, const char *path, const char **ret_text);
int file_read_json(struct wallet *wallet, const char *path, json_t **ret_value);

/* Create a file of mode 0600 that is not there yet. */
int file_write(struct wallet *wallet, const char *path, const char *text, size_t n_text);
int file_write_json(struct wallet *wallet, const char *path, const json_t *value);

/* The same in place of what is there: readers see the old text or the new. */
int file_replace(struct wallet *wallet, const char *path, const char *text);

/* Make a folder of mode 0700; one that is there already is fine. */
int file_make_folder(struct wallet *wallet, const char *path);

/* Remove a folder with what is in it, as far as that goes; links are not followed. */
void file_remove_folder(struct wallet *wallet, const char *path);

#endif
