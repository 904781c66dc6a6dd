/* SPDX-License-Identifier: Apache-2.0
 *
 * The table of settings.h as rows, and finding the one that was meant.
 */
#include "core/settings_inside.h"

#include "core/str.h"

#include <string.h>

const struct setting_row settings_rows[] = {
#define ROW_(section, key, type, preset, help) \
	{#section, #key, SETTING_IS_##type, preset, help, \
	    offsetof(struct settings, section##_##key)},
    SETTINGS_TABLE(ROW_)
#undef ROW_
};

const struct setting_row *
settings_row_find(const char *section, const char *key)
{
	for (unsigned i = 0; i < SETTINGS_N_ROWS; i++) {
		if (str_equal(settings_rows[i].section, section) &&
		    str_equal(settings_rows[i].key, key))
			return &settings_rows[i];
	}
	return NULL;
}

/* Says which known name is nearest: a slip of the key first, then of the section. */
int
settings_unknown(struct settings_error *ret_error, int line, const char *section, const char *key)
{
	const struct setting_row *nearest = &settings_rows[0];
	unsigned least = UINT32_MAX;

	for (unsigned i = 0; i < SETTINGS_N_ROWS; i++) {
		const struct setting_row *row = &settings_rows[i];
		unsigned far =
		    2 * str_distance(row->section, section) + str_distance(row->key, key);

		if (str_equal(row->key, key) && far > 3)
			far = 3; /* the right key under a wrong heading */
		if (far < least) {
			least = far;
			nearest = row;
		}
	}
	if (section[0] == '\0')
		return settings_refuse(ret_error, line,
		    "%s stands before any [section]; did you mean [%s] %s?", key, nearest->section,
		    nearest->key);
	return settings_refuse(ret_error, line, "[%s] %s is unknown; did you mean [%s] %s?",
	    section, key, nearest->section, nearest->key);
}
