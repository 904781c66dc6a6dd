/* SPDX-License-Identifier: Apache-2.0
 *
 * Purposes and attributes registered: proposed, approved by another, superseded, suspended; and
 * what a client then may ask.
 */
#include "unit/records/fixture.h"

#include "core/clock.h"
#include "core/settings.h"
#include "core/task.h"
#include "records/audit.h"
#include "records/client.h"
#include "records/event.h"
#include "records/policy.h"
#include "records/purpose_document.h"
#include "records/purpose_predicate.h"

RECORDS_STAND

static const struct policy account = {"purpose", "bank", "account"};

#define TEXTS "{\"km\":\"a\",\"lo\":\"b\",\"en\":\"c\",\"fr\":\"d\",\"ar\":\"e\"}"
#define DOCUMENT(attributes) \
	"{\"client_id\":\"bank\",\"id\":\"account\",\"why\":" TEXTS \
	",\"basis\":\"consent\",\"attributes\":[" attributes "],\"mode\":\"once\"," \
	"\"valid_for\":\"P30D\",\"data_life\":\"P10D\",\"dpia\":\"D-1\",\"country\":\"KH\"," \
	"\"frequency\":{\"releases\":2,\"per\":\"P7D\"}}"
#define FIRST \
	DOCUMENT("{\"name\":\"full_name\",\"essential\":true},{\"name\":\"age_over_18\"}," \
		 "{\"name\":\"is_voter\"},{\"name\":\"has_disability\"}")
#define BIRTHDAY "[{\"id\":\"b\",\"why\":{\"en\":\"x\"},\"claims\":[{\"name\":\"birthdate\"}]}]"
#define SECOND   DOCUMENT("{\"name\":\"full_name\"}")

static const struct client *
bank(struct task *task)
{
	const struct client *client = NULL;

	expect_ok(task, client_find(task, "bank", &client));
	assert_non_null(client);
	return client;
}

static void
bank_apply(struct task *task, const char *purposes)
{
	const char *metadata = task_printf(task,
	    "{\"client_id\":\"bank\",\"redirect_uris\":[\"https://bank.test/cb\"]%s%s}",
	    *purposes == '\0' ? "" : ",\"dvara_purposes\":", purposes);
	const struct client_draft draft = {.metadata = json_of(task, metadata)};
	struct client_made made;

	expect_ok(task, client_apply(task, &draft, "alice", &made));
	json_decref(made.stored);
}

static int
propose(struct task *task, const struct policy *policy, const char *document, const char *who)
{
	const struct policy_version *version;

	expect_ok(task, policy_propose(task,
			    &(struct policy_proposal){
				.policy = *policy,
				.document = json_of(task, document),
				.operator_name = who,
			    },
			    &version));
	return version->number;
}

/* By a key that is no longer there: what it says is held against the document. */
static const char *
certificate_of(struct task *task, const struct policy *policy, int number, int64_t until_s)
{
	const struct policy_version *version = NULL;
	json_auto_t *claims = NULL, *document = NULL;
	const char *text;

	if (policy_find(task, policy, number, &version) < 0) {
		fault_clear(task);
		return NULL;
	}
	document = json_copy((json_t *)(uintptr_t)version->document);
	json_object_del(document, "client_id");
	claims = json_pack("{s:s, s:i, s:I, s:O}", "sub", policy->owner, "number", number, "exp",
	    (json_int_t)until_s, "purpose", document);
	text = json_text(task, claims);
	return task_printf(task, "%s.%s.AAAA",
	    b64u_encode(task, BYTES_OF("{\"alg\":\"ES256\",\"kid\":\"gone\"}")),
	    b64u_encode(task, BYTES_OF(text)));
}

static int
approve(struct task *task, const struct policy *policy, int number, const char *who)
{
	const int64_t until_s = clock_now_s() + PURPOSE_CERTIFIED_MAX_S;
	int r =
	    policy_approve(task, &(struct policy_approval){
				     .policy = *policy,
				     .number = number,
				     .operator_name = who,
				     .at_s = clock_now_s(),
				     .until_s = until_s,
				     .certificate = certificate_of(task, policy, number, until_s),
				 });

	fault_clear(task);
	return r;
}

