/* SPDX-License-Identifier: Apache-2.0
 *
 * What the files of settings share: settings_rows.c is the table, settings.c reads,
 * settings_value.c makes a text into a value, settings_check.c looks across settings,
 * settings_print.c writes them down.
 */
#ifndef CORE_SETTINGS_INSIDE_H
#define CORE_SETTINGS_INSIDE_H

#include "core/arena.h"
#include "core/settings.h"

enum setting_type {
	SETTING_IS_TEXT,
	SETTING_IS_URL,
	SETTING_IS_FILE,
	SETTING_IS_FOLDER,
	SETTING_IS_STATE_FILE,
	SETTING_IS_STATE_FOLDER,
	SETTING_IS_PROGRAM,
	SETTING_IS_DATABASE,
	SETTING_IS_LISTEN,
	SETTING_IS_SECONDS,
	SETTING_IS_BYTES,
	SETTING_IS_COUNT,
	SETTING_IS_BOOL,
	SETTING_IS_WORDS,
};

struct setting_row {
	const char *section, *key;
	enum setting_type type;
	const char *preset; /* NULL: may be left out; "!": must be set */
	const char *help;
	size_t offset; /* in struct settings */
};

extern const struct setting_row settings_rows[];

enum {
#define ROW_NUMBER_(section, key, type, preset, help) ROW_NUMBER_##section##_##key,
	SETTINGS_TABLE(ROW_NUMBER_)
#undef ROW_NUMBER_
	    SETTINGS_N_ROWS
};

/* NULL: no such setting. */
const struct setting_row *settings_row_find(const char *section, const char *key);

/* One text on its way to its member. */
struct setting_value {
	const struct setting_row *row;
	const char *text;
	const char *folder; /* what a relative path is relative to */
	int line;           /* 0: from the environment, or the default */
};

/* 0, or -1 with ret_error filled. */
int settings_value_set(struct settings *settings, struct arena *arena,
    const struct setting_value *value, struct settings_error *ret_error);
int settings_check(const struct settings *settings, struct settings_error *ret_error);

/* Fill ret_error, return -1. */
int settings_unknown(
    struct settings_error *ret_error, int line, const char *section, const char *key);
int settings_refuse(struct settings_error *ret_error, int line, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

char *settings_join(struct arena *arena, const char *a, const char *b, const char *c);

/* Whether an address, a host name, or either with a port, is this machine's own. */
bool settings_is_loopback(const char *host);
bool settings_is_private(const char *listen); /* reached from inside of a house only */

#endif
