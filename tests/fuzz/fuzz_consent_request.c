/* SPDX-License-Identifier: Apache-2.0
 *
 * Bodies of consent requests: what is taken lies within the purpose, in what is asked, for how long
 * and how often; and what is kept of it reads back as the same.
 */
#include "fuzz.h"

#include "consent/ask.h"
#include "core/clock.h"
#include "core/settings.h"
#include "core/task.h"
#include "records/consent_request.h"

static struct settings settings = {.gateway_issuer = "https://id.example"};
static struct rooms rooms = {.settings = &settings};

static void
within_must(const struct ask *ask)
{
	const struct purpose *purpose = ask->purpose;

	for (const char *const *name = ask->names; *name != NULL; name++)
		FUZZ_MUST(purpose_claim(purpose, *name) != NULL && !str_equal(*name, "sub"));
	for (const char *const *name = ask->essential; *name != NULL; name++)
		FUZZ_MUST(purpose_claim(purpose, *name)->is_essential);
	FUZZ_MUST(names_have_all(ask->names, ask->essential));
	FUZZ_MUST(ask->is_once); /* the purpose is for once */
	FUZZ_MUST(ask->until_s <= clock_now_s() + purpose->valid_s);
	FUZZ_MUST(ask->data_life_s > 0 && ask->data_life_s <= purpose->data_life_s);
	FUZZ_MUST(ask->return_url == NULL || str_equal(ask->return_url, "https://rp1.example/cb"));
}

static void
kept_must(struct task *task, const struct client *client, const struct ask *ask)
{
	const struct consent_request request = {
	    .purpose_version = ask->purpose->version, .asked = ask_json(task, ask)};
	struct ask back;

	FUZZ_MUST(ask_of_request(task, client, &request, &back) == 0);
	FUZZ_MUST(names_are_equal(back.names, ask->names));
	FUZZ_MUST(names_are_equal(back.essential, ask->essential));
	FUZZ_MUST(back.until_s == ask->until_s && back.data_life_s == ask->data_life_s);
	FUZZ_MUST(json_equal(ask_json(task, &back), request.asked));
}

int
LLVMFuzzerTestOneInput(const uint8_t *at, size_t len)
{
	static const struct purpose_claim claims[] = {{.name = "sub", .is_essential = true},
	    {.name = "name", .is_essential = true}, {.name = "age_over_18"}, {.name = "email"}};
	static const struct purpose purpose = {.id = "p",
	    .version = "v",
	    .number = 1,
	    .basis = BASIS_CONSENT,
	    .mode = ACCESS_ONCE,
	    .valid_s = 86400,
	    .data_life_s = 86400,
	    .claims = claims,
	    .n_claims = 4};
	static const char *const addresses[] = {"https://rp1.example/cb", NULL};
	static const struct client client = {
	    .id = "rp1", .redirect_uris = addresses, .purposes = &purpose, .n_purposes = 1};
	struct task task;
	struct ask ask;
	json_t *body;

	task_open(&task, NULL, &rooms, 0);
	if (json_parse_object(&task, (const char *)at, len, &body) == 0) {
		json_keep(&task, body);
		if (ask_read(&task, &client, body, &ask) == 0) {
			within_must(&ask);
			kept_must(&task, &client, &ask);
		} else {
			FUZZ_MUST(task.fault.pointer != NULL && task.fault.pointer[0] == '/');
		}
	}
	task_close(&task);
	return 0;
}
