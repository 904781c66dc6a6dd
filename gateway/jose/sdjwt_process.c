/* SPDX-License-Identifier: Apache-2.0
 *
 * Disclosures put in the places of their digests (RFC 9901 section 7.1 step 3).
 *
 * One walk over the payload and over what is disclosed in it.  Every digest may stand in one place
 * only, every disclosure must be asked for by one, and what the walk does not know it refuses.
 */
#include "jose/sdjwt.h"

#include "core/task.h"
#include "jose/digest.h"

#include <string.h>

#define SALT  0
#define NAME  1
#define VALUE (-1) /* the last element */

struct disclosure {
	json_t *array; /* [salt, name, value] or [salt, value] */
	bool is_used;
};

struct walk {
	struct task *task;
	struct disclosure *disclosures;
	size_t n_disclosures;
	json_t *by_digest; /* digest → place in disclosures */
	json_t *seen;      /* digests met in the walk */
};

static int disclosures_read(struct walk *walk, const char *const *texts);
static int disclosure_read(struct task *task, const char *text, json_t **ret_array);
static bool is_disclosure(const json_t *array);
static int sd_alg_check(struct task *task, const json_t *payload);
static int value_walk(struct walk *walk, const json_t *value, unsigned depth, json_t **ret_value);
static int object_walk(
    struct walk *walk, const json_t *object, unsigned depth, json_t **ret_object);
static int object_disclose(struct walk *walk, const json_t *sd, unsigned depth, json_t *object);
static int member_disclose(
    struct walk *walk, const struct disclosure *disclosure, unsigned depth, json_t *object);
static int array_walk(struct walk *walk, const json_t *array, unsigned depth, json_t **ret_array);
static int element_disclose(
    struct walk *walk, const json_t *element, unsigned depth, json_t *array);
static int digest_take(struct walk *walk, const json_t *digest, struct disclosure **ret_disclosure);
static int all_used(const struct walk *walk);
static void walk_close(struct walk *walk);

int
sdjwt_process(struct task *task, const json_t *payload, const char *const *disclosures, size_t n,
    json_t **ret_claims)
{
	__attribute__((cleanup(walk_close))) struct walk walk = {.task = task, .n_disclosures = n};
	json_auto_t *claims = NULL;
	int r;

	if (n > SDJWT_MAX_DISCLOSURES)
		return fail(
		    task, INVALID_REQUEST, "SD-JWT: over %d disclosures", SDJWT_MAX_DISCLOSURES);
	walk.disclosures = task_new_n(task, struct disclosure, n);
	walk.by_digest = json_object();
	walk.seen = json_object();
	if ((r = sd_alg_check(task, payload)) < 0 ||
	    (r = disclosures_read(&walk, disclosures)) < 0 ||
	    (r = value_walk(&walk, payload, 0, &claims)) < 0 || (r = all_used(&walk)) < 0)
		return r;
	json_object_del(claims, "_sd_alg");
	*ret_claims = json_incref(claims);
	return 0;
}

static void
walk_close(struct walk *walk)
{
	for (size_t i = 0; walk->disclosures != NULL && i < walk->n_disclosures; i++)
		json_decref(walk->disclosures[i].array);
	json_decref(walk->by_digest);
	json_decref(walk->seen);
}

static int
sd_alg_check(struct task *task, const json_t *payload)
{
	const json_t *sd_alg = json_object_get(payload, "_sd_alg");

	if (sd_alg != NULL && !str_equal(json_string_value(sd_alg), "sha-256"))
		return fail(task, INVALID_REQUEST, "SD-JWT: _sd_alg is not sha-256");
	return 0;
}

static int
disclosures_read(struct walk *walk, const char *const *texts)
{
	for (size_t i = 0; i < walk->n_disclosures; i++) {
		/* RFC 9901 section 4.2.3: over the text, not what it encodes. */
		const char *digest = digest_b64u(walk->task, texts[i]);
		int r = disclosure_read(walk->task, texts[i], &walk->disclosures[i].array);

		if (r < 0)
			return r;
		if (json_object_get(walk->by_digest, digest) != NULL)
			return fail(
			    walk->task, INVALID_REQUEST, "SD-JWT: a disclosure comes twice");
		json_object_set_new(walk->by_digest, digest, json_integer((json_int_t)i));
	}
	return 0;
}

static int
disclosure_read(struct task *task, const char *text, json_t **ret_array)
{
	json_auto_t *array = NULL;
	struct bytes bytes;
	int r;

	if (!b64u_decode(task, text, strlen(text), &bytes))
		return fail(task, INVALID_REQUEST, "SD-JWT: a disclosure is not base64url");
	r = json_parse(task, (const char *)bytes.at, bytes.len, &array);
	if (r < 0)
		return r;
	if (!is_disclosure(array))
		return fail(task, INVALID_REQUEST, "SD-JWT: a disclosure is not salt, name, value");
	*ret_array = json_incref(array);
	return 0;
}

static bool
is_disclosure(const json_t *array)
{
	size_t n = json_is_array(array) ? json_array_size(array) : 0;

	if ((n != 2 && n != 3) || !json_is_string(json_array_get(array, SALT)))
		return false;
	return n == 2 || json_is_string(json_array_get(array, NAME));
}

static int
value_walk(struct walk *walk, const json_t *value, unsigned depth, json_t **ret_value)
{
	if (depth > SDJWT_MAX_DEPTH)
		return fail(walk->task, INVALID_REQUEST, "SD-JWT: deeper than %d", SDJWT_MAX_DEPTH);
	if (json_is_object(value))
		return object_walk(walk, value, depth, ret_value);
	if (json_is_array(value))
		return array_walk(walk, value, depth, ret_value);
	*ret_value = json_copy((json_t *)(uintptr_t)value);
	return 0;
}

