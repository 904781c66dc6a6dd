/* SPDX-License-Identifier: Apache-2.0
 *
 * Languages, dates, claims and texts in the person's language.
 */
#include "unit/unit.h"

#include "pages/date.h"
#include "sample.h"

static void
tags_are_found(void **state)
{
	(void)state;
	assert_int_equal(language_find("km", 2), LANGUAGE_KM);
	assert_int_equal(language_find("KM-kh", 5), LANGUAGE_KM);
	assert_int_equal(language_find("fr_CA", 5), LANGUAGE_FR);
	assert_int_equal(language_find("kmr", 3), -1);
	assert_int_equal(language_find("k", 1), -1);
	assert_int_equal(language_find("", 0), -1);
}

static void
accept_language_is_weighed(void **state)
{
	static const struct {
		const char *header;
		int language;
	} cases[] = {
	    {"", -1},
	    {"de", -1},
	    {"km", LANGUAGE_KM},
	    {"de, fr;q=0.5, km;q=0.8", LANGUAGE_KM},
	    {"fr-CH, fr;q=0.9, en;q=0.8, de;q=0.7, *;q=0.5", LANGUAGE_FR},
	    {"lo;q=0.5,ar;q=0.5", LANGUAGE_LO},
	    {"ar;q=0, lo;q=0.001", LANGUAGE_LO},
	    {"ar;q=0", -1},
	    {"ar;q=1.000 , lo", LANGUAGE_AR},
	    {"fr ; q=0.3, lo;q=0.25", LANGUAGE_FR},
	    {"ar;q=2, lo;q=0.1", LANGUAGE_LO},
	    {"ar;q=, lo;q=0.1", LANGUAGE_LO},
	    {"ar;x=1;q=1", -1},
	    {",,;;,=,q=1;,km", LANGUAGE_KM},
	    {"km;", -1},
	    {";q=1", -1},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++)
		if (language_accept(cases[i].header, ',') != cases[i].language)
			fail_msg("\"%s\" gives %d", cases[i].header,
			    language_accept(cases[i].header, ','));
	assert_int_equal(language_accept("de lo-LA km", ' '), LANGUAGE_LO);
}

static void
plurals_follow_cldr(void **state)
{
	static const int arabic[][2] = {{0, 0}, {1, 1}, {2, 2}, {3, 3}, {10, 3}, {11, 4}, {99, 4},
	    {100, 5}, {102, 5}, {103, 3}, {111, 4}};

	(void)state;
	for (size_t i = 0; i < sizeof(arabic) / sizeof(*arabic); i++)
		assert_int_equal(language_plural(LANGUAGE_AR, arabic[i][0]), arabic[i][1]);
	assert_int_equal(language_plural(LANGUAGE_EN, 0), 1);
	assert_int_equal(language_plural(LANGUAGE_EN, 1), 0);
	assert_int_equal(language_plural(LANGUAGE_FR, 0), 0);
	assert_int_equal(language_plural(LANGUAGE_FR, 2), 1);
	assert_int_equal(language_plural(LANGUAGE_KM, 5), 0);
	assert_int_equal(language_plural(LANGUAGE_AR, -1), 0);
}

static const char *
day_in(struct task *task, const char *language, const char *text)
{
	task->language = language;
	return date_of_text(task, text);
}

static void
dates_read_as_people_write_them(void **state)
{
	struct task *task = *state;

	assert_string_equal(day_in(task, "en", "1961-05-04"), "4 May 1961");
	assert_string_equal(day_in(task, "fr", "1961-08-31"), "31 août 1961");
	assert_string_equal(day_in(task, "km", "2026-11-21"), "ថ្ងៃទី 21 ខែវិច្ឆិកា ឆ្នាំ 2026");
	assert_string_equal(day_in(task, "lo", "2026-11-21"), "ວັນທີ 21 ພະຈິກ 2026");
	assert_string_equal(day_in(task, "ar", "2026-11-21"), "21 نوفمبر 2026");
	assert_string_equal(day_in(task, "en", "0000-05-04"), "4 May");
	assert_string_equal(day_in(task, "km", "0000-05-04"), "ថ្ងៃទី 4 ខែឧសភា");
	assert_string_equal(day_in(task, "en", "1961"), "1961");
	assert_string_equal(day_in(task, "en", "0000"), "");
	assert_string_equal(day_in(task, "en", "1961-13-04"), "1961-13-04");
	assert_string_equal(day_in(task, "en", "1961-05-00"), "1961-05-00");
	assert_string_equal(day_in(task, "en", "1961-05"), "1961-05");
	assert_string_equal(day_in(task, "en", "yesterday!"), "yesterday!");
	assert_string_equal(day_in(task, "en", ""), "");
	task->language = "en";
	assert_string_equal(page_date(task, 1826668800), "20 November 2027");
	assert_string_equal(page_date(task, -1), "31 December 1969");
}

