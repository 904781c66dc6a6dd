/* SPDX-License-Identifier: Apache-2.0
 *
 * Times as text (see rfc3339.h).
 */
#include "core/rfc3339.h"

#include "core/task.h"

#include <assert.h>
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

static bool
two_digits(const char *text, int64_t max, int64_t *ret_number)
{
	if (text[0] < '0' || text[0] > '9' || text[1] < '0' || text[1] > '9')
		return false;
	*ret_number = (text[0] - '0') * 10 + (text[1] - '0');
	return *ret_number <= max;
}

/* "Z", "+07:00" */
static bool
offset_parse(const char *text, int64_t *ret_s)
{
	int64_t hours, minutes;

	if (strcmp(text, "Z") == 0) {
		*ret_s = 0;
		return true;
	}
	if ((*text != '+' && *text != '-') || strlen(text) != strlen("+07:00") || text[3] != ':')
		return false;
	if (!two_digits(text + 1, 23, &hours) || !two_digits(text + 4, 59, &minutes))
		return false;
	*ret_s = (*text == '-' ? -1 : 1) * (hours * 3600 + minutes * 60);
	return true;
}
