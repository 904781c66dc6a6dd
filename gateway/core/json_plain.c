/* SPDX-License-Identifier: Apache-2.0
 *
 * Arrays of plain texts.  Called by json_parse() first: a third of what jansson's reader costs.
 */
#include "core/json_plain.h"

static const char *text_end(const char *at, const char *end);

json_t *
json_plain_array(const char *at, size_t len)
{
	json_auto_t *array = NULL;
	const char *end = at + len, *stop;

	if (len < 2 || *at != '[')
		return NULL;
	array = json_array();
	if (len == 2 && at[1] == ']')
		return json_incref(array);
	do {
		/* at stands on '[' or ','; a text and one more letter must follow */
		stop = text_end(at + 1, end);
		if (stop == NULL)
			return NULL;
		json_array_append_new(array, json_stringn_nocheck(at + 2, (size_t)(stop - at - 2)));
		at = stop + 1;
	} while (*at == ',');
	return *at == ']' && at + 1 == end ? json_incref(array) : NULL;
}

/* The closing quote of the text that begins at at, not the last letter there is; else NULL. */
static const char *
text_end(const char *at, const char *end)
{
	if (at >= end || *at != '"')
		return NULL;
	for (at++; at < end && *at >= ' ' && *at < 0x7f && *at != '\\'; at++)
		if (*at == '"')
			return at + 1 < end ? at : NULL;
	return NULL;
}