static const char *
value(struct task *task, const char *claim, const char *json)
{
	json_t *parsed = json_loads(json, JSON_DECODE_ANY, NULL);

	assert_non_null(parsed);
	return page_claim_value(task, claim, json_keep(task, parsed));
}

static void
claims_have_words(void **state)
{
	struct task *task = *state;
	json_t *labels;

	task->language = "en";
	assert_string_equal(page_claim_label(task, "full_name"), "Full name");
	assert_string_equal(page_claim_label(task, "zoneinfo"), "Time zone");
	assert_string_equal(page_claim_label(task, "address"), "Address");
	assert_string_equal(page_claim_label(task, "age_over_18"), "At least 18 years old");
	assert_string_equal(page_claim_label(task, "age_over_x"), "Age over x");
	assert_string_equal(page_claim_label(task, "age_over_NN"), "At least NN years old");
	labels = json_keep(task, page_claim_labels(task, "birthdate"));
	assert_int_equal(json_object_size(labels), 5);
	assert_string_equal(json_get_text(labels, "en"), "Date of birth");
	assert_string_equal(json_get_text(labels, "fr"), "Date de naissance");
	assert_string_equal(task->language, "en");
	assert_string_equal(page_claim_label(task, "age_under_30"), "Less than 30 years old");
	assert_string_equal(
	    page_claim_label(task, "resident_of:KH-12"), "Lives in the region KH-12");
	assert_string_equal(page_claim_label(task, "nationality_is:KH"), "Nationality: Cambodia");
	assert_string_equal(page_claim_label(task, "nationality_is:QQ"), "Nationality: QQ");
	assert_string_equal(value(task, "nationality", "\"LA\""), "Laos");
	assert_string_equal(page_claim_label(task, "household_income_below:5000"),
	    "Income of the household below 5000");
	assert_string_equal(page_claim_label(task, "household_income_below:1400000"),
	    "Income of the household below 1\u00a0400\u00a0000");
	assert_string_equal(page_claim_label(task, "number_matches:document_number"),
	    "What the service has is right: Number of the identity document");
	assert_string_equal(page_claim_label(task, "name_matches:given_name"),
	    "What the service has is right: Given name");
	assert_string_equal(
	    page_claim_label(task, "has_disability"), "Has a recognised disability");
	assert_string_equal(page_claim_label(task, "https://x.test/land_title"), "Land title");
	assert_string_equal(page_claim_label(task, ""), "");
	assert_string_equal(value(task, "age_over_18", "true"), "Yes");
	assert_string_equal(value(task, "email_verified", "false"), "No");
	assert_string_equal(value(task, "birthdate", "\"1990-05-04\""), "4 May 1990");
	assert_string_equal(value(task, "updated_at", "1826668800"), "20 November 2027");
	assert_string_equal(value(task, "household_size", "4"), "4");
	assert_string_equal(value(task, "gender", "\"female\""), "Female");
	assert_string_equal(value(task, "gender", "\"other\""), "other");
	assert_string_equal(value(task, "picture", "\"https://x.test/p.jpg\""), "Your photo");
	assert_string_equal(value(task, "nationalities", "[\"KH\", \"FR\"]"), "KH, FR");
	assert_string_equal(
	    value(task, "address", "{\"formatted\": \"A\\nB\", \"country\": \"KH\"}"), "A\nB");
	assert_string_equal(
	    value(task, "address",
		"{\"country\": \"KH\", \"locality\": \"Phnom Penh\", \"x\": \"y\"}"),
	    "Phnom Penh, KH");
	assert_string_equal(value(task, "address", "{}"), "");
	assert_string_equal(value(task, "x", "null"), "");
	assert_string_equal(value(task, "x", "1.5"), "1.5");
	task->language = "fr";
	assert_string_equal(page_claim_label(task, "age_over_18"), "Avoir au moins 18 ans");
	assert_string_equal(value(task, "age_over_18", "true"), "Oui");
}

static void
standard_claims_have_labels_in_all_languages(void **state)
{
	/* OpenID Connect Core section 5.1 */
	static const char *const claims[] = {"sub", "name", "given_name", "family_name",
	    "middle_name", "nickname", "preferred_username", "profile", "picture", "website",
	    "email", "email_verified", "gender", "birthdate", "zoneinfo", "locale", "phone_number",
	    "phone_number_verified", "address", "updated_at", "full_name", "age_over_21", NULL};
	struct task *task = *state;

	for (const char *const *claim = claims; *claim; claim++) {
		const char *english;

		task->language = "en";
		english = page_claim_label(task, *claim);
		assert_null(strchr(english, '_'));
		task->language = "km";
		assert_string_not_equal(page_claim_label(task, *claim), english);
	}
}

