/* SPDX-License-Identifier: Apache-2.0
 *
 * A request object: what is not signed by the client's key is refused, whatever it looks like; and
 * the claims of any JSON object become parameters that come back the same.
 */
#include "fuzz.h"

#include "core/settings.h"
#include "core/task.h"
#include "oidc/rules/request_object.h"

#define KEYS \
	"{\"keys\":[{\"kty\":\"EC\",\"crv\":\"P-256\",\"x\":\"-GVi_ycv_u-XZyQKsDMcT-" \
	"mf1hwWT86cVqjWN9q_Mfs\",\"y\":\"4M2qInSCB7dLhpqIqQC7CDb8gMoH1yUcczibfVHQHa0\"}]}"

static void
object_open(struct task *task, const char *text)
{
	struct client client = {.id = "rp1"};
	struct parameters parameters;
	json_auto_t *keys = NULL;

	FUZZ_MUST(json_parse(task, KEYS, strlen(KEYS), &keys) == 0);
	FUZZ_MUST(jwks_parse(task, keys, &client.jwks) == 0);
	FUZZ_MUST(request_object_open(task, &client, text, &parameters) < 0);
	FUZZ_MUST(task->fault.code == INVALID_REQUEST_OBJECT ||
		  task->fault.code == REQUEST_NOT_SUPPORTED);
	jwks_close(&client.jwks);
	fault_clear(task);
}

static void
claims_read(struct task *task, const uint8_t *at, size_t len)
{
	struct parameters parameters, again;
	json_t *object;

	if (json_parse_object(task, (const char *)at, len, &object) < 0)
		return;
	parameters_of_json(task, json_keep(task, object), &parameters);
	parameters_of_json(task, parameters_json(task, &parameters), &again);
	FUZZ_MUST(again.pairs.n == parameters.pairs.n);
	FUZZ_MUST((again.duplicate == NULL) == (parameters.duplicate == NULL));
}

int
LLVMFuzzerTestOneInput(const uint8_t *at, size_t len)
{
	static const struct settings settings = {.gateway_issuer = "https://login.gov.test"};
	struct rooms rooms = {.settings = &settings};
	struct task task;

	task_open(&task, NULL, &rooms, 0);
	object_open(&task, task_dup_n(&task, (const char *)at, len));
	claims_read(&task, at, len);
	task_close(&task);
	return 0;
}
