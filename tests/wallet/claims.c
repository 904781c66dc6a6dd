/* SPDX-License-Identifier: Apache-2.0
 *
 * Claims path pointers, followed on the issuer's payload with its digests still in place, so that
 * the disclosures on the way are known.  sdjwt_read() has bounded the depth and ruled out cycles.
 */
#include "claims.h"

#include <string.h>

struct search {
	const struct sdjwt *credential;
	const json_t *path;
	const json_t *allowed;
	bool *is_shown;
};

static size_t follow(const struct search *search, json_t *node, size_t at);
static size_t follow_name(const struct search *search, json_t *node, size_t at);
static size_t follow_elements(const struct search *search, json_t *node, size_t at);
static size_t follow_hidden(const struct search *search, struct disclosure *hidden, size_t at);
static size_t arrive(const struct search *search, json_t *node);
static void show_inside(const struct search *search, json_t *node);
static void show(const struct search *search, const struct disclosure *disclosure);
static bool is_allowed(const json_t *allowed, const json_t *value);

bool
claims_path_is_valid(const json_t *path)
{
	json_t *part;
	size_t i;

	json_array_foreach(path, i, part)
		if (!json_is_string(part) && !json_is_null(part) &&
		    !(json_is_integer(part) && json_integer_value(part) >= 0))
			return false;
	return json_array_size(path) > 0;
}

const char *
claims_path_text(struct wallet *wallet, const json_t *path)
{
	const char *text = "";
	json_t *part;
	size_t i;

	json_array_foreach(path, i, part) {
		const char *dot = i > 0 ? "." : "";

		if (json_is_string(part))
			text = wallet_printf(wallet, "%s%s%s", text, dot, json_string_value(part));
		else if (json_is_null(part))
			text = wallet_printf(wallet, "%s%s*", text, dot);
		else
			text = wallet_printf(wallet, "%s%s%" JSON_INTEGER_FORMAT, text, dot,
			    json_integer_value(part));
	}
	return text;
}

size_t
claims_select(
    const struct sdjwt *credential, const json_t *path, const json_t *allowed, bool *is_shown)
{
	struct search search = {credential, path, allowed, is_shown};

	return follow(&search, (json_t *)(uintptr_t)credential->issuer.payload, 0);
}

static size_t
follow(const struct search *search, json_t *node, size_t at)
{
	const json_t *part = json_array_get(search->path, at);

	if (!part)
		return arrive(search, node);
	if (json_is_string(part))
		return follow_name(search, node, at);
	return follow_elements(search, node, at);
}

static size_t
follow_name(const struct search *search, json_t *node, size_t at)
{
	const char *name = json_string_value(json_array_get(search->path, at));
	json_t *open = json_object_get(node, name);
	json_t *digest;
	size_t i;

	if (strcmp(name, "_sd") == 0 || strcmp(name, "...") == 0)
		return 0;
	if (open)
		return follow(search, open, at + 1);
	json_array_foreach(json_object_get(node, "_sd"), i, digest) {
		struct disclosure *hidden =
		    sdjwt_find(search->credential, json_string_value(digest));

		if (hidden && strcmp(hidden->name, name) == 0)
			return follow_hidden(search, hidden, at + 1);
	}
	return 0;
}

/* An index, or null for all; hidden elements without a disclosure do not count. */
static size_t
follow_elements(const struct search *search, json_t *node, size_t at)
{
	const json_t *part = json_array_get(search->path, at);
	json_int_t index = 0;
	size_t n_found = 0;
	json_t *element;
	size_t i;

	json_array_foreach(node, i, element) {
		const char *digest = sdjwt_element_digest(element);
		struct disclosure *hidden = digest ? sdjwt_find(search->credential, digest) : NULL;

		if (digest && !hidden)
			continue;
		if (json_is_integer(part) && json_integer_value(part) != index++)
			continue;
		if (hidden)
			n_found += follow_hidden(search, hidden, at + 1);
		else
			n_found += follow(search, element, at + 1);
	}
	return n_found;
}

static size_t
follow_hidden(const struct search *search, struct disclosure *hidden, size_t at)
{
	size_t n_found = follow(search, hidden->value, at);

	if (n_found > 0)
		show(search, hidden);
	return n_found;
}

static size_t
arrive(const struct search *search, json_t *node)
{
	if (search->allowed && !is_allowed(search->allowed, node))
		return 0;
	show_inside(search, node);
	return 1;
}

/* Whoever asks for an object or a list asks for what is in it. */
static void
show_inside(const struct search *search, json_t *node)
{
	json_t *inner;
	const char *name;
	size_t i;

	json_array_foreach(node, i, inner) {
		const char *digest = sdjwt_element_digest(inner);
		struct disclosure *hidden = digest ? sdjwt_find(search->credential, digest) : NULL;

		if (hidden)
			show(search, hidden);
		show_inside(search, hidden ? hidden->value : inner);
	}
	json_array_foreach(json_object_get(node, "_sd"), i, inner) {
		struct disclosure *hidden =
		    sdjwt_find(search->credential, json_string_value(inner));

		if (!hidden)
			continue;
		show(search, hidden);
		show_inside(search, hidden->value);
	}
	json_object_foreach(node, name, inner)
		if (strcmp(name, "_sd") != 0)
			show_inside(search, inner);
}

static void
show(const struct search *search, const struct disclosure *disclosure)
{
	search->is_shown[disclosure - search->credential->disclosures] = true;
}

static bool
is_allowed(const json_t *allowed, const json_t *value)
{
	json_t *one;
	size_t i;

	json_array_foreach(allowed, i, one)
		if (json_equal(one, value))
			return true;
	return false;
}
