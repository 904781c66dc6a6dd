/* SPDX-License-Identifier: Apache-2.0
 *
 * Periods of time in ISO 8601 (see period.h).
 */
#include "core/period.h"

#include "core/task.h"

#include <ctype.h>
#include <string.h>

#define DAY_S    86400
#define MAX_S    (100LL * 365 * DAY_S)
#define DIGITS_N 10

static const struct unit {
	char letter;
	bool is_of_time; /* stands behind the T */
	int64_t s;
} units[] = {
    {'Y', false, 365LL * DAY_S},
    {'M', false, 30LL * DAY_S},
    {'W', false, 7LL * DAY_S},
    {'D', false, DAY_S},
    {'H', true, 3600},
    {'M', true, 60},
    {'S', true, 1},
};
#define N_UNITS (sizeof(units) / sizeof(units[0]))

static bool part_take(const char **text, bool is_of_time, size_t *unit, int64_t *sum_s);

bool
period_parse(const char *text, int64_t *ret_s)
{
	bool is_of_time = false;
	int64_t sum_s = 0;
	size_t unit = 0;

	if (text == NULL || *text++ != 'P')
		return false;
	while (*text != '\0') {
		if (*text == 'T' && !is_of_time && text[1] != '\0') {
			is_of_time = true;
			text++;
		}
		if (!part_take(&text, is_of_time, &unit, &sum_s))
			return false;
	}
	if (sum_s <= 0 || sum_s > MAX_S)
		return false;
	*ret_s = sum_s;
	return true;
}

/* A number with its unit, which comes after those that were taken before. */
static bool
part_take(const char **text, bool is_of_time, size_t *unit, int64_t *sum_s)
{
	int64_t number = 0;
	int n_digits = 0;

	for (; isdigit((unsigned char)**text); (*text)++) {
		if (++n_digits > DIGITS_N)
			return false;
		number = number * 10 + (**text - '0');
	}
	while (*unit < N_UNITS &&
	       (units[*unit].letter != **text || units[*unit].is_of_time != is_of_time))
		(*unit)++;
	if (n_digits == 0 || *unit == N_UNITS || number > MAX_S / units[*unit].s)
		return false;
	*sum_s += number * units[*unit].s;
	(*unit)++;
	(*text)++;
	return true;
}

const char *
period_text(struct task *task, int64_t s)
{
	if (s % DAY_S == 0)
		return task_printf(task, "P%lldD", (long long)(s / DAY_S));
	return task_printf(task, "PT%lldS", (long long)s);
}
