/* SPDX-License-Identifier: Apache-2.0
 *
 * Claims in words: OpenID Connect Core section 5.1, full_name, the predicates of
 * sources/claim.c, and what registers of the kind this gateway serves hold.
 */
#include "pages/country.h"
#include "pages/date.h"
#include "pages/language.h"
#include "pages/page.h"

#include "core/buf.h"
#include "core/str.h"
#include "core/task.h"

#include <assert.h>
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#define VALUE_MAX_BYTES 4096

static const struct claim_label {
	const char *claim, *label;
} labels[] = {
    {"address", N_("Address")},
    {"age_in_years", N_("Age")},
    {"birth_family_name", N_("Family name at birth")},
    {"birthdate", N_("Date of birth")},
    {"birthplace", N_("Place of birth")},
    {"city", N_("City")},
    {"country", N_("Country")},
    {"disability", N_("Disability")},
    {"district", N_("District")},
    {"document_expiry", N_("Identity document valid until")},
    {"document_number", N_("Number of the identity document")},
    {"document_valid", N_("Identity document is valid")},
    {"email", N_("Email address")},
    {"email_verified", N_("Email address was checked")},
    {"family_name", N_("Family name")},
    {"full_name", N_("Full name")},
    {"gender", N_("Sex")},
    {"given_name", N_("Given name")},
    {"has_disability", N_("Has a recognised disability")},
    {"household_income", N_("Income of the household")},
    {"household_size", N_("People in the household")},
    {"locale", N_("Language")},
    {"middle_name", N_("Middle name")},
    {"name", N_("Full name")},
    {"nationalities", N_("Nationality")},
    {"nationality", N_("Nationality")},
    {"nickname", N_("Nickname")},
    {"personal_number", N_("Personal number")},
    {"phone_number", N_("Phone number")},
    {"phone_number_verified", N_("Phone number was checked")},
    {"picture", N_("Photo")},
    {"place_of_birth", N_("Place of birth")},
    {"portrait", N_("Photo")},
    {"postal_code", N_("Postal code")},
    {"preferred_username", N_("User name")},
    {"profile", N_("Profile page")},
    {"province", N_("Province")},
    {"residence_region", N_("Region of residence")},
    {"resident_of", N_("Place of residence")},
    {"sex", N_("Sex")},
    {"sub", N_("A number that only this service uses for you")},
    {"updated_at", N_("Last change of your details")},
    {"village", N_("Village")},
    {"website", N_("Website")},
    {"zoneinfo", N_("Time zone")},
};

#define DIGITS   "0123456789"
#define CAPITALS "ABCDEFGHIJKLMNOPQRSTUVWXYZ"

/* Digits in threes, from the end, no line break between them: read alike in every language. */
static const char *
amount(struct task *task, const char *digits)
{
	struct buf buf;

	if (strlen(digits) < 5 || digits[strspn(digits, DIGITS)])
		return digits;
	buf_open(&buf, task, VALUE_MAX_BYTES);
	for (size_t left = strlen(digits); left > 0; left--) {
		buf_char_add(&buf, digits[strlen(digits) - left]);
		buf_text_add(&buf, left > 1 && left % 3 == 1 ? "\u00a0" : "");
	}
	return buf_text(&buf);
}

static const char *
place(struct task *task, const char *code)
{
	return country_name(task, code);
}

/* Claims whose name ends with what is asked: age_over_18. */
static const struct asked_label {
	const char *prefix, *label;
	const char *letters; /* of what is asked, */
	const char *sample;  /* or what stands for it in a catalogue; NULL: is of those letters */
	const char *(*words)(struct task *task, const char *asked);
} asked_labels[] = {
    {"age_over_", N_("At least %{asked} years old"), DIGITS, "NN", amount},
    {"age_under_", N_("Less than %{asked} years old"), DIGITS, "NN", amount},
    {"household_income_below:", N_("Income of the household below %{asked}"), DIGITS, "AMOUNT",
	amount},
    {"nationality_is:", N_("Nationality: %{asked}"), CAPITALS, NULL, place},
    {"resident_of:", N_("Lives in the region %{asked}"), CAPITALS DIGITS "-", NULL, place},
};
#define N_ASKED_LABELS (sizeof(asked_labels) / sizeof(*asked_labels))

/* number_matches:X, name_matches:X; NULL: neither. */
static const char *
label_matched(struct task *task, const char *claim)
{
	const char *colon = strchr(claim, ':');

	if (colon == NULL ||
	    (!str_starts(claim, "number_matches:") && !str_starts(claim, "name_matches:")))
		return NULL;
	return page_text_with(task, N_("What the service has is right: %{attribute}"),
	    (const char *const[]){page_claim_label(task, colon + 1)});
}

