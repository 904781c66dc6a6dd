/* SPDX-License-Identifier: Apache-2.0
 *
 * Limits of card logins (see limit.h).
 */
#include "login/card/limit.h"

#include "core/settings.h"
#include "core/task.h"
#include "http/request.h"
#include "records/rate.h"

#define KIND         "card"
#define WINDOW_S     60
#define BROWSER_PART 100

/* The address first: a browser costs who tries nothing. */
int
limit_claim(struct task *task, const struct request *request, const char *browser)
{
	const int64_t max = task->rooms->settings->card_per_minute;
	const struct rate rates[] = {
	    {KIND, request->address, max, WINDOW_S},
	    {KIND, browser, max / BROWSER_PART + 1, WINDOW_S},
	};

	return max == 0 ? 0 : rate_claim_all(task, rates, str_is_empty(browser) ? 1 : 2);
}
