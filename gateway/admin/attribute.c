/* SPDX-License-Identifier: Apache-2.0
 *
 * `dvara attribute …`: what may be asked about people at all.  One operator proposes, another
 * approves.
 */
#include "admin/admin.h"

#include "core/clock.h"
#include "core/str.h"
#include "records/attribute.h"
#include "records/policy.h"

static int document_read(struct admin_call *call, json_t **ret_document, struct policy *ret_policy);
static struct policy policy_of(const char *name);

int
admin_attribute_apply(struct admin_call *call)
{
	struct policy policy = {0};
	json_t *document = NULL;
	int r;

	r = admin_policy_operator(call);
	if (r == 0)
		r = document_read(call, &document, &policy);
	return r < 0 ? r : admin_policy_apply(call, &policy, document);
}

static int
document_read(struct admin_call *call, json_t **ret_document, struct policy *ret_policy)
{
	json_t *document = NULL;
	int r;

	r = admin_read_json(call->task, call->args[0], &document);
	if (r == 0)
		r = attribute_document_check(call->task, document);
	if (r < 0)
		return r;
	*ret_document = document;
	*ret_policy = policy_of(json_get_text(document, "name"));
	return 0;
}

static struct policy
policy_of(const char *name)
{
	return (struct policy){.kind = "attribute", .owner = "", .id = name};
}

int
admin_attribute_diff(struct admin_call *call)
{
	struct policy policy = {0};
	json_t *document = NULL;
	int r;

	r = document_read(call, &document, &policy);
	return r < 0 ? r : admin_policy_diff(call, &policy, document);
}

int
admin_attribute_approve(struct admin_call *call)
{
	struct policy policy = policy_of(call->args[0]);
	const struct policy_version *version = NULL;
	int number = 0, r;

	r = admin_policy_operator(call);
	if (r == 0)
		r = admin_policy_number(call, 1, &number);
	if (r < 0)
		return r;
	r = policy_find(call->task, &policy, number, &version);
	if (r < 0)
		return r;
	r = policy_approve(call->task, &(struct policy_approval){
					   .policy = policy,
					   .number = version->number,
					   .operator_name = call->operator_name,
					   .at_s = clock_now_s(),
				       });
	if (r == 0)
		r = policy_find(call->task, &policy, version->number, &version);
	return r < 0 ? r : admin_policy_done(call, version);
}

/* The catalogue as it counts, and what waits or has been. */
int
admin_attribute_list(struct admin_call *call)
{
	json_t *catalogue, *versions;
	int r;

	r = attribute_catalogue(call->task, &catalogue);
	if (r < 0)
		return r;
	json_keep(call->task, catalogue);
	r = policy_list(call->task, "attribute", NULL, &versions);
	if (r < 0)
		return r;
	call->answer = json_pack("{s:O, s:o}", "attributes", catalogue, "versions", versions);
	return 0;
}

int
admin_attribute_suspend(struct admin_call *call)
{
	const struct policy policy = policy_of(call->args[0]);

	return admin_policy_suspend(call, &policy);
}
