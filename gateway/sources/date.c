/* SPDX-License-Identifier: Apache-2.0
 *
 * Days of the Gregorian calendar (see date.h).
 */
#include "sources/date.h"

#include <ctype.h>
#include <stddef.h>
#include <string.h>
#include <time.h>

static bool digits_take(const char **text, int n, int *ret_number);
static int month_days(int year, int month);

struct date
date_of(int64_t now_s)
{
	time_t now = (time_t)now_s;
	struct tm tm;

	gmtime_r(&now, &tm);
	return (struct date){tm.tm_year + 1900, tm.tm_mon + 1, tm.tm_mday};
}

bool
date_parse_birth(const char *text, struct date *ret_date)
{
	struct date date = {.month = 12};

	if (text == NULL || !digits_take(&text, 4, &date.year) || date.year == 0)
		return false;
	if (*text == '-' && (text++, !digits_take(&text, 2, &date.month)))
		return false;
	if (date.month < 1 || date.month > 12)
		return false;
	date.day = month_days(date.year, date.month);
	if (*text == '-') {
		int last_day = date.day;

		text++;
		if (!digits_take(&text, 2, &date.day) || date.day < 1 || date.day > last_day)
			return false;
	}
	if (*text != '\0')
		return false;
	*ret_date = date;
	return true;
}

bool
date_parse_birth_first(const char *text, struct date *ret_date)
{
	struct date date;

	if (!date_parse_birth(text, &date))
		return false;
	if (strlen(text) < strlen("YYYY-MM-DD"))
		date.day = 1;
	if (strlen(text) < strlen("YYYY-MM"))
		date.month = 1;
	*ret_date = date;
	return true;
}

bool
date_parse_day(const char *text, struct date *ret_date)
{
	return text != NULL && strlen(text) == strlen("YYYY-MM-DD") &&
	       date_parse_birth(text, ret_date);
}

static bool
digits_take(const char **text, int n, int *ret_number)
{
	int number = 0;

	for (int i = 0; i < n; i++) {
		if (!isdigit((unsigned char)(*text)[i]))
			return false;
		number = number * 10 + ((*text)[i] - '0');
	}
	*text += n;
	*ret_number = number;
	return true;
}

static int
month_days(int year, int month)
{
	static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
	bool is_leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;

	return month == 2 && is_leap ? 29 : days[month - 1];
}

int
date_compare(const struct date *a, const struct date *b)
{
	if (a->year != b->year)
		return a->year - b->year;
	if (a->month != b->month)
		return a->month - b->month;
	return a->day - b->day;
}
