/* SPDX-License-Identifier: Apache-2.0
 *
 * Card to person (see person.h).  The issuer is a part of it always: either the key holds the
 * authority's name, or the operator said in the authority's own file that its numbers are the
 * register's (OpenID4VP section 14.4 says the same of wallets).
 */
#include "login/card/person.h"

#include "core/task.h"
#include "jose/digest.h"
#include "x509/leaf.h"

#include <string.h>

#define VALUE         "{value}"
#define KEY_MAX_BYTES 255

int
person_key(struct task *task, const struct authority *authority, struct bytes card_der,
    const char **ret_register_key)
{
	const char *value = leaf_subject(task, card_der, authority->attribute), *key, *at;
	uint8_t digest[DIGEST_BYTES];

	if (str_is_empty(value))
		return fail(task, INVALID_CARD, "the card has no %s, or two", authority->attribute);
	if (authority->prefix != NULL) {
		if (!str_starts(value, authority->prefix))
			return fail(
			    task, INVALID_CARD, "the number is not of the kind that is taken");
		value += strlen(authority->prefix);
	}
	if (str_is_empty(value))
		return fail(task, INVALID_CARD, "the card has no number behind its kind");
	if (authority->is_hashed) {
		digest_sha256(BYTES_OF(value), digest);
		value = hex_encode(task, (struct bytes){digest, sizeof(digest)});
	}
	if (authority->key == NULL) {
		*ret_register_key = task_printf(task, "%s:%s", authority->id, value);
		return 0;
	}
	at = strstr(authority->key, VALUE);
	key = task_printf(task, "%.*s%s%s", (int)(at - authority->key), authority->key, value,
	    at + strlen(VALUE));
	if (strlen(key) > KEY_MAX_BYTES)
		return fail(task, INVALID_CARD, "the number is too long");
	*ret_register_key = key;
	return 0;
}
