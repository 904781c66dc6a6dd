/* SPDX-License-Identifier: Apache-2.0
 *
 * Issued credentials and their places in status lists.
 */
#include "unit/records/fixture.h"

#include "core/clock.h"
#include "records/audit.h"
#include "records/credential.h"
#include "records/lifecycle.h"
#include "records/lineage.h"
#include "records/revocation.h"
#include "store/sql.h"

RECORDS_STAND

static bool
bit(struct bytes bits, int64_t place)
{
	return bits.at[place / 8] >> (place % 8) & 1;
}

static void
batch_make(struct task *task, struct credential *batch, size_t n, const char *person_id)
{
	for (size_t i = 0; i < n; i++)
		batch[i] = (struct credential){.person_id = person_id,
		    .configuration = "pid",
		    .expires_s = clock_now_s() + 1000};
	expect_ok(task, credential_add(task, batch, n));
}

static void
life(struct stand *s, struct task *task, unsigned index)
{
	struct credential batch[8], other;
	struct bytes bits;
	size_t n_set = 0;
	bool is_revoked;
	json_t *list;
	int n;

	(void)s, (void)index;
	expect_fault(task, credential_list_bits(task, 1, &bits), NOT_FOUND);
	batch_make(task, batch, 8, "person");
	batch_make(task, &other, 1, "other");
	for (int i = 0; i < 8; i++) {
		assert_int_equal(batch[i].list, 1);
		assert_in_range(batch[i].place, 0, CREDENTIAL_LIST_SIZE - 1);
		for (int k = 0; k < i; k++) {
			assert_int_not_equal(batch[i].place, batch[k].place);
			assert_string_not_equal(batch[i].id, batch[k].id);
		}
	}
	expect_ok(task, credential_revoke(task, batch[3].id, "alice"));
	expect_ok(task, credential_revoke(task, batch[3].id, "alice"));
	expect_fault(task, credential_revoke(task, "none", "alice"), NOT_FOUND);
	expect_ok(task, credential_is_revoked(task, 1, batch[3].place, &is_revoked));
	assert_true(is_revoked);
	expect_ok(task, credential_is_revoked(task, 1, batch[4].place, &is_revoked));
	assert_false(is_revoked);
	expect_ok(task, credential_is_revoked(task, 7, 7, &is_revoked));
	assert_false(is_revoked);
	expect_ok(task, credential_list_bits(task, 1, &bits));
	assert_int_equal(bits.len, CREDENTIAL_LIST_SIZE / 8);
	for (int64_t i = 0; i < CREDENTIAL_LIST_SIZE; i++)
		n_set += bit(bits, i);
	assert_int_equal(n_set, 1);
	assert_true(bit(bits, batch[3].place));

	expect_ok(task, credential_revoke_person(task, "person", "alice", &n));
	assert_int_equal(n, 7);
	expect_ok(task, credential_revoke_person(task, "person", "alice", &n));
	assert_int_equal(n, 0);
	expect_ok(task, credential_list_bits(task, 1, &bits));
	for (int i = 0; i < 8; i++)
		assert_true(bit(bits, batch[i].place));
	assert_false(bit(bits, other.place));

	expect_ok(task, credential_list(task, "person", &list));
	json_keep(task, list);
	assert_int_equal(json_array_size(list), 8);
	assert_true(json_is_integer(json_object_get(json_array_get(list, 0), "revoked")));
	expect_ok(task, audit_list(task, &(struct span){.limit = 400}, &list));
	json_keep(task, list);
	/* two batches, one credential, and of the other seven with the eight grants */
	assert_int_equal(json_array_size(list), 2 + 1 + 7 + 8);
}
RECORDS_TEST(life)

/* One phone of two: what it fetched is revoked, and its grant with it; nobody else's. */
static void
device(struct stand *s, struct task *task, unsigned index)
{
	struct credential old[2] = {{0}}, new = {0};
	const char *name;
	bool is_revoked;

	(void)s, (void)index;
	for (int i = 0; i < 2; i++)
		old[i] = (struct credential){.person_id = "person",
		    .configuration = "pid",
		    .device = "old phone",
		    .client_id = "wallet app",
		    .expires_s = clock_now_s() + 1000};
	new = old[0];
	new.device = "new phone";
	expect_ok(task, credential_add(task, old, 2));
	expect_ok(task, credential_add(task, &new, 1));
	expect_ok(task, credential_device(task, old[1].list, old[1].place, &name));
	assert_string_equal(name, "old phone");
	expect_ok(task, credential_device(task, 7, 7, &name));
	assert_null(name);
	expect_fault(task, credential_revoke_device(task, "other", "old phone", NULL), NOT_FOUND);
	expect_fault(task, credential_revoke_device(task, "person", "none", NULL), NOT_FOUND);
	expect_ok(task, credential_revoke_device(task, "person", "old phone", NULL));
	expect_ok(task, credential_revoke_device(task, "person", "old phone", NULL));
	for (int i = 0; i < 2; i++) {
		expect_ok(
		    task, credential_is_revoked(task, old[i].list, old[i].place, &is_revoked));
		assert_true(is_revoked);
	}
	expect_ok(task, credential_is_revoked(task, new.list, new.place, &is_revoked));
	assert_false(is_revoked);
	expect_ok(task, revocation_has(task, "old phone", &is_revoked));
	assert_true(is_revoked);
	expect_ok(task, revocation_has(task, "new phone", &is_revoked));
	assert_false(is_revoked);
}
RECORDS_TEST(device)