static void
picking_falls_back(void **state)
{
	struct task *task = *state;
	json_t *both = json_keep(task, json_pack("{s:s, s:s}", "en", "E", "km", "K"));
	json_t *other = json_keep(task, json_pack("{s:i, s:s}", "de", 1, "it", "I"));

	task->language = "km";
	assert_string_equal(page_pick(task, both), "K");
	task->language = "lo";
	assert_string_equal(page_pick(task, both), "E");
	assert_string_equal(page_pick(task, other), "I");
	assert_null(page_pick(task, NULL));
	assert_null(page_pick(task, json_keep(task, json_object())));
}

static void
services_have_names(void **state)
{
	struct task *task = *state;
	json_t *names = json_keep(
	    task, json_pack("{s:{s:s, s:s}}", "sim", "en", "SIM cards", "fr", "Cartes SIM"));

	task->language = "fr";
	assert_string_equal(page_service_name(task, "sim"), "sim");
	page_service_names(names);
	assert_string_equal(page_service_name(task, "sim"), "Cartes SIM");
	assert_string_equal(page_service_name(task, "welfare"), "welfare");
}

static void
unknown_texts_stay_english(void **state)
{
	struct task *task = *state;

	task->language = "km";
	assert_string_equal(page_text(task, "Nobody translated this"), "Nobody translated this");
	assert_string_equal(
	    page_text_with(task, "Nobody %{a} this %{b}", (const char *const[]){"1", "2"}),
	    "Nobody 1 this 2");
	assert_string_not_equal(page_text(task, "Yes"), "Yes");
}

/* Khmer, Lao and Arabic texts are in their own script, and in no other of the kind. */
static bool
has_script(const char *text, unsigned first, unsigned last)
{
	for (const unsigned char *c = (const unsigned char *)text; *c; c++) {
		unsigned code = 0;

		if ((*c & 0xf0) == 0xe0)
			code = (unsigned)(*c & 0xf) << 12 | (c[1] & 0x3fu) << 6 | (c[2] & 0x3fu);
		else if ((*c & 0xe0) == 0xc0)
			code = (unsigned)(*c & 0x1f) << 6 | (c[1] & 0x3fu);
		if (code >= first && code <= last)
			return true;
	}
	return false;
}

static void
catalogues_are_in_their_scripts(void **state)
{
	static const struct {
		enum language_id language;
		unsigned first, last;
	} scripts[] = {{LANGUAGE_KM, 0x1780, 0x17ff}, {LANGUAGE_LO, 0x0e80, 0x0eff},
	    {LANGUAGE_AR, 0x0600, 0x06ff}};

	(void)state;
	assert_in_range(catalogue_n, 150, 2000);
	for (size_t i = 0; i < catalogue_n; i++) {
		for (size_t s = 0; s < sizeof(scripts) / sizeof(*scripts); s++) {
			const char *text = catalogue[i].forms[scripts[s].language][0];

			if (!has_script(text, scripts[s].first, scripts[s].last))
				fail_msg("%s: %s", languages[scripts[s].language].code, text);
			for (size_t o = 0; o < sizeof(scripts) / sizeof(*scripts); o++)
				if (o != s && has_script(text, scripts[o].first, scripts[o].last))
					fail_msg(
					    "%s: %s", languages[scripts[s].language].code, text);
			/* Devanagari to Thai, Tibetan to Myanmar. */
			assert_false(has_script(text, 0x0900, 0x0e7f));
			assert_false(has_script(text, 0x0f00, 0x109f));
		}
	}
}

/* More letters of Khmer or Lao in a row than the longest word has lack their zero width spaces. */
static void
long_runs_may_break(void **state)
{
	(void)state;
	for (size_t i = 0; i < catalogue_n; i++) {
		for (int l = LANGUAGE_KM; l <= LANGUAGE_LO; l++) {
			size_t run = 0;

			for (const unsigned char *c =
				 (const unsigned char *)catalogue[i].forms[l][0];
			     *c; c++) {
				bool is_letter = *c == 0xe1 || (*c == 0xe0 && c[1] >= 0xba);

				if (*c < 0x80 || *c == 0xe2)
					run = 0;
				else if (is_letter && ++run > 24)
					fail_msg("run po/breaks.mjs: %s", catalogue[i].forms[l][0]);
			}
		}
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(tags_are_found),
	    cmocka_unit_test(accept_language_is_weighed),
	    cmocka_unit_test(plurals_follow_cldr),
	    task_test(dates_read_as_people_write_them),
	    task_test(claims_have_words),
	    task_test(standard_claims_have_labels_in_all_languages),
	    task_test(picking_falls_back),
	    task_test(services_have_names),
	    task_test(unknown_texts_stay_english),
	    cmocka_unit_test(catalogues_are_in_their_scripts),
	    cmocka_unit_test(long_runs_may_break),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
