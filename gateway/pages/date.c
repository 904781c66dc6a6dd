/* SPDX-License-Identifier: Apache-2.0
 *
 * Dates for people: day, name of the month, year, in the words of the language (CLDR "long").
 */
#include "pages/date.h"

#include "core/buf.h"
#include "core/task.h"
#include "pages/language.h"
#include "pages/page.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#define DATE_MAX_BYTES 160

const char *
date_of_day(struct task *task, int year, int month, int day)
{
	const struct language *language = &languages[language_of(task)];
	struct buf buf;

	if (month < 1 || month > 12 || day < 1 || day > 31)
		return "";
	buf_open(&buf, task, DATE_MAX_BYTES);
	for (const char *c = year ? language->date : language->day; *c; c++) {
		switch (*c) {
		case 'D': buf_printf(&buf, "%d", day); break;
		case 'M': buf_text_add(&buf, language->months[month - 1]); break;
		case 'Y': buf_printf(&buf, "%d", year); break;
		default: buf_char_add(&buf, *c);
		}
	}
	return buf_text(&buf);
}

/* Two digits, or -1. */
static int
two(const char *at)
{
	if (at[0] < '0' || at[0] > '9' || at[1] < '0' || at[1] > '9')
		return -1;
	return (at[0] - '0') * 10 + at[1] - '0';
}

const char *
date_of_text(struct task *task, const char *text)
{
	size_t len = strlen(text);
	int century = len >= 4 ? two(text) : -1, year = len >= 4 ? two(text + 2) : -1;
	const char *date;

	if (century < 0 || year < 0 || (len != 4 && len != 10))
		return text;
	year += century * 100;
	if (len == 4)
		return year ? text : "";
	if (text[4] != '-' || text[7] != '-')
		return text;
	date = date_of_day(task, year, two(text + 5), two(text + 8));
	return *date ? date : text;
}

const char *
page_date(struct task *task, int64_t at_s)
{
	time_t at = (time_t)at_s;
	struct tm tm;

	if (!gmtime_r(&at, &tm))
		return "";
	return date_of_day(task, tm.tm_year + 1900, tm.tm_mon + 1, tm.tm_mday);
}

const char *
page_date_time(struct task *task, int64_t at_s)
{
	time_t at = (time_t)at_s;
	struct tm tm;

	if (!gmtime_r(&at, &tm))
		return "";
	/* Left to right whatever stands around it. */
	return task_printf(task, "%s, \xe2\x81\xa6%02d:%02d UTC\xe2\x81\xa9", page_date(task, at_s),
	    tm.tm_hour, tm.tm_min);
}
