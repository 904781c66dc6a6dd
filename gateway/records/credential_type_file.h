/* SPDX-License-Identifier: Apache-2.0
 *
 * Files of credential types, member by member (conf/schema/credential.json).  For the files of this
 * room.
 */
#ifndef RECORDS_CREDENTIAL_TYPE_FILE_H
#define RECORDS_CREDENTIAL_TYPE_FILE_H

#include "records/credential_type.h"

/* Every NAME.json of a folder, by name; kept by the task, each an object whose "path" says where it
 * stood.  Fails MISCONFIGURED. */
int credential_type_files(struct task *task, const char *folder, json_t **ret_files);

/* Texts of the type stand in file; its claims are the caller's to free.  Fails MISCONFIGURED. */
int credential_type_parse(struct task *task, const json_t *file, struct credential_type *ret_type);

#endif