static void
fetched_by(
    struct task *task, const char *device, const char *parent, struct credential *ret_credential)
{
	*ret_credential = (struct credential){.person_id = "person",
	    .configuration = "pid",
	    .device = device,
	    .expires_s = clock_now_s() + 1000};
	if (parent != NULL)
		expect_ok(task, lineage_keep(task, &(struct lineage){device, parent, "person"}));
	expect_ok(task, credential_add(task, ret_credential, 1));
}

/* What came of a lost phone ends with it, by others between too; its own parent and its parent's
 * other children do not. */
static void
lineage(struct stand *s, struct task *task, unsigned index)
{
	static const char *const names[] = {"root", "lost", "child", "grandchild", "sister"};
	static const char *const parents[] = {NULL, "root", "lost", "child", "root"};
	static const struct ended_by by = {.why = "phone lost"};
	struct credential phones[5];
	const char *next;
	bool is_revoked;

	(void)s, (void)index;
	for (int i = 0; i < 5; i++)
		fetched_by(task, names[i], parents[i], &phones[i]);
	expect_ok(
	    task, lineage_keep(task, &(struct lineage){"not fetched yet", "child", "person"}));
	expect_fault(task, lifecycle_device_lost(task, "other", "lost", &by), NOT_FOUND);
	expect_ok(task, lifecycle_device_lost(task, "person", "lost", &by));
	expect_ok(task, lifecycle_device_lost(task, "person", "lost", &by));
	for (int i = 0; i < 5; i++) {
		bool is_of_lost = i >= 1 && i <= 3;

		expect_ok(task,
		    credential_is_revoked(task, phones[i].list, phones[i].place, &is_revoked));
		assert_int_equal(is_revoked, is_of_lost);
		expect_ok(task, revocation_has(task, names[i], &is_revoked));
		assert_int_equal(is_revoked, is_of_lost);
	}
	expect_ok(task, revocation_has(task, "not fetched yet", &is_revoked));
	assert_true(is_revoked);
	expect_ok(task, lineage_next(task, "person", "lost", &next));
	assert_null(next);
	expect_fault(task, lineage_keep(task, &(struct lineage){"late", "child", "person"}),
	    DENIED_BY_PERSON);
}
RECORDS_TEST(lineage)

/* A list that is half full is followed by the next; bits come in pages. */
static void
full(struct stand *s, struct task *task, unsigned index)
{
	struct credential one, batch[4];
	struct bytes bits;
	size_t n_set = 0;

	(void)index;
	batch_make(task, &one, 1, "person");
	sql_tamper(s,
	    task_printf(task, "UPDATE status_list SET n_used = %d", CREDENTIAL_LIST_SIZE / 2 - 2));
	batch_make(task, batch, 4, "person");
	assert_int_equal(batch[0].list, 2);
	batch_make(task, batch, 2, "person");
	assert_int_equal(batch[0].list, 2);

	sql_tamper(s, "DELETE FROM credential;"
		      "WITH RECURSIVE n (i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n"
		      " WHERE i < 2499) INSERT INTO credential SELECT 'id ' || i, 'person', 'pid',"
		      " 1, i * 3, 1, 1, 1, '', NULL FROM n");
	expect_ok(task, credential_list_bits(task, 1, &bits));
	for (int64_t i = 0; i < CREDENTIAL_LIST_SIZE; i++) {
		n_set += bit(bits, i);
		assert_true(!bit(bits, i) || i % 3 == 0);
	}
	assert_int_equal(n_set, 2500);
}
RECORDS_TEST(full)

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    RECORDS_UNIT(life),
	    RECORDS_UNIT(device),
	    RECORDS_UNIT(lineage),
	    RECORDS_UNIT(full),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
