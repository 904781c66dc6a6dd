/* SPDX-License-Identifier: Apache-2.0
 *
 * The test login.  Settings allow gateway.demo on a loopback listener only; without it this is not
 * here.
 */
#include "login/test.h"

#include "access/browser.h"
#include "core/clock.h"
#include "core/settings.h"
#include "core/task.h"
#include "login/login.h"
#include "pages/page.h"
#include "sources/source.h"

#define TEST_ACR "urn:dvara:loa:low"

int
login_test_personas(struct task *task, json_t *view)
{
	json_t *people, *person, *personas = json_array();
	size_t i;
	int r;

	json_object_set_new(view, "personas", personas);
	r = source_register_list(task, &people);
	if (r < 0)
		return r;
	json_keep(task, people);
	json_array_foreach(people, i, person) {
		json_t *entry = json_object();

		json_set_text(entry, "id", json_get_text(person, "short_name"));
		json_set_text(entry, "name", json_get_text(person, "name"));
		json_array_append_new(personas, entry);
	}
	return 0;
}

int
login_test_choose(struct task *task, const struct request *request, struct reply *reply)
{
	static const char *const amr[] = {"test", NULL};
	struct login_proof proof = {
	    .method = "test", .acr = TEST_ACR, .amr = amr, .auth_time_s = clock_now_s()};
	struct transaction *transaction;
	struct browser browser;
	const char *reason;
	int r;

	if (!task->rooms->settings->gateway_demo)
		return fail(task, NOT_FOUND, "there is no test login outside of a demo");
	r = login_transaction(task, request, &transaction, &reason);
	if (r < 0)
		return r;
	if (reason)
		return page_refuse(task, request, reply, 400, reason);
	page_language(task, request, reply, transaction->ui_locales);
	browser_known(task, request, &browser);
	r = browser_csrf_check(task, request, &browser, transaction->id);
	if (r < 0)
		return r;
	r = source_register_key(task, request_form(request, "persona"), &proof.register_key);
	if (r < 0)
		return r;
	return login_complete(task, request, reply, transaction, &proof);
}
