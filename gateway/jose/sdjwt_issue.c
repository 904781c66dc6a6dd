/* SPDX-License-Identifier: Apache-2.0
 *
 * Making SD-JWT VC (RFC 9901 section 4): a salt of 128 bits for each claim, digests in an order
 * that says nothing.  Called by issue/credential.c.
 */
#include "jose/sdjwt.h"

#include "core/random.h"
#include "core/task.h"
#include "jose/digest.h"

#include <string.h>

#define SALT_BYTES 16

static const char *disclosure_make(struct task *task, const char *name, const json_t *value);
static void shuffle(const char **texts, size_t n);
static json_t *payload_make(const json_t *always, const char *const *digests, size_t n);

int
sdjwt_issue(struct task *task, const struct sign_as *as, const json_t *always,
    const json_t *disclosable, const char **ret_sdjwt)
{
	size_t n = json_object_size(disclosable), i = 0;
	const char **disclosures = task_new_n(task, const char *, n + 1);
	const char **digests = task_new_n(task, const char *, n + 1);
	json_auto_t *payload = NULL;
	const char *name, *jws;
	const json_t *value;
	int r;

	if (n > SDJWT_MAX_DISCLOSURES)
		return fail(task, BROKEN, "SD-JWT: over %d disclosures", SDJWT_MAX_DISCLOSURES);
	json_object_foreach((json_t *)(uintptr_t)disclosable, name, value) {
		disclosures[i] = disclosure_make(task, name, value);
		digests[i] = digest_b64u(task, disclosures[i]);
		i++;
	}
	shuffle(digests, n);
	payload = payload_make(always, digests, n);
	r = jws_sign(task, as, payload, &jws);
	if (r < 0)
		return r;
	*ret_sdjwt = n == 0 ? task_printf(task, "%s~", jws)
			    : task_printf(task, "%s~%s~", jws, str_join(task, disclosures, "~"));
	return 0;
}

static const char *
disclosure_make(struct task *task, const char *name, const json_t *value)
{
	json_auto_t *array = json_array();
	const char *text;

	json_array_append_new(array, json_string(random_id(task, SALT_BYTES)));
	json_array_append_new(array, json_string(name));
	json_array_append_new(array, json_deep_copy(value));
	text = json_text(task, array);
	return b64u_encode(task, BYTES_OF(text));
}

/* Fisher and Yates. */
static void
shuffle(const char **texts, size_t n)
{
	for (size_t i = n; i > 1; i--) {
		size_t j = random_below((uint32_t)i);
		const char *text = texts[i - 1];

		texts[i - 1] = texts[j];
		texts[j] = text;
	}
}

static json_t *
payload_make(const json_t *always, const char *const *digests, size_t n)
{
	json_t *payload = json_deep_copy(always);
	json_t *sd;

	if (n == 0)
		return payload;
	sd = json_array();
	for (size_t i = 0; i < n; i++)
		json_array_append_new(sd, json_string(digests[i]));
	json_object_set_new(payload, "_sd", sd);
	json_set_text(payload, "_sd_alg", "sha-256");
	return payload;
}
