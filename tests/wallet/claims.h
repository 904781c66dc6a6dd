/* SPDX-License-Identifier: Apache-2.0
 *
 * A claims path pointer (OpenID4VP 1.0 section 7) on a credential: which values does it reach, and
 * which disclosures must be shown for them.
 */
#ifndef WALLET_CLAIMS_H
#define WALLET_CLAIMS_H

#include "sdjwt.h"

/* A path: not empty, of strings, indices and nulls. */
bool claims_path_is_valid(const json_t *path);

/* A path for people: "address.locality", "nationalities.*". */
const char *claims_path_text(struct wallet *wallet, const json_t *path);

/*
 * Follow the path; mark in is_shown what the values reached need, their inner parts included.
 * `allowed` is NULL or an array: a value that is not in it counts as not there.
 * Returns the number of values reached; with 0 nothing is marked.
 */
size_t claims_select(
    const struct sdjwt *credential, const json_t *path, const json_t *allowed, bool *is_shown);

#endif
