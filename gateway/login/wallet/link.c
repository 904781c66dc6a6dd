/* SPDX-License-Identifier: Apache-2.0
 *
 * What opens a wallet (see link.h): openid4vp://?client_id=…&request_uri=…&request_uri_method=post,
 * or the same query after an https address that the wallet app has claimed.
 */
#include "login/wallet/link.h"

#include "core/buf.h"
#include "core/settings.h"
#include "core/task.h"
#include "login/wallet/verifier.h"

#define LINK_MAX_BYTES 2048

static const char *
link_of(struct task *task, const char *opener, const char *handle)
{
	const struct settings *settings = task->rooms->settings;
	struct buf link;

	buf_open(&link, task, LINK_MAX_BYTES);
	buf_printf(&link, "%s?client_id=", opener);
	buf_url_add(&link, task->rooms->wallet->client_id);
	buf_text_add(&link, "&request_uri=");
	buf_url_add(&link, task_printf(task, "%s/vp/request/%s", settings->gateway_issuer, handle));
	buf_text_add(&link, "&request_uri_method=post");
	return buf_text(&link);
}

static const char *
scheme_of(struct task *task)
{
	return task_printf(task, "%s://", task->rooms->settings->wallet_scheme);
}

void
link_add(struct task *task, const char *handle, json_t *view)
{
	const char *universal = task->rooms->settings->wallet_universal_link;

	json_set_text(view, "link", link_of(task, scheme_of(task), handle));
	if (universal)
		json_set_text(view, "universal", link_of(task, universal, handle));
}

const char *
link_of_qr(struct task *task, const char *handle)
{
	return link_of(task, scheme_of(task), handle);
}