static const char *
state_of(struct task *task, const struct policy *policy, int number)
{
	const struct policy_version *version;

	expect_ok(task, policy_find(task, policy, number, &version));
	return version->state;
}

static void
two_operators(struct stand *s, struct task *task, unsigned index)
{
	(void)s, (void)index;
	assert_int_equal(propose(task, &account, FIRST, "alice"), 1);
	assert_int_equal(propose(task, &account, FIRST, "bob"), 1); /* the same: it waits */
	assert_int_equal(approve(task, &account, 2, "bob"), NOT_FOUND);
	assert_int_equal(approve(task, &account, 1, "alice"), CONFLICT);
	assert_string_equal(state_of(task, &account, 1), "proposed");
	assert_int_equal(approve(task, &account, 1, "bob"), 0);
	assert_int_equal(approve(task, &account, 1, "carol"), CONFLICT);
	assert_int_equal(propose(task, &account, FIRST, "alice"), 1); /* it is in force */

	assert_int_equal(propose(task, &account, SECOND, "bob"), 2);
	assert_string_equal(state_of(task, &account, 1), "approved");
	assert_int_equal(approve(task, &account, 2, "alice"), 0);
	assert_string_equal(state_of(task, &account, 1), "superseded");
	assert_int_equal(approve(task, &account, 1, "carol"), CONFLICT);

	expect_ok(task, policy_suspend(task, &account, "alice"));
	assert_int_equal(policy_suspend(task, &account, "alice"), NOT_FOUND);
	fault_clear(task);
	assert_int_equal(approve(task, &account, 2, "alice"), CONFLICT); /* who stopped it */
	assert_int_equal(approve(task, &account, 2, "bob"), CONFLICT);   /* who proposed it */
	assert_int_equal(approve(task, &account, 2, "carol"), 0);
}

/* A year later the same document is a new version, with a certificate of its own. */
static void
renewal(struct stand *s, struct task *task, unsigned index)
{
	(void)index;
	bank_apply(task, "");
	propose(task, &account, FIRST, "alice");
	approve(task, &account, 1, "bob");
	clock_move(s, 200 * 86400);
	assert_int_equal(propose(task, &account, FIRST, "alice"), 1);
	assert_true(purpose_stands(client_purpose(bank(task), "account"), clock_now_s()));
	clock_move(s, 366 * 86400);
	assert_false(purpose_stands(client_purpose(bank(task), "account"), clock_now_s()));
	assert_int_equal(propose(task, &account, FIRST, "alice"), 2);
	assert_int_equal(approve(task, &account, 2, "bob"), 0);
	assert_true(purpose_stands(client_purpose(bank(task), "account"), clock_now_s()));
}

