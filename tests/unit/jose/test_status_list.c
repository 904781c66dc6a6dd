/* SPDX-License-Identifier: Apache-2.0
 *
 * The bits of a status list: order, bounds, and what inflates to too much.  The token around it is
 * in test_verify_chain.c, which has certificates.
 */
#include "unit/jose/forge.h"

#include "jose/status_bits.h"
#include "jose/status_list.h"

static int
decode(struct task *task, int bits, struct bytes deflated, struct status_list *ret_list)
{
	json_auto_t *json =
	    json_pack("{s:i, s:s}", "bits", bits, "lst", b64u_encode(task, deflated));
	int r = status_list_decode(task, json, ret_list);

	fault_clear(task);
	return r;
}

static void
bits_come_from_the_least_end(void **state)
{
	static const uint8_t bytes[] = {0x01, 0x80, 0xE4};
	static const struct {
		int bits;
		int64_t index;
		int status;
	} cases[] = {{1, 0, 1}, {1, 1, 0}, {1, 15, 1}, {1, 16, 0}, {1, 18, 1}, {2, 0, 1}, {2, 7, 2},
	    {2, 8, 0}, {2, 9, 1}, {2, 10, 2}, {2, 11, 3}, {4, 0, 1}, {4, 3, 8}, {4, 4, 4},
	    {4, 5, 14}, {8, 0, 1}, {8, 1, 128}, {8, 2, 228}};
	struct bytes deflated;
	struct status_list list;
	int status;

	assert_int_equal(
	    status_bits_deflate(*state, (struct bytes){bytes, sizeof(bytes)}, &deflated), 0);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		assert_int_equal(decode(*state, cases[i].bits, deflated, &list), 0);
		assert_int_equal(status_list_get(*state, &list, cases[i].index, &status), 0);
		assert_int_equal(status, cases[i].status);
	}
}

static void
an_index_is_within(void **state)
{
	static const uint8_t bytes[] = {0xFF, 0xFF};
	static const int64_t bad[] = {
	    -1, INT64_MIN, INT64_MAX, INT64_MAX / 2, INT64_C(1) << 62, INT64_C(1) << 32, 16, 17};
	struct status_list list = {.bits = 1, .list = {bytes, sizeof(bytes)}};
	struct task *task = *state;
	int status = 7;

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		assert_int_equal(status_list_get(task, &list, bad[i], &status), INVALID_REQUEST);
		assert_int_equal(status, 7);
		fault_clear(task);
	}
	assert_int_equal(status_list_get(task, &list, 15, &status), 0);
	assert_int_equal(status, 1);
	list.bits = 8;
	assert_int_equal(status_list_get(task, &list, 1, &status), 0);
	assert_int_equal(status_list_get(task, &list, 2, &status), INVALID_REQUEST);
}

static void
what_is_no_list(void **state)
{
	static const char *const bad[] = {"{}", "[]", "{\"bits\":1}",
	    "{\"lst\":\"eNrbuRgAAhcBXQ\"}", "{\"bits\":3,\"lst\":\"eNrbuRgAAhcBXQ\"}",
	    "{\"bits\":0,\"lst\":\"eNrbuRgAAhcBXQ\"}", "{\"bits\":16,\"lst\":\"eNrbuRgAAhcBXQ\"}",
	    "{\"bits\":-1,\"lst\":\"eNrbuRgAAhcBXQ\"}",
	    "{\"bits\":4294967297,\"lst\":\"eNrbuRgAAhcBXQ\"}",
	    "{\"bits\":\"1\",\"lst\":\"eNrbuRgAAhcBXQ\"}",
	    "{\"bits\":1.0,\"lst\":\"eNrbuRgAAhcBXQ\"}", "{\"bits\":1,\"lst\":\"\"}",
	    "{\"bits\":1,\"lst\":\"eNrbuRgAAhcBXQ==\"}", "{\"bits\":1,\"lst\":\"eNrbuRgAAhcBX\"}",
	    "{\"bits\":1,\"lst\":\"eNrbuRgAAhcBXA\"}", "{\"bits\":1,\"lst\":\"eNrbuRgAAhcBXQAA\"}",
	    "{\"bits\":1,\"lst\":\"eNrbuRgA\"}", "{\"bits\":1,\"lst\":\"eNoDAAAAAAE\"}"};
	struct task *task = *state;
	struct status_list list;

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		json_auto_t *json = forge_json(bad[i]);

		if (status_list_decode(task, json, &list) != INVALID_REQUEST)
			fail_msg("taken: %s", bad[i]);
		fault_clear(task);
	}
}

static void
a_bomb_is_not_inflated(void **state)
{
	/* as a stranger makes it: zeros deflate to a thousandth */
	size_t sizes[] = {STATUS_LIST_MAX_BYTES, STATUS_LIST_MAX_BYTES + 1};
	struct bytes deflated;
	struct status_list list;

	for (size_t i = 0; i < 2; i++) {
		struct task *task = malloc(sizeof(*task));
		uint8_t *zeros = calloc(1, sizes[i]);

		assert_non_null(task);
		task_open(task, NULL, NULL, 0);
		arena_close(&task->arena);
		arena_open(&task->arena, 64u << 20);
		assert_int_equal(
		    status_bits_deflate(task, (struct bytes){zeros, sizes[i]}, &deflated), 0);
		assert_int_equal(decode(task, 8, deflated, &list), i == 0 ? 0 : INVALID_REQUEST);
		if (i == 0)
			assert_int_equal(list.list.len, STATUS_LIST_MAX_BYTES);
		task_close(task);
		free(task);
		free(zeros);
	}
	(void)state;
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    task_test(bits_come_from_the_least_end),
	    task_test(an_index_is_within),
	    task_test(what_is_no_list),
	    task_test(a_bomb_is_not_inflated),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