static int
object_walk(struct walk *walk, const json_t *object, unsigned depth, json_t **ret_object)
{
	json_auto_t *copy = json_object();
	const char *name;
	json_t *value, *processed;
	int r;

	json_object_foreach((json_t *)(uintptr_t)object, name, value) {
		if (str_equal(name, "_sd"))
			continue;
		if (str_equal(name, "..."))
			return fail(walk->task, INVALID_REQUEST, "SD-JWT: ... outside of an array");
		r = value_walk(walk, value, depth + 1, &processed);
		if (r < 0)
			return r;
		json_object_set_new(copy, name, processed);
	}
	r = object_disclose(walk, json_object_get(object, "_sd"), depth, copy);
	if (r < 0)
		return r;
	*ret_object = json_incref(copy);
	return 0;
}

static int
object_disclose(struct walk *walk, const json_t *sd, unsigned depth, json_t *object)
{
	const json_t *digest;
	size_t i;

	if (sd != NULL && !json_is_array(sd))
		return fail(walk->task, INVALID_REQUEST, "SD-JWT: _sd is not an array");
	json_array_foreach(sd, i, digest) {
		struct disclosure *disclosure;
		int r = digest_take(walk, digest, &disclosure);

		if (r == 0 && disclosure != NULL)
			r = member_disclose(walk, disclosure, depth, object);
		if (r < 0)
			return r;
	}
	return 0;
}

/* RFC 9901 section 7.1 step 3.c.ii; at the top, SD-JWT VC section 3.2.2.2 as well. */
static int
member_disclose(
    struct walk *walk, const struct disclosure *disclosure, unsigned depth, json_t *object)
{
	static const char *const open_names[] = {"iss", "nbf", "exp", "cnf", "vct", "vct#integrity",
	    "aka_vcts", "status", "_sd_alg", NULL};
	const char *name = json_string_value(json_array_get(disclosure->array, NAME));
	json_t *processed;
	int r;

	if (json_array_size(disclosure->array) != 3)
		return fail(
		    walk->task, INVALID_REQUEST, "SD-JWT: an element disclosed as a member");
	if (str_equal(name, "_sd") || str_equal(name, "..."))
		return fail(walk->task, INVALID_REQUEST, "SD-JWT: _sd or ... disclosed");
	for (const char *const *open = open_names; depth == 0 && *open != NULL; open++)
		if (str_equal(name, *open))
			return fail(walk->task, INVALID_REQUEST, "SD-JWT: %s disclosed", *open);
	if (json_object_get(object, name) != NULL)
		return fail(walk->task, INVALID_REQUEST, "SD-JWT: a claim that is there disclosed");
	r = value_walk(walk, json_array_get(disclosure->array, 2), depth + 1, &processed);
	if (r < 0)
		return r;
	json_object_set_new(object, name, processed);
	return 0;
}

static int
array_walk(struct walk *walk, const json_t *array, unsigned depth, json_t **ret_array)
{
	json_auto_t *copy = json_array();
	const json_t *element;
	size_t i;

	json_array_foreach(array, i, element) {
		int r = element_disclose(walk, element, depth, copy);

		if (r < 0)
			return r;
	}
	*ret_array = json_incref(copy);
	return 0;
}

/* Adds the element, or what is disclosed for it, or nothing. */
static int
element_disclose(struct walk *walk, const json_t *element, unsigned depth, json_t *array)
{
	const json_t *digest = json_object_get(element, "...");
	struct disclosure *disclosure = NULL;
	json_t *processed;
	int r;

	if (digest != NULL) {
		if (json_object_size(element) != 1)
			return fail(
			    walk->task, INVALID_REQUEST, "SD-JWT: ... beside other members");
		r = digest_take(walk, digest, &disclosure);
		if (r < 0 || disclosure == NULL)
			return r;
		if (json_array_size(disclosure->array) != 2)
			return fail(walk->task, INVALID_REQUEST,
			    "SD-JWT: a member disclosed as an element");
		element = json_array_get(disclosure->array, 1);
	}
	r = value_walk(walk, element, depth + 1, &processed);
	if (r < 0)
		return r;
	json_array_append_new(array, processed);
	return 0;
}

/* The disclosure of a digest, or NULL where it is not disclosed (or a decoy). */
static int
digest_take(struct walk *walk, const json_t *digest, struct disclosure **ret_disclosure)
{
	const char *text = json_string_value(digest);
	const json_t *place;

	if (text == NULL)
		return fail(walk->task, INVALID_REQUEST, "SD-JWT: a digest is not text");
	if (json_object_get(walk->seen, text) != NULL)
		return fail(walk->task, INVALID_REQUEST, "SD-JWT: a digest stands twice");
	json_object_set_new(walk->seen, text, json_true());
	place = json_object_get(walk->by_digest, text);
	if (place == NULL) {
		*ret_disclosure = NULL;
		return 0;
	}
	*ret_disclosure = &walk->disclosures[json_integer_value(place)];
	(*ret_disclosure)->is_used = true;
	return 0;
}

static int
all_used(const struct walk *walk)
{
	for (size_t i = 0; i < walk->n_disclosures; i++)
		if (!walk->disclosures[i].is_used)
			return fail(walk->task, INVALID_REQUEST,
			    "SD-JWT: a disclosure that no digest asks for");
	return 0;
}