/* NULL: none of them. */
static const char *
label_asked(struct task *task, const char *claim)
{
	for (size_t i = 0; i < N_ASKED_LABELS; i++) {
		const struct asked_label *one = &asked_labels[i];
		const char *asked;

		if (!str_starts(claim, one->prefix))
			continue;
		asked = claim + strlen(one->prefix);
		if (!str_equal(asked, one->sample) &&
		    (*asked == '\0' || strspn(asked, one->letters) != strlen(asked)))
			continue;
		return page_text_with(
		    task, one->label, (const char *const[]){one->words(task, asked)});
	}
	return label_matched(task, claim);
}

static int
label_compare(const void *claim, const void *label)
{
	return strcmp(claim, ((const struct claim_label *)label)->claim);
}

/* What nobody gave a label: its name as words, never the key itself. */
static const char *
label_made(struct task *task, const char *claim)
{
	const char *slash = strrchr(claim, '/');
	char *words = task_dup(task, slash ? slash + 1 : claim);

	for (char *c = words; *c; c++)
		if (*c == '_' || *c == '-' || *c == ':')
			*c = ' ';
	*words = (char)toupper((unsigned char)*words);
	return words;
}

const char *
page_claim_label(struct task *task, const char *claim)
{
	const struct claim_label *found;
	const char *asked;

	assert(claim);
	asked = label_asked(task, claim);
	if (asked)
		return asked;
	found = bsearch(
	    claim, labels, sizeof(labels) / sizeof(*labels), sizeof(*labels), label_compare);
	return found ? page_text(task, found->label) : label_made(task, claim);
}

json_t *
page_claim_labels(struct task *task, const char *claim)
{
	const char *language = task->language;
	json_t *all = json_object();

	for (size_t i = 0; i < LANGUAGE_END_; i++) {
		task->language = languages[i].code;
		json_set_text(all, languages[i].code, page_claim_label(task, claim));
	}
	task->language = language;
	return all;
}

/* The words of an address (section 5.1.1) or of any list or object, parted by commas. */
static const char *
value_joined(struct task *task, const json_t *value)
{
	static const char *const address[] = {
	    "street_address", "locality", "region", "postal_code", "country", NULL};
	struct buf buf;
	const char *formatted = json_get_text(value, "formatted");

	if (formatted)
		return formatted;
	buf_open(&buf, task, VALUE_MAX_BYTES);
	for (size_t i = 0; i < json_array_size(value); i++) {
		buf_text_add(&buf, i > 0 ? ", " : "");
		buf_text_add(&buf, page_claim_value(task, "", json_array_get(value, i)));
	}
	for (const char *const *part = address; json_is_object(value) && *part; part++) {
		const char *text = json_get_text(value, *part);

		if (text) {
			buf_text_add(&buf, buf.len > 0 ? ", " : "");
			buf_text_add(&buf, text);
		}
	}
	return buf_text(&buf) ? buf_text(&buf) : "…";
}

static const char *
value_of_text(struct task *task, const char *claim, const char *text)
{
	if (strcmp(claim, "birthdate") == 0 || strcmp(claim, "document_expiry") == 0)
		return date_of_text(task, text);
	if (strcmp(claim, "picture") == 0 || strcmp(claim, "portrait") == 0)
		return page_text(task, "Your photo");
	if (strcmp(claim, "gender") == 0 || strcmp(claim, "sex") == 0) {
		if (strcmp(text, "female") == 0)
			return page_text(task, "Female");
		if (strcmp(text, "male") == 0)
			return page_text(task, "Male");
	}
	if (strcmp(claim, "nationality") == 0)
		return country_name(task, text);
	return text;
}

const char *
page_claim_value(struct task *task, const char *claim, const json_t *value)
{
	if (json_is_true(value))
		return page_text(task, "Yes");
	if (json_is_false(value))
		return page_text(task, "No");
	if (json_is_integer(value) && strcmp(claim, "updated_at") == 0)
		return page_date(task, json_integer_value(value));
	if (json_is_integer(value) && strcmp(claim, "household_income") == 0)
		return amount(task, task_number(task, json_integer_value(value)));
	if (json_is_integer(value))
		return task_number(task, json_integer_value(value));
	if (json_is_string(value))
		return value_of_text(task, claim, json_string_value(value));
	if (json_is_real(value))
		return task_printf(task, "%g", json_real_value(value));
	return value_joined(task, value);
}
