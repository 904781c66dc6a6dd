/* SPDX-License-Identifier: Apache-2.0
 *
 * Reading dvara.conf: the only file that knows inih.
 *
 * Three sources for each row of the table, the first that speaks counts: environment, file,
 * default.  The texts are gathered first and made into values in the order of the table, because a
 * path may stand on the state folder.
 */
#include "core/settings.h"

#include "core/settings_inside.h"
#include "core/str.h"

#include <ctype.h>
#include <errno.h>
#include <ini.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FILE_MAX_BYTES (256u << 10)
#define LINE_MAX_BYTES 4096

struct box {
	struct settings settings; /* first: a settings pointer is the box's */
	struct arena arena;
	atomic_uint n_holds;
};

struct reading {
	struct box *box;
	struct settings_error *error;
	bool has_failed;    /* and error says why */
	const char *folder; /* of the file */
	const char *here;   /* where the program works */
	const char *at;     /* of the file's text, the next line */
	int line;           /* the one that inih has in hand */
	struct setting_value values[SETTINGS_N_ROWS];
};

static struct box *box_new(void);
static void box_free(struct box *box);
static int reading_run(struct reading *reading, const char *path);
static int paths_find(struct reading *reading, const char *path);
static int file_read(struct reading *reading, const char *path, char **ret_text);
static int file_parse(struct reading *reading, const char *text);
static char *line_next(char *to, int size, void *reading);
static int pair_take(void *reading, const char *section, const char *key, const char *value);
static int pair_keep(
    struct reading *reading, const char *section, const char *key, const char *value);
static void environment_take(struct reading *reading);
static int values_set(struct reading *reading);
static int value_default(struct reading *reading, struct setting_value *value);
static const char *host_of(struct reading *reading, const char *url);
static void issuer_split(struct reading *reading);

struct settings *
settings_read(const char *path, struct settings_error *ret_error)
{
	struct reading reading = {.box = box_new(), .error = ret_error};

	*ret_error = (struct settings_error){0};
	if (reading_run(&reading, path) < 0) {
		box_free(reading.box);
		return NULL;
	}
	return &reading.box->settings;
}

void
settings_error_say(
    const struct settings_error *error, const char *path, char *text, size_t text_bytes)
{
	if (error->line > 0)
		snprintf(text, text_bytes, "%s:%d: %s", path, error->line, error->text);
	else
		snprintf(text, text_bytes, "%s: %s", path, error->text);
}

static struct box *
box_new(void)
{
	struct box *box = calloc(1, sizeof(*box));

	if (box == NULL)
		abort();
	arena_open(&box->arena, ARENA_MAX_BYTES);
	atomic_init(&box->n_holds, 1);
	return box;
}

static void
box_free(struct box *box)
{
	arena_close(&box->arena);
	free(box);
}

struct settings *
settings_hold(const struct settings *settings)
{
	struct box *box = (struct box *)(uintptr_t)settings;

	atomic_fetch_add_explicit(&box->n_holds, 1, memory_order_relaxed);
	return &box->settings;
}

void
settings_drop(const struct settings *settings)
{
	struct box *box = (struct box *)(uintptr_t)settings;

	if (box != NULL && atomic_fetch_sub_explicit(&box->n_holds, 1, memory_order_acq_rel) == 1)
		box_free(box);
}

static int
reading_run(struct reading *reading, const char *path)
{
	char *text = NULL;
	int r;

	r = paths_find(reading, path);
	if (r < 0)
		return r;
	r = file_read(reading, reading->box->settings.path, &text);
	if (r < 0)
		return r;
	r = file_parse(reading, text);
	if (r < 0)
		return r;
	environment_take(reading);
	r = values_set(reading);
	if (r < 0)
		return r;
	issuer_split(reading);
	return settings_check(&reading->box->settings, reading->error);
}

static int
paths_find(struct reading *reading, const char *path)
{
	struct arena *arena = &reading->box->arena;
	char *whole = realpath(path, NULL), *here = realpath(".", NULL);
	char *folder;

	if (whole == NULL) {
		free(here);
		return settings_refuse(reading->error, 0,
		    "%s (--config FILE or DVARA_CONFIG names another)", strerror(errno));
	}
	reading->box->settings.path = settings_join(arena, whole, "", "");
	folder = settings_join(arena, whole, "", "");
	*strrchr(folder, '/') = '\0';
	reading->folder = folder;
	reading->here = settings_join(arena, here != NULL ? here : "", "", "");
	free(whole);
	free(here);
	return 0;
}

static int
file_read(struct reading *reading, const char *path, char **ret_text)
{
	char *text = arena_alloc(&reading->box->arena, FILE_MAX_BYTES + 2);
	FILE *file = fopen(path, "re");
	size_t len;
	bool is_bad;

	if (file == NULL)
		return settings_refuse(reading->error, 0, "%s", strerror(errno));
	len = fread(text, 1, FILE_MAX_BYTES + 1, file);
	is_bad = ferror(file) != 0;
	fclose(file);
	if (is_bad)
		return settings_refuse(reading->error, 0, "cannot be read");
	if (len > FILE_MAX_BYTES)
		return settings_refuse(reading->error, 0, "is over %u bytes", FILE_MAX_BYTES);
	if (strlen(text) != len || !str_is_utf8(text, len))
		return settings_refuse(reading->error, 0, "is not text (UTF-8)");
	*ret_text = text;
	return 0;
}

