/* SPDX-License-Identifier: Apache-2.0
 *
 * Times as text (see rfc3339.h).
 */
#include "core/rfc3339.h"

#include "core/task.h"

#include <assert.h>
#include <time.h>

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
