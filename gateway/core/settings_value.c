/* SPDX-License-Identifier: Apache-2.0
 *
 * One text of dvara.conf, made into the value that its type asks for, or refused.
 */
#include "core/settings_inside.h"

#include "core/str.h"

#include <arpa/inet.h>
#include <limits.h>
#include <string.h>
#include <unistd.h>

#define MAX_WORDS 64

struct unit {
	const char *name;
	int64_t times;
};

static const struct unit units_of_time[] = {
    {"s", 1}, {"m", 60}, {"h", 3600}, {"d", 86400}, {NULL, 0}};
static const struct unit units_of_size[] = {
    {"B", 1}, {"KB", 1 << 10}, {"MB", 1 << 20}, {"GB", 1 << 30}, {NULL, 0}};

/* What a member of struct settings can be. */
union member {
	const char *text;
	const char *const *words;
	int64_t number;
	bool yes;
};

struct target {
	struct settings *settings;
	struct arena *arena;
	const struct setting_value *value;
	struct settings_error *error;
};

static int value_make(const struct target *target, union member *ret_member);
static int refuse(const struct target *target, const char *what);
static int text_make(const struct target *target, union member *ret_member);
static int url_make(const struct target *target, union member *ret_member);
static int path_make(const struct target *target, const char *folder, union member *ret_member);
static int program_make(const struct target *target, union member *ret_member);
static int database_make(const struct target *target, union member *ret_member);
static int listen_make(const struct target *target, union member *ret_member);
static int number_make(
    const struct target *target, const struct unit *units, union member *ret_member);
static int bool_make(const struct target *target, union member *ret_member);
static int words_make(const struct target *target, union member *ret_member);
static size_t member_size(enum setting_type type);

int
settings_value_set(struct settings *settings, struct arena *arena,
    const struct setting_value *value, struct settings_error *ret_error)
{
	struct target target = {settings, arena, value, ret_error};
	union member member = {0};
	int r;

	if (str_has_control(value->text) || !str_is_utf8(value->text, strlen(value->text)))
		return refuse(&target, "holds control characters, or is not UTF-8");
	r = value_make(&target, &member);
	if (r < 0)
		return r;
	memcpy((char *)settings + value->row->offset, &member, member_size(value->row->type));
	return 0;
}

static size_t
member_size(enum setting_type type)
{
	switch (type) {
	case SETTING_IS_SECONDS:
	case SETTING_IS_BYTES:
	case SETTING_IS_COUNT: return sizeof(int64_t);
	case SETTING_IS_BOOL: return sizeof(bool);
	default: return sizeof(void *);
	}
}

static int
value_make(const struct target *target, union member *ret_member)
{
	switch (target->value->row->type) {
	case SETTING_IS_TEXT: return text_make(target, ret_member);
	case SETTING_IS_URL: return url_make(target, ret_member);
	case SETTING_IS_FILE:
	case SETTING_IS_FOLDER: return path_make(target, target->value->folder, ret_member);
	case SETTING_IS_STATE_FILE:
	case SETTING_IS_STATE_FOLDER:
		return path_make(target, target->settings->gateway_state, ret_member);
	case SETTING_IS_PROGRAM: return program_make(target, ret_member);
	case SETTING_IS_DATABASE: return database_make(target, ret_member);
	case SETTING_IS_LISTEN: return listen_make(target, ret_member);
	case SETTING_IS_SECONDS: return number_make(target, units_of_time, ret_member);
	case SETTING_IS_BYTES: return number_make(target, units_of_size, ret_member);
	case SETTING_IS_COUNT: return number_make(target, NULL, ret_member);
	case SETTING_IS_BOOL: return bool_make(target, ret_member);
	case SETTING_IS_WORDS: return words_make(target, ret_member);
	}
	return refuse(target, "has no type");
}

static int
refuse(const struct target *target, const char *what)
{
	const struct setting_row *row = target->value->row;

	return settings_refuse(
	    target->error, target->value->line, "[%s] %s %s", row->section, row->key, what);
}

static int
text_make(const struct target *target, union member *ret_member)
{
	ret_member->text = settings_join(target->arena, target->value->text, "", "");
	return 0;
}

/* http or https, a host, no user, no fragment, no slash at the end. */
static int
url_make(const struct target *target, union member *ret_member)
{
	const char *text = target->value->text, *host;
	size_t host_len;

	if (!str_starts(text, "https://") && !str_starts(text, "http://"))
		return refuse(target, "must begin with https:// (or http:// on loopback)");
	host = strchr(text, ':') + strlen("://");
	host_len = strcspn(host, "/?");
	if (host_len == 0 || host[0] == ':')
		return refuse(target, "names no host");
	if (memchr(host, '@', host_len) != NULL)
		return refuse(target, "must not name a user");
	if (!str_is_printable_ascii(text) || strpbrk(text, " \"<>\\^`{|}") != NULL)
		return refuse(target, "holds letters that a URL cannot hold");
	if (strchr(text, '#') != NULL)
		return refuse(target, "must not have a fragment");
	if (str_ends(text, "/"))
		return refuse(target, "must not end with a slash");
	return text_make(target, ret_member);
}

