/* SPDX-License-Identifier: Apache-2.0
 *
 * A claim of what is known: as it stands, or a predicate made from it (age_over_NN after ISO/IEC
 * 18013-5), so that what it is made from can stay where it is.
 */
#include "sources/source.h"

#include "core/clock.h"
#include "records/attribute.h"
#include "records/number.h"
#include "sources/date.h"

#include <string.h>

#define AGE_MAX    120
#define AMOUNT_MAX 1000000000000
#define FULL_NAME  "full_name"
#define MATCH      "number_matches:"
#define NAME_MATCH "name_matches:" /* a register elsewhere answers it, or nobody */

/* parameter: what stands behind the prefix. */
typedef json_t *maker(const json_t *known, const char *parameter);
static maker full_name, age_over, age_under, resident_of, income_below, nationality_is,
    document_valid, has_disability;

static const struct made {
	const char *prefix;
	bool has_parameter;
	maker *make;
} made[] = {
    {FULL_NAME, false, full_name},
    {"age_over_", true, age_over},
    {"age_under_", true, age_under},
    {"resident_of:", true, resident_of},
    {"household_income_below:", true, income_below},
    {"nationality_is:", true, nationality_is},
    {"document_valid", false, document_valid},
    {"has_disability", false, has_disability},
};

static bool age_parse(const char *text, int *ret_years);

json_t *
source_claim(const json_t *known, const char *name)
{
	json_t *value = json_object_get(known, name);

	if (value != NULL)
		return json_incref(value);
	for (size_t i = 0; i < sizeof(made) / sizeof(made[0]); i++) {
		const struct made *one = &made[i];
		size_t len = strlen(one->prefix);

		if (str_starts(name, one->prefix) && (name[len] != '\0') == one->has_parameter)
			return one->make(known, name + len);
	}
	return NULL;
}

const char *const *
source_claim_bases(const char *name)
{
	static const char *const name_alone[] = {"name", NULL};

	static const char *const none[] = {NULL};

	if (str_starts(name, NAME_MATCH))
		return none;
	return str_equal(name, FULL_NAME) ? name_alone : attribute_bases(name);
}

/* As agencies call it. */
static json_t *
full_name(const json_t *known, const char *parameter)
{
	(void)parameter;
	return json_incref(json_object_get(known, "name"));
}

static json_t *
age_over(const json_t *known, const char *years)
{
	struct date birth, today = date_of(clock_now_s());
	int n_years;

	if (!age_parse(years, &n_years) ||
	    !date_parse_birth(json_get_text(known, "birthdate"), &birth))
		return NULL;
	birth.year += n_years;
	return json_boolean(date_compare(&today, &birth) >= 0);
}

static json_t *
age_under(const json_t *known, const char *years)
{
	struct date birth, today = date_of(clock_now_s());
	int n_years;

	if (!age_parse(years, &n_years) ||
	    !date_parse_birth_first(json_get_text(known, "birthdate"), &birth))
		return NULL;
	birth.year += n_years;
	return json_boolean(date_compare(&today, &birth) < 0);
}

static bool
age_parse(const char *text, int *ret_years)
{
	int64_t years;

	if (*text == '0' || !str_to_i64(text, 1, AGE_MAX, &years))
		return false;
	*ret_years = (int)years;
	return true;
}

static json_t *
resident_of(const json_t *known, const char *region)
{
	const char *lives = json_get_text(known, "residence_region");
	size_t len = strlen(region);

	if (str_is_empty(lives))
		return NULL;
	return json_boolean(str_starts(lives, region) && (lives[len] == '\0' || lives[len] == '-'));
}

static json_t *
income_below(const json_t *known, const char *amount)
{
	int64_t limit, income;

	if (*amount == '0' || !str_to_i64(amount, 1, AMOUNT_MAX, &limit) ||
	    !json_get_i64(known, "household_income", &income) || income < 0)
		return NULL;
	return json_boolean(income < limit);
}

static json_t *
nationality_is(const json_t *known, const char *country)
{
	const json_t *one = json_object_get(known, "nationality");
	const json_t *many = json_object_get(known, "nationalities");

	if (one == NULL && many == NULL)
		return NULL;
	return json_boolean(json_has_text(one, country) || json_has_text(many, country));
}

static json_t *
document_valid(const json_t *known, const char *parameter)
{
	struct date expiry, today = date_of(clock_now_s());

	(void)parameter;
	if (!date_parse_day(json_get_text(known, "document_expiry"), &expiry))
		return NULL;
	return json_boolean(date_compare(&today, &expiry) <= 0);
}

static json_t *
has_disability(const json_t *known, const char *parameter)
{
	json_t *disability = json_object_get(known, "disability");

	(void)parameter;
	return json_is_boolean(disability) ? json_incref(disability) : NULL;
}

json_t *
source_answer(const json_t *known, const char *name, const json_t *values)
{
	/* What a register compared stands there under its whole name. */
	if (!str_starts(name, MATCH) || json_object_get(known, name) != NULL)
		return source_claim(known, name);
	return source_match(known, name, json_array_get(json_object_get(values, name), 0));
}

json_t *
source_match(const json_t *known, const char *name, const json_t *given)
{
	const char *attribute = str_starts(name, MATCH) ? name + strlen(MATCH) : name;
	char own[NUMBER_MAX_BYTES], brought[NUMBER_MAX_BYTES];
	size_t own_len, brought_len;

	if (given == NULL)
		return NULL;
	own_len = number_plain(attribute, json_get_text(known, attribute), own);
	brought_len = number_plain(attribute, json_string_value(given), brought);
	return json_boolean(
	    own_len > 0 && bytes_equal_secretly((struct bytes){(uint8_t *)own, own_len},
			       (struct bytes){(uint8_t *)brought, brought_len}));
}
