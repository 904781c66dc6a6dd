/* SPDX-License-Identifier: Apache-2.0
 *
 * A claim of what is known: as it stands, or a predicate made from it (age_over_NN after ISO/IEC
 * 18013-5), so that what it is made from can stay where it is.
 */
#include "sources/source.h"

#include "core/clock.h"
#include "records/attribute.h"
#include "sources/date.h"

#include <ctype.h>
#include <string.h>

#define AGE_MAX          120
#define AMOUNT_MAX       1000000000000
#define NUMBER_MAX_BYTES 256
#define MATCH            "number_matches:"

/* parameter: what stands behind the prefix. */
typedef json_t *maker(const json_t *known, const char *parameter);
static maker age_over, age_under, resident_of, income_below, nationality_is, document_valid,
    has_disability;

static const struct predicate {
	const char *prefix;
	bool has_parameter;
	maker *make;
} predicates[] = {
    {"age_over_", true, age_over},
    {"age_under_", true, age_under},
    {"resident_of:", true, resident_of},
    {"household_income_below:", true, income_below},
    {"nationality_is:", true, nationality_is},
    {"document_valid", false, document_valid},
    {"has_disability", false, has_disability},
};

static bool age_parse(const char *text, int *ret_years);
static size_t number_plain(const char *text, bool is_address, char plain[NUMBER_MAX_BYTES]);

json_t *
source_claim(const json_t *known, const char *name)
{
	json_t *value = json_object_get(known, name);

	if (value != NULL)
		return json_incref(value);
	for (size_t i = 0; i < sizeof(predicates) / sizeof(predicates[0]); i++) {
		const struct predicate *one = &predicates[i];
		size_t len = strlen(one->prefix);

		if (str_starts(name, one->prefix) && (name[len] != '\0') == one->has_parameter)
			return one->make(known, name + len);
	}
	return NULL;
}

const char *const *
source_claim_bases(const char *name)
{
	return attribute_bases(name);
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
	if (!str_starts(name, MATCH))
		return source_claim(known, name);
	return source_match(known, name, json_array_get(json_object_get(values, name), 0));
}

json_t *
source_match(const json_t *known, const char *name, const json_t *given)
{
	const char *attribute = str_starts(name, MATCH) ? name + strlen(MATCH) : name;
	bool is_address = str_equal(attribute, "email");
	char own[NUMBER_MAX_BYTES], brought[NUMBER_MAX_BYTES];
	size_t own_len, brought_len;

	if (given == NULL)
		return NULL;
	own_len = number_plain(json_get_text(known, attribute), is_address, own);
	brought_len = number_plain(json_string_value(given), is_address, brought);
	return json_boolean(
	    own_len > 0 && bytes_equal_secretly((struct bytes){(uint8_t *)own, own_len},
			       (struct bytes){(uint8_t *)brought, brought_len}));
}

/* However it is written.  0: nothing that could be compared; NULL is legal. */
static size_t
number_plain(const char *text, bool is_address, char plain[NUMBER_MAX_BYTES])
{
	size_t n = 0;

	if (text == NULL || strlen(text) > NUMBER_MAX_BYTES)
		return 0;
	for (; *text != '\0'; text++) {
		unsigned char c = (unsigned char)*text;

		if (is_address)
			plain[n++] = (char)tolower(c);
		else if (strchr(" -./", c) == NULL)
			plain[n++] = (char)toupper(c);
	}
	return n;
}