static int
path_make(const struct target *target, const char *folder, union member *ret_member)
{
	const char *text = target->value->text;

	if (text[0] == '/')
		return text_make(target, ret_member);
	while (str_starts(text, "./"))
		text += 2;
	ret_member->text = settings_join(target->arena, folder, "/", text);
	return 0;
}

/* A relative one stands beside the program that runs. */
static int
program_make(const struct target *target, union member *ret_member)
{
	char self[PATH_MAX] = "";
	ssize_t len = readlink("/proc/self/exe", self, sizeof(self) - 1);

	self[len > 0 ? len : 0] = '\0';
	if (strrchr(self, '/') == NULL)
		return path_make(target, ".", ret_member);
	*strrchr(self, '/') = '\0';
	return path_make(target, self, ret_member);
}

static int
database_make(const struct target *target, union member *ret_member)
{
	const char *text = target->value->text;
	const char *path = text + strlen("sqlite:");

	if (!str_starts(text, "sqlite:") || *path == '\0')
		return refuse(target, "must be sqlite:PATH");
	if (*path == '/')
		return text_make(target, ret_member);
	ret_member->text = settings_join(target->arena,
	    settings_join(target->arena, "sqlite:", target->settings->gateway_state, "/"), path,
	    "");
	return 0;
}

/* 127.0.0.1:8080, [::1]:8080 or localhost:8080. */
static int
listen_make(const struct target *target, union member *ret_member)
{
	const char *text = target->value->text, *colon = strrchr(text, ':');
	char host[INET6_ADDRSTRLEN + 2] = "";
	uint8_t ip[16];
	int64_t port;
	size_t len;

	if (colon == NULL || !str_to_i64(colon + 1, 1, 65535, &port))
		return refuse(target, "must be ADDRESS:PORT, the port from 1 to 65535");
	len = (size_t)(colon - text);
	if (len >= sizeof(host))
		return refuse(target, "has no IP address before its port");
	memcpy(host, text, len);
	if (len > 2 && host[0] == '[' && host[len - 1] == ']') {
		host[len - 1] = '\0';
		if (inet_pton(AF_INET6, host + 1, ip) == 1)
			return text_make(target, ret_member);
	} else if (inet_pton(AF_INET, host, ip) == 1 || str_equal(host, "localhost")) {
		return text_make(target, ret_member);
	}
	return refuse(target, "has no IP address before its port (IPv6 in brackets)");
}

/* Digits and a unit; without units, digits alone. */
static int
number_make(const struct target *target, const struct unit *units, union member *ret_member)
{
	static const struct unit none[] = {{"", 1}, {NULL, 0}};
	const char *text = target->value->text;
	size_t n_digits = strspn(text, "0123456789");
	char digits[20] = "";
	int64_t number;

	for (const struct unit *unit = units != NULL ? units : none; unit->name != NULL; unit++) {
		if (!str_equal(text + n_digits, unit->name) || n_digits >= sizeof(digits))
			continue;
		memcpy(digits, text, n_digits);
		if (!str_to_i64(digits, 0, INT32_MAX, &number))
			break;
		ret_member->number = number * unit->times;
		return 0;
	}
	if (units == units_of_time)
		return refuse(target, "must be a number with its unit: 30s 15m 12h 365d");
	if (units == units_of_size)
		return refuse(target, "must be a number with its unit: 512B 64KB 1MB");
	return refuse(target, "must be a number");
}

static int
bool_make(const struct target *target, union member *ret_member)
{
	ret_member->yes = str_equal(target->value->text, "yes");
	if (!ret_member->yes && !str_equal(target->value->text, "no"))
		return refuse(target, "must be yes or no");
	return 0;
}

static int
words_make(const struct target *target, union member *ret_member)
{
	const char **words =
	    arena_alloc(target->arena, (MAX_WORDS + 1) * sizeof(*words)); /* NULL-ended */
	char *rest = settings_join(target->arena, target->value->text, "", "");
	unsigned n = 0;

	for (char *word; (word = strsep(&rest, " \t")) != NULL;) {
		if (*word == '\0')
			continue;
		if (n == MAX_WORDS)
			return refuse(target, "has more than 64 words");
		words[n++] = word;
	}
	ret_member->words = words;
	return 0;
}
