/* SPDX-License-Identifier: Apache-2.0
 *
 * Identities elsewhere: one person's, and no more of them than are shown.
 */
#include "unit/records/fixture.h"

#include "core/task.h"
#include "records/link.h"

RECORDS_STAND

static int
make(struct task *task, const char *person_id, int n)
{
	return link_make(task, &(struct link){.id = task_printf(task, "link-%d", n),
				   .issuer = "https://elsewhere.example",
				   .person_id = person_id,
				   .upstream = "elsewhere",
				   .acr = "low",
				   .how = "wallet",
				   .device = "phone"});
}

static size_t
n_listed(struct task *task, const char *person_id)
{
	json_auto_t *links = NULL;

	expect_ok(task, link_list(task, person_id, &links));
	return json_array_size(links);
}

static void
as_many_as_are_shown(struct stand *s, struct task *task, unsigned index)
{
	(void)s, (void)index;
	for (int n = 0; n < LINKS_MAX; n++)
		expect_ok(task, make(task, "sophea", n));
	expect_fault(task, make(task, "sophea", LINKS_MAX), CONFLICT);
	expect_fault(task, make(task, "noy", 1), CONFLICT);
	expect_ok(task, make(task, "noy", LINKS_MAX));
	assert_int_equal(n_listed(task, "sophea"), LINKS_MAX);
	expect_ok(task, link_remove(task, "sophea", "link-7", "person"));
	expect_fault(task, link_remove(task, "noy", "link-8", "person"), NOT_FOUND);
	expect_ok(task, make(task, "sophea", 7));
	expect_ok(task, link_remove_of_device(task, "sophea", "phone", "person"));
	assert_int_equal(n_listed(task, "sophea"), 0);
	assert_int_equal(n_listed(task, "noy"), 1);
}
RECORDS_TEST(as_many_as_are_shown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    RECORDS_UNIT(as_many_as_are_shown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
