/* SPDX-License-Identifier: Apache-2.0
 *
 * A document of a purpose: what purpose_document_check() takes has an end, a basis and limits, asks
 * by one threshold of a kind, and can be read into the client that it is of.
 */
#include "fuzz.h"

#include "core/json.h"
#include "core/task.h"
#include "records/client_record.h"
#include "records/purpose_document.h"
#include "records/purpose_predicate.h"

#include <string.h>

static const char metadata[] =
    "{\"client_id\":\"bank\",\"redirect_uris\":[],\"dvara_profile\":\"standard\","
    "\"token_endpoint_auth_method\":\"client_secret_basic\",\"scope\":\"openid\"}";

static void
purpose_must(const struct purpose *purpose, const json_t *document)
{
	FUZZ_MUST(purpose->is_registered && purpose->basis != 0 && purpose->mode != 0);
	FUZZ_MUST((purpose->law != NULL) == (purpose->basis != BASIS_CONSENT));
	FUZZ_MUST(purpose->valid_s > 0 && purpose->valid_s <= PURPOSE_VALID_MAX_S);
	FUZZ_MUST(purpose->data_life_s > 0);
	FUZZ_MUST(purpose->frequency.n >= 0);
	FUZZ_MUST(purpose->frequency.n == 0 || purpose->frequency.per_s > 0);
	FUZZ_MUST(strlen(purpose->country) == 2);
	FUZZ_MUST(purpose->n_claims == json_array_size(json_object_get(document, "attributes")));
	for (size_t i = 0; i < purpose->n_claims; i++) {
		const struct purpose_claim *claim = &purpose->claims[i];

		FUZZ_MUST(purpose_predicate_for(purpose, claim->name) == NULL);
		FUZZ_MUST(
		    !claim->is_special || !claim->is_essential || purpose->basis != BASIS_CONSENT);
		FUZZ_MUST(claim->is_essential || purpose->basis == BASIS_CONSENT);
	}
}

static void
read_must(struct task *task, const json_t *document)
{
	const struct policy_version version = {
	    .number = 1, .state = "approved", .document = document, .until_s = 1};
	const struct client_stored stored = {
	    .metadata = metadata, .consent_life_s = 1, .purposes = &version, .n_purposes = 1};
	struct client_record *record;
	const struct purpose *purpose;

	FUZZ_MUST(client_record_new(task, &stored, &record) == 0);
	purpose = client_purpose(&record->client, json_get_text(document, "id"));
	FUZZ_MUST(purpose != NULL);
	purpose_must(purpose, document);
	json_decref(purpose_json(task, purpose));
	client_record_drop(record);
}

int
LLVMFuzzerTestOneInput(const uint8_t *at, size_t len)
{
	json_auto_t *document = NULL;
	struct task task;

	task_open(&task, NULL, NULL, 0);
	if (json_parse(&task, (const char *)at, len, &document) == 0) {
		if (purpose_document_check(&task, document, NULL) == 0)
			read_must(&task, document);
		else
			FUZZ_MUST(task.fault.code == INVALID_REQUEST);
	}
	task_close(&task);
	return 0;
}