static void
composed(struct stand *s, struct task *task, unsigned index)
{
	const struct policy voter = {"attribute", "", "is_voter"};
	const struct purpose *purpose;

	(void)s, (void)index;
	bank_apply(task, "[{\"id\":\"first\",\"why\":{\"en\":\"x\"},\"claims\":[]},"
			 "{\"id\":\"account\",\"why\":{\"en\":\"x\"},\"claims\":"
			 "[{\"name\":\"birthdate\"}]}]");
	propose(task, &account, FIRST, "alice");
	assert_int_equal(bank(task)->n_purposes, 2);
	assert_false(client_purpose(bank(task), "account")->is_registered);
	approve(task, &account, 1, "bob");
	assert_int_equal(bank(task)->n_purposes, 2);
	assert_string_equal(bank(task)->purposes[0].id, "first");

	purpose = client_purpose(bank(task), "account");
	assert_true(purpose->is_registered);
	assert_int_equal(purpose->number, 1);
	assert_int_equal(purpose->mode, ACCESS_ONCE);
	assert_int_equal(purpose->valid_s, 30 * 86400);
	assert_int_equal(purpose->data_life_s, 10 * 86400);
	assert_int_equal(purpose->frequency.n, 2);
	assert_int_equal(purpose->frequency.per_s, 7 * 86400);
	assert_non_null(purpose->certificate);
	assert_string_equal(purpose->country, "KH");
	/* is_voter is in no catalogue yet */
	assert_int_equal(purpose->n_claims, 3);
	assert_null(purpose_claim(purpose, "is_voter"));
	assert_true(purpose_claim(purpose, "full_name")->is_essential);
	assert_true(purpose_claim(purpose, "has_disability")->is_special);
	assert_string_equal(purpose_predicate_for(purpose, "birthdate"), "age_over_18");
	assert_null(purpose_predicate_for(purpose, "email"));

	propose(task, &voter,
	    "{\"name\":\"is_voter\",\"kind\":\"predicate\",\"of\":[\"roll\"],\"label\":" TEXTS "}",
	    "alice");
	approve(task, &voter, 1, "bob");
	purpose = client_purpose(bank(task), "account");
	assert_int_equal(purpose->n_claims, 4);
	assert_string_equal(json_get_text(purpose_claim(purpose, "is_voter")->label, "fr"), "d");
	assert_string_equal(purpose_predicate_for(purpose, "roll"), "is_voter");

	expect_ok(task, policy_suspend(task, &account, "alice"));
	assert_false(purpose_stands(client_purpose(bank(task), "account"), clock_now_s()));
}

static void
registered_only(struct stand *s, struct task *task, unsigned index)
{
	(void)index;
	bank_apply(task, "[{\"id\":\"first\",\"why\":{\"en\":\"x\"},\"claims\":"
			 "[{\"name\":\"email\"}]}]");
	assert_string_equal(bank(task)->purposes[0].id, "first");
	s->settings.consent_registered_only = true;
	bank_apply(task, "[{\"id\":\"other\",\"why\":{\"en\":\"x\"},\"claims\":"
			 "[{\"name\":\"email\"}]}]");
	assert_int_equal(bank(task)->n_purposes, 1);
	assert_null(client_purpose(bank(task), "other"));
	assert_int_equal(bank(task)->purposes[0].n_claims, 1);
	assert_string_equal(bank(task)->purposes[0].claims[0].name, "sub");
	propose(task, &account, FIRST, "alice");
	approve(task, &account, 1, "bob");
	assert_int_equal(bank(task)->n_purposes, 1);
	assert_string_equal(bank(task)->purposes[0].id, "account");
	bank_apply(task, "");
	assert_int_equal(bank(task)->n_purposes, 1);
	assert_string_equal(bank(task)->purposes[0].id, "account");
	expect_ok(task, client_remove(task, "bank", "alice"));
	bank_apply(task, "");
	assert_int_equal(bank(task)->n_purposes, 1);
	assert_int_equal(bank(task)->purposes[0].n_claims, 1);
	assert_true(bank(task)->purposes[0].is_builtin);
}

/* Behind the back of two operators: it rests, and is found. */
static void
changed_since(struct stand *s, struct task *task, unsigned index)
{
	static const char *const statements[] = {
	    "UPDATE policy SET document = replace(document, 'is_voter', 'birthdate')",
	    "UPDATE policy SET document = replace(document, '\"P10D\"', '\"P10Y\"')",
	    "UPDATE policy SET until_s = until_s + 86400",
	    "UPDATE policy SET certificate = NULL",
	    "UPDATE policy SET certificate = 'e30.e30.AAAA'",
	};
	struct policy_version changed = {0};

	(void)index;
	bank_apply(task, "");
	propose(task, &account, FIRST, "alice");
	approve(task, &account, 1, "bob");
	assert_true(purpose_stands(client_purpose(bank(task), "account"), clock_now_s()));
	expect_ok(task, purpose_verify(task, &changed));
	assert_int_equal(changed.number, 0);
	sql_tamper(s, "CREATE TABLE kept AS SELECT * FROM policy");
	for (size_t i = 0; i < sizeof(statements) / sizeof(statements[0]); i++) {
		sql_tamper(s, "DELETE FROM policy; INSERT INTO policy SELECT * FROM kept");
		sql_tamper(s, statements[i]);
		bank_apply(task, i % 2 == 0 ? BIRTHDAY : "");
		assert_false(purpose_stands(client_purpose(bank(task), "account"), clock_now_s()));
		expect_ok(task, purpose_verify(task, &changed));
		assert_int_equal(changed.number, 1);
		assert_string_equal(changed.policy.id, "account");
	}
}

