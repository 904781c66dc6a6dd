/* SPDX-License-Identifier: Apache-2.0
 *
 * Times as text (see rfc3339.h).
 */
#include "core/rfc3339.h"

#include "core/task.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

static bool offset_parse(const char *text, int64_t *ret_s);

const char *
rfc3339_text(struct task *task, int64_t at_s)
{
	const time_t at = (time_t)at_s;
	struct tm *tm = task_new(task, struct tm);

	tm = gmtime_r(&at, tm);
	assert(tm != NULL);
	return task_printf(task, "%04d-%02d-%02dT%02d:%02d:%02dZ", tm->tm_year + 1900,
	    tm->tm_mon + 1, tm->tm_mday, tm->tm_hour, tm->tm_min, tm->tm_sec);
}

bool
rfc3339_parse(const char *text, int64_t *ret_s)
{
	struct tm tm = {0}, back;
	const char *end = text == NULL ? NULL : strptime(text, "%Y-%m-%dT%H:%M:%S", &tm);
	const int day = tm.tm_mday;
	int64_t offset_s;
	time_t at;

	if (end == NULL || end - text != sizeof("2026-12-21T00:00:00") - 1)
		return false;
	if (*end == '.') {
		size_t n = strspn(end + 1, "0123456789");

		if (n == 0)
			return false;
		end += 1 + n;
	}
	if (!offset_parse(end, &offset_s))
		return false;
	at = timegm(&tm);
	/* The 31st of February is no day. */
	if (gmtime_r(&at, &back) == NULL || back.tm_mday != day)
		return false;
	*ret_s = (int64_t)at - offset_s;
	return true;
}

/* "Z", "+07:00" */
static bool
offset_parse(const char *text, int64_t *ret_s)
{
	int hours, minutes, n = 0;

	if (strcmp(text, "Z") == 0) {
		*ret_s = 0;
		return true;
	}
	if ((*text != '+' && *text != '-') || strspn(text + 1, "0123456789:") != 5 ||
	    sscanf(text + 1, "%2d:%2d%n", &hours, &minutes, &n) != 2 || n != 5 || text[6] != '\0' ||
	    hours > 23 || minutes > 59)
		return false;
	*ret_s = (*text == '-' ? -1 : 1) * (hours * 3600 + minutes * 60);
	return true;
}
