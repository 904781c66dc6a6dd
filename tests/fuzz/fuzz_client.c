/* SPDX-License-Identifier: Apache-2.0
 *
 * A client's metadata: what client_metadata_check() takes it takes again as it wrote it, only
 * addresses that may be registered are in it, and what is stored of it can be read.
 */
#include "fuzz.h"

#include "core/json.h"
#include "core/task.h"
#include "records/client_metadata.h"
#include "records/client_record.h"
#include "records/client_uri.h"

static void
stored_check(struct task *task, json_t *metadata)
{
	struct client_stored stored = {.is_approved = true};
	struct client_record *record;
	const struct client *client;
	const char *why;

	json_object_set_new(metadata, "client_id", json_string("client"));
	stored.metadata = json_text(task, metadata);
	FUZZ_MUST(client_record_new(task, &stored, &record) == 0);
	client = &record->client;
	FUZZ_MUST(client->n_purposes > 0 && json_object_size(client->name) > 0);
	FUZZ_MUST(client->requires_pkce || client->profile == CLIENT_STANDARD);
	FUZZ_MUST(client->profile != CLIENT_FAPI2 || client->id_token_alg != ALG_RS256);
	FUZZ_MUST(client->id_token_alg != ALG_NONE);
	for (size_t i = 0; client->redirect_uris[i] != NULL; i++) {
		FUZZ_MUST(client_uri_may_redirect(client->redirect_uris[i], client->profile, &why));
		FUZZ_MUST(client_may_redirect(client, client->redirect_uris[i]));
	}
	client_record_drop(record);
}

int
LLVMFuzzerTestOneInput(const uint8_t *at, size_t len)
{
	json_auto_t *given = NULL;
	json_t *metadata, *again;
	struct task task;

	task_open(&task, NULL, NULL, 0);
	if (json_parse(&task, (const char *)at, len, &given) == 0) {
		if (client_metadata_check(&task, given, &metadata) == 0) {
			FUZZ_MUST(json_object_get(metadata, "client_secret") == NULL);
			FUZZ_MUST(client_metadata_check(&task, metadata, &again) == 0);
			FUZZ_MUST(json_equal(metadata, again));
			stored_check(&task, metadata);
		} else {
			FUZZ_MUST(task.fault.code == INVALID_CLIENT_METADATA ||
				  task.fault.code == INVALID_REDIRECT_URI);
		}
	}
	task_close(&task);
	return 0;
}
