/* SPDX-License-Identifier: Apache-2.0
 *
 * conf/dvara.conf, written from the table of settings.h.
 */
#include "core/settings_inside.h"

#include "core/str.h"

#include <stdio.h>

static void row_print(
    const struct setting_row *row, void (*put)(const char *line, void *arg), void *arg);
static const char *type_words(enum setting_type type);

static const char *const head[] = {
    "# dvara.conf: every setting of the gateway, at its default.",
    "#",
    "# Take away the # before a setting to change it; `dvara check` says what is wrong, with its",
    "# line.  Times and sizes need their unit: 30s 15m 12h 365d, 512B 64KB 1MB.  A secret is",
    "# only ever named by the path of its file.  A relative path is relative to the folder of",
    "# this file, unless its setting says otherwise.  The environment goes first:",
    "# DVARA_SECTION_KEY=value.",
};

void
settings_print_defaults(void (*put)(const char *line, void *arg), void *arg)
{
	const char *section = "";
	char line[64];

	for (size_t i = 0; i < sizeof(head) / sizeof(*head); i++)
		put(head[i], arg);
	for (unsigned i = 0; i < SETTINGS_N_ROWS; i++) {
		const struct setting_row *row = &settings_rows[i];

		if (!str_equal(section, row->section)) {
			section = row->section;
			snprintf(line, sizeof(line), "[%s]", section);
			put("", arg);
			put("", arg);
			put(line, arg);
		}
		row_print(row, put, arg);
	}
}

static void
row_print(const struct setting_row *row, void (*put)(const char *line, void *arg), void *arg)
{
	bool must_be_set = str_equal(row->preset, "!");
	char line[320];

	put("", arg);
	snprintf(line, sizeof(line), "# %s (%s%s)", row->help, type_words(row->type),
	    must_be_set           ? "; must be set"
	    : row->preset == NULL ? "; may be left out"
				  : "");
	put(line, arg);
	snprintf(line, sizeof(line), "%s%s =%s%s", must_be_set ? "" : "#", row->key,
	    must_be_set || row->preset == NULL ? "" : " ",
	    must_be_set || row->preset == NULL ? "" : row->preset);
	put(line, arg);
}

static const char *
type_words(enum setting_type type)
{
	switch (type) {
	case SETTING_IS_TEXT: return "text";
	case SETTING_IS_URL: return "URL";
	case SETTING_IS_FILE: return "file";
	case SETTING_IS_FOLDER: return "folder";
	case SETTING_IS_STATE_FILE: return "file, in the state folder when relative";
	case SETTING_IS_STATE_FOLDER: return "folder, in the state folder when relative";
	case SETTING_IS_PROGRAM: return "program, beside dvara when relative";
	case SETTING_IS_DATABASE: return "sqlite:PATH, in the state folder when relative";
	case SETTING_IS_LISTEN: return "address:port";
	case SETTING_IS_SECONDS: return "time";
	case SETTING_IS_BYTES: return "size";
	case SETTING_IS_COUNT: return "number";
	case SETTING_IS_BOOL: return "yes or no";
	case SETTING_IS_WORDS: return "words with spaces between";
	}
	return "";
}