static int
file_parse(struct reading *reading, const char *text)
{
	int line;

	/* inih's own ways, narrowed: a line is a line, and a long one is not cut in two */
	ini_allow_multiline = false;
	ini_use_stack = false;
	ini_max_line = LINE_MAX_BYTES;
	ini_initial_alloc = LINE_MAX_BYTES;
	ini_stop_on_first_error = true;
	reading->at = text;
	line = ini_parse_stream(line_next, reading, pair_take, reading);
	if (reading->has_failed)
		return -1;
	if (line != 0)
		return settings_refuse(
		    reading->error, line, "is neither [section] nor key = value");
	return 0;
}

/* inih's reader, as fgets(). */
static char *
line_next(char *to, int size, void *arg)
{
	struct reading *reading = arg;
	size_t len = strcspn(reading->at, "\n");

	if (*reading->at == '\0')
		return NULL;
	reading->line++;
	if (len + 3 > (size_t)size) {
		reading->has_failed = true;
		settings_refuse(reading->error, reading->line, "line is too long");
		return NULL;
	}
	memcpy(to, reading->at, len);
	to[len] = '\0';
	reading->at += reading->at[len] == '\n' ? len + 1 : len;
	return to;
}

/* inih's handler: not 0 is right. */
static int
pair_take(void *arg, const char *section, const char *key, const char *value)
{
	struct reading *reading = arg;

	reading->has_failed = pair_keep(reading, section, key, value) < 0;
	return !reading->has_failed;
}

static int
pair_keep(struct reading *reading, const char *section, const char *key, const char *value)
{
	const struct setting_row *row = settings_row_find(section, key);
	struct setting_value *kept;

	if (row == NULL)
		return settings_unknown(reading->error, reading->line, section, key);
	kept = &reading->values[row - settings_rows];
	if (kept->text != NULL)
		return settings_refuse(reading->error, reading->line,
		    "%s.%s stands a second time; the first is in line %d", section, key,
		    kept->line);
	kept->text = settings_join(&reading->box->arena, value, "", "");
	kept->line = reading->line;
	return 0;
}

static void
environment_take(struct reading *reading)
{
	for (unsigned i = 0; i < SETTINGS_N_ROWS; i++) {
		const struct setting_row *row = &settings_rows[i];
		char name[128];
		const char *text;

		snprintf(name, sizeof(name), "DVARA_%s_%s", row->section, row->key);
		for (char *at = name; *at != '\0'; at++)
			*at = (char)toupper((unsigned char)*at);
		text = getenv(name);
		if (text == NULL)
			continue;
		reading->values[i].text = settings_join(&reading->box->arena, text, "", "");
		reading->values[i].line = 0;
		reading->values[i].folder = reading->here;
	}
}

static int
values_set(struct reading *reading)
{
	struct settings *settings = &reading->box->settings;

	for (unsigned i = 0; i < SETTINGS_N_ROWS; i++) {
		struct setting_value *value = &reading->values[i];
		int r = 0;

		value->row = &settings_rows[i];
		if (value->folder == NULL)
			value->folder = reading->folder;
		if (str_is_empty(value->text))
			r = value_default(reading, value);
		if (r == 0 && value->text != NULL)
			r = settings_value_set(
			    settings, &reading->box->arena, value, reading->error);
		if (r < 0)
			return r;
	}
	return 0;
}

/* The text of a row that nobody has set: NULL where it may be left out. */
static int
value_default(struct reading *reading, struct setting_value *value)
{
	const struct setting_row *row = value->row;

	if (str_equal(row->preset, "!"))
		return settings_refuse(
		    reading->error, value->line, "[%s] %s must be set", row->section, row->key);
	if (value->text != NULL && row->preset != NULL)
		return settings_refuse(
		    reading->error, value->line, "[%s] %s is empty", row->section, row->key);
	value->text = row->preset;
	if (value->text == NULL && row->type == SETTING_IS_WORDS)
		value->text = ""; /* a list is never NULL */
	return 0;
}

static void
issuer_split(struct reading *reading)
{
	struct settings *settings = &reading->box->settings;

	settings->host = host_of(reading, settings->gateway_issuer);
	settings->is_https = str_starts(settings->gateway_issuer, "https://");
	if (settings->gateway_mtls_url != NULL)
		settings->mtls_host = host_of(reading, settings->gateway_mtls_url);
}

static const char *
host_of(struct reading *reading, const char *url)
{
	char *host = settings_join(&reading->box->arena, strstr(url, "://") + 3, "", "");

	host[strcspn(host, "/?")] = '\0';
	return host;
}

int
settings_refuse(struct settings_error *ret_error, int line, const char *format, ...)
{
	va_list args;

	ret_error->line = line;
	va_start(args, format);
	vsnprintf(ret_error->text, sizeof(ret_error->text), format, args);
	va_end(args);
	str_clean(ret_error->text);
	return -1;
}

char *
settings_join(struct arena *arena, const char *a, const char *b, const char *c)
{
	char *text = arena_alloc(arena, strlen(a) + strlen(b) + strlen(c) + 1);

	stpcpy(stpcpy(stpcpy(text, a), b), c);
	return text;
}
