/* SPDX-License-Identifier: Apache-2.0
 *
 * The built-in register, filled with the personas of the demo.
 */
#include "unit/records/fixture.h"

#include "sources/source.h"
#include "store/sql.h"

#include <time.h>

#define DAY_OF_THIS_TEST 1795348800 /* 22 November 2026: people grow older, tests do not */

RECORDS_STAND

static const struct source_entry *
entry_of(struct task *task, const char *name)
{
	struct source_entry *entry;
	const char *key;

	expect_ok(task, source_register_key(task, name, &key));
	expect_ok(task, source_find(task, &(struct source_asking){.register_key = key}, &entry));
	assert_non_null(entry);
	assert_string_equal(entry->register_key, key);
	return entry;
}

static const char *
text(struct task *task, const char *name, const char *claim)
{
	return json_get_text(entry_of(task, name)->claims, claim);
}

static bool
is_over(struct task *task, const char *name, const char *claim)
{
	json_t *value = source_claim(entry_of(task, name)->claims, claim);

	assert_non_null(value);
	json_keep(task, value);
	return json_is_true(value);
}

static enum life
alive(struct task *task, const char *short_name)
{
	enum life life = 0;
	const char *key;

	expect_ok(task, source_register_key(task, short_name, &key));
	expect_ok(task, source_life(task, key, &life));
	return life;
}

static enum life
life_of(const json_t *person)
{
	const char *life = json_get_text(person, "life");

	if (str_equal(life, "dead"))
		return LIFE_DEAD;
	return str_equal(life, "blocked") ? LIFE_BLOCKED : LIFE_ACTIVE;
}

static void
personas_apply(struct task *task)
{
	json_t *personas = json_keep(task, json_load_file(PERSONAS_JSON, 0, NULL)), *person;
	size_t i;

	assert_true(json_array_size(personas) >= 10);
	json_array_foreach(personas, i, person)
		expect_ok(task, source_register_apply(task, json_get_text(person, "register_key"),
				    json_get_text(person, "short_name"), life_of(person),
				    json_object_get(person, "claims")));
}

/* CONTRACT section 3: the standard scopes offer at least two voluntary claims. */
static void
voluntary_check(const struct source_entry *entry)
{
	static const char *const standard[] = {"name", "given_name", "family_name", "nickname",
	    "gender", "birthdate", "zoneinfo", "locale", "email", "phone_number", "address"};
	unsigned n = 0;

	for (size_t i = 0; i < sizeof(standard) / sizeof(standard[0]); i++)
		n += json_object_get(entry->claims, standard[i]) != NULL;
	assert_true(n >= 2);
}

static void
personas(struct stand *s, struct task *task, unsigned index)
{
	json_t *people, *person;
	size_t i;

	(void)index;
	clock_move(s, DAY_OF_THIS_TEST - time(NULL));
	for (int n = 0; n < 2; n++)
		personas_apply(task);
	expect_ok(task, source_register_list(task, &people));
	json_keep(task, people);
	json_array_foreach(people, i, person) {
		const char *name = json_get_text(person, "short_name");

		assert_non_null(json_get_text(person, "name"));
		assert_null(json_object_get(person, "register_key"));
		voluntary_check(entry_of(task, name));
	}
	assert_string_equal(text(task, "sophea", "name"),
	    "\xe1\x9e\x9f\xe1\x9e\xbb\xe1\x9e\x81 "
	    "\xe1\x9e\x9f\xe1\x9e\xbb\xe1\x9e\x97\xe1\x9e\xb6");
	assert_int_equal(entry_of(task, "sophea")->life, LIFE_ACTIVE);
	assert_int_equal(entry_of(task, "sidi")->life, LIFE_DEAD);
	assert_int_equal(entry_of(task, "dara")->life, LIFE_BLOCKED);
	assert_int_equal(alive(task, "sophea"), LIFE_ACTIVE);
	assert_int_equal(alive(task, "sidi"), LIFE_DEAD);
	assert_int_equal(alive(task, "dara"), LIFE_BLOCKED);
	assert_null(text(task, "noy", "family_name"));
	assert_null(text(task, "yusuf", "nationality"));
	assert_int_equal(strlen(text(task, "vannak", "birthdate")), 4);
	assert_true(is_over(task, "vannak", "age_over_60"));
	assert_true(is_over(task, "bopha", "age_over_13"));
	assert_false(is_over(task, "bopha", "age_over_18"));
	assert_string_equal(text(task, "P-100001", "email"), "sophea@people.example");
}
RECORDS_TEST(personas)

static void
applied(struct stand *s, struct task *task, unsigned index)
{
	struct source_entry *entry;
	const char *key;
	json_t *people;
	enum life life;

	(void)index;
	expect_ok(task, source_find(task, &(struct source_asking){.register_key = "none"}, &entry));
	assert_null(entry);
	expect_ok(task, source_life(task, "none", &life));
	assert_int_equal(life, 0);
	expect_fault(task, source_register_key(task, "none", &key), NOT_FOUND);
	expect_ok(task, source_register_apply(
			    task, "K 1", "a", LIFE_ACTIVE, json_of(task, "{\"name\":\"A\"}")));
	expect_fault(task,
	    source_register_apply(task, "K 2", "a", LIFE_ACTIVE, json_of(task, "{}")), CONFLICT);
	expect_ok(task, source_register_apply(
			    task, "K 2", NULL, LIFE_ACTIVE, json_of(task, "{\"name\":\"B\"}")));
	expect_ok(task, source_register_apply(task, "a", NULL, LIFE_ACTIVE, json_of(task, "{}")));
	expect_ok(task, source_register_key(task, "a", &key));
	assert_string_equal(key, "K 1"); /* a short name goes before a key */
	expect_ok(task,
	    source_register_apply(task, "K 1", "a", LIFE_DEAD, json_of(task, "{\"name\":\"C\"}")));
	assert_int_equal(entry_of(task, "a")->life, LIFE_DEAD);
	assert_string_equal(text(task, "a", "name"), "C");
	expect_ok(task, source_register_list(task, &people));
	json_keep(task, people);
	assert_int_equal(json_array_size(people), 3);
	assert_string_equal(json_get_text(json_array_get(people, 0), "life"), "dead");
	assert_string_equal(json_get_text(json_array_get(people, 1), "register_key"), "K 2");

	expect_fault(task, source_register_apply(task, "", "b", LIFE_ACTIVE, json_of(task, "{}")),
	    INVALID_REQUEST);
	expect_fault(task,
	    source_register_apply(task, "K\n3", "b", LIFE_ACTIVE, json_of(task, "{}")),
	    INVALID_REQUEST);
	expect_fault(task, source_register_apply(task, "K3", "B", LIFE_ACTIVE, json_of(task, "{}")),
	    INVALID_REQUEST);
	expect_fault(task, source_register_apply(task, "K3", "b", LIFE_ACTIVE, json_of(task, "[]")),
	    INVALID_REQUEST);
	expect_fault(task,
	    source_register_apply(
		task, "K3", "b", LIFE_ACTIVE, json_of(task, "{\"birthdate\":\"1994-02-29\"}")),
	    INVALID_REQUEST);

	/* what cannot be read is nobody who may sign in */
	sql_tamper(s, "UPDATE register SET claims = 'x' WHERE short_name = 'a'");
	expect_fault(task,
	    source_find(task, &(struct source_asking){.register_key = "K 1"}, &entry), BROKEN);
}
RECORDS_TEST(applied)

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    RECORDS_UNIT(personas),
	    RECORDS_UNIT(applied),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
