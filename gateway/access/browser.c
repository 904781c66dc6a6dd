/* SPDX-License-Identifier: Apache-2.0
 *
 * The browser's cookie, and form tokens made of it.  Called by everything that has pages.
 */
#include "access/browser.h"

#include "core/random.h"
#include "core/task.h"
#include "jose/digest.h"
#include "pages/mask.h"

#include <string.h>

static bool is_ours(struct task *task, const char *secret);
static const char *csrf_of(struct task *task, const struct browser *browser, const char *purpose);

void
browser_of(struct task *task, const struct request *request, struct reply *reply,
    struct browser *ret_browser)
{
	if (browser_known(task, request, ret_browser))
		return;
	ret_browser->secret = random_id(task, RANDOM_ID);
	ret_browser->hash = digest_b64u(task, ret_browser->secret);
	reply_cookie(reply, BROWSER_COOKIE, ret_browser->secret, 0);
}

bool
browser_known(struct task *task, const struct request *request, struct browser *ret_browser)
{
	const char *secret = request_cookie(task, request, BROWSER_COOKIE);

	if (secret == NULL || !is_ours(task, secret))
		return false;
	ret_browser->secret = secret;
	ret_browser->hash = digest_b64u(task, secret);
	return true;
}

static bool
is_ours(struct task *task, const char *secret)
{
	struct bytes decoded;

	return b64u_decode(task, secret, strlen(secret), &decoded) && decoded.len == RANDOM_ID;
}

const char *
browser_csrf(struct task *task, const struct browser *browser, const char *purpose)
{
	return mask_text(task, csrf_of(task, browser, purpose));
}

int
browser_csrf_check(struct task *task, const struct request *request, const struct browser *browser,
    const char *purpose)
{
	const char *masked = request_form(request, "csrf");
	const char *shown = masked == NULL ? NULL : mask_open(task, masked);

	if (shown == NULL)
		return fail(task, FORBIDDEN, "the form has no token of ours");
	if (!bytes_equal_secretly(BYTES_OF(shown), BYTES_OF(csrf_of(task, browser, purpose))))
		return fail(task, FORBIDDEN, "the form's token is of another browser or page");
	return 0;
}

static const char *
csrf_of(struct task *task, const struct browser *browser, const char *purpose)
{
	const char *input = task_printf(task, "form:%s", purpose);
	uint8_t mac[DIGEST_BYTES];

	digest_hmac(BYTES_OF(browser->secret), BYTES_OF(input), mac);
	return b64u_encode(task, (struct bytes){mac, sizeof(mac)});
}