/* Another client of that id finds nothing; what was is still there to be looked at. */
static void
client_gone(struct stand *s, struct task *task, unsigned index)
{
	json_t *versions = NULL;

	(void)s, (void)index;
	bank_apply(task, "");
	propose(task, &account, FIRST, "alice");
	approve(task, &account, 1, "bob");
	assert_int_equal(bank(task)->n_purposes, 2);
	expect_ok(task, client_remove(task, "bank", "alice"));
	bank_apply(task, "");
	assert_int_equal(bank(task)->n_purposes, 1);
	expect_ok(task, policy_list(task, "purpose", "bank", &versions));
	json_keep(task, versions);
	assert_int_equal(json_array_size(versions), 1);
	assert_string_equal(json_get_text(json_array_get(versions, 0), "state"), "superseded");
	assert_int_equal(propose(task, &account, FIRST, "alice"), 2);
}

static void
audited(struct stand *s, struct task *task, unsigned index)
{
	static const char *const events[] = {
	    "purpose.suspended", "purpose.approved", "purpose.proposed"};
	json_t *rows = NULL;

	(void)s, (void)index;
	propose(task, &account, FIRST, "alice");
	approve(task, &account, 1, "alice");
	approve(task, &account, 1, "bob");
	expect_ok(task, policy_suspend(task, &account, "carol"));
	expect_ok(task, audit_list(task, &(struct span){.limit = 10}, &rows));
	json_keep(task, rows);
	assert_int_equal(json_array_size(rows), 3);
	for (size_t i = 0; i < 3; i++)
		assert_string_equal(json_get_text(json_array_get(rows, i), "event"), events[i]);
	assert_string_equal(json_get_text(json_array_get(rows, 1), "actor"), "operator:bob");
}

/* The client is told what came in force and what was stopped, of attributes nothing. */
static void
told(struct stand *s, struct task *task, unsigned index)
{
	const struct policy voter = {"attribute", "", "is_voter"};
	const struct event_page page = {.limit = 100};
	json_t *events = NULL;

	(void)s, (void)index;
	propose(task, &voter, "{\"name\":\"is_voter\",\"kind\":\"value\",\"label\":" TEXTS "}",
	    "alice");
	approve(task, &voter, 1, "bob");
	propose(task, &account, FIRST, "alice");
	approve(task, &account, 1, "bob");
	expect_ok(task, policy_suspend(task, &account, "carol"));
	expect_ok(task, event_list(task, "bank", &page, &events));
	json_keep(task, events);
	assert_int_equal(json_array_size(events), 2);
	assert_string_equal(json_get_text(json_array_get(events, 0), "type"), "purpose.approved");
	assert_string_equal(json_get_text(json_array_get(events, 1), "type"), "purpose.suspended");
	assert_string_equal(
	    json_get_text(json_object_get(json_array_get(events, 1), "data"), "id"), "account/v1");
}

RECORDS_TEST(two_operators)
RECORDS_TEST(renewal)
RECORDS_TEST(composed)
RECORDS_TEST(registered_only)
RECORDS_TEST(changed_since)
RECORDS_TEST(client_gone)
RECORDS_TEST(audited)
RECORDS_TEST(told)

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    RECORDS_UNIT(two_operators),
	    RECORDS_UNIT(renewal),
	    RECORDS_UNIT(composed),
	    RECORDS_UNIT(registered_only),
	    RECORDS_UNIT(changed_since),
	    RECORDS_UNIT(client_gone),
	    RECORDS_UNIT(audited),
	    RECORDS_UNIT(told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
