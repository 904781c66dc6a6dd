/* SPDX-License-Identifier: Apache-2.0
 *
 * Tables from CLDR 48, and the choice of a language.
 *
 * Numbers stay in Western digits in every language: people compare them with cards, phones and
 * what the help desk says.
 */
#include "pages/language.h"

#include "core/task.h"

#include <string.h>
#include <strings.h>

/* Not a literal: a compiler may keep equal literals of one program in one place. */
static const char code_en[] = "en";

const struct language languages[LANGUAGE_END_] = {
    [LANGUAGE_EN] = {code_en, "English", "ltr",
	{"January", "February", "March", "April", "May", "June", "July", "August", "September",
	    "October", "November", "December"},
	"D M Y", "D M"},
    [LANGUAGE_KM] = {"km", "ខ្មែរ", "ltr",
	{"មករា", "កុម្ភៈ", "មីនា", "មេសា", "ឧសភា", "មិថុនា", "កក្កដា", "សីហា", "កញ្ញា", "តុលា", "វិច្ឆិកា",
	    "ធ្នូ"},
	"ថ្ងៃទី D ខែM ឆ្នាំ Y", "ថ្ងៃទី D ខែM"},
    [LANGUAGE_LO] = {"lo", "ລາວ", "ltr",
	{"ມັງກອນ", "ກຸມພາ", "ມີນາ", "ເມສາ", "ພຶດສະພາ", "ມິຖຸນາ", "ກໍລະກົດ", "ສິງຫາ", "ກັນຍາ", "ຕຸລາ", "ພະຈິກ",
	    "ທັນວາ"},
	"ວັນທີ D M Y", "ວັນທີ D M"},
    [LANGUAGE_FR] = {"fr", "Français", "ltr",
	{"janvier", "février", "mars", "avril", "mai", "juin", "juillet", "août", "septembre",
	    "octobre", "novembre", "décembre"},
	"D M Y", "D M"},
    [LANGUAGE_AR] = {"ar", "العربية", "rtl",
	{"يناير", "فبراير", "مارس", "أبريل", "مايو", "يونيو", "يوليو", "أغسطس", "سبتمبر", "أكتوبر",
	    "نوفمبر", "ديسمبر"},
	"D M Y", "D M"},
};

enum language_id
language_of(const struct task *task)
{
	int found = task->language ? language_find(task->language, strlen(task->language)) : -1;

	return found < 0 ? LANGUAGE_EN : (enum language_id)found;
}

void
language_choose(struct task *task, enum language_id language)
{
	task->language = languages[language].code;
}

/* The very text of the table stands in the task only where it was chosen from it. */
bool
language_is_chosen(const struct task *task)
{
	for (int i = 0; i < LANGUAGE_END_; i++)
		if (task->language == languages[i].code)
			return true;
	return false;
}

int
language_find(const char *tag, size_t len)
{
	for (int i = 0; i < LANGUAGE_END_; i++) {
		size_t n = strlen(languages[i].code);

		if (len >= n && strncasecmp(tag, languages[i].code, n) == 0 &&
		    (len == n || tag[n] == '-' || tag[n] == '_'))
			return i;
	}
	return -1;
}

/* A weight in thousandths: "q=0.8"; absent: 1000; malformed: 0. */
static int
weight_of(const char *at, size_t len)
{
	const char *semicolon = memchr(at, ';', len);
	const char *end = at + len;
	int weight, digit = 100;

	if (!semicolon)
		return 1000;
	semicolon += 1 + strspn(semicolon + 1, " \t");
	if (end - semicolon < 3 || (*semicolon | 0x20) != 'q' || semicolon[1] != '=' ||
	    (semicolon[2] != '0' && semicolon[2] != '1'))
		return 0;
	weight = semicolon[2] == '1' ? 1000 : 0;
	if (weight == 1000 || end - semicolon < 4 || semicolon[3] != '.')
		return weight;
	for (const char *c = semicolon + 4; c < end && *c >= '0' && *c <= '9' && digit > 0; c++) {
		weight += (*c - '0') * digit;
		digit /= 10;
	}
	return weight;
}

int
language_accept(const char *header, char separator)
{
	int best = -1, best_weight = 0;
	const char separators[2] = {separator, '\0'};

	while (*header) {
		size_t len = strcspn(header, separators);
		const char *tag = header + strspn(header, " \t");

		if (tag < header + len) {
			size_t tag_len = strcspn(tag, " \t;,");
			size_t left = (size_t)(header + len - tag);
			int weight = weight_of(tag, left);
			int found = language_find(tag, tag_len < left ? tag_len : left);

			if (found >= 0 && weight > best_weight) {
				best = found;
				best_weight = weight;
			}
		}
		header += len;
		header += *header == separator;
	}
	return best;
}

static int
plural_arabic(int64_t n)
{
	int64_t hundred = n % 100;

	if (n <= 2)
		return (int)n;
	if (hundred >= 3 && hundred <= 10)
		return 3;
	return hundred >= 11 ? 4 : 5;
}

int
language_plural(enum language_id language, int64_t n)
{
	if (n < 0)
		n = 0;
	switch (language) {
	case LANGUAGE_EN: return n != 1;
	case LANGUAGE_FR: return n > 1;
	case LANGUAGE_AR: return plural_arabic(n);
	case LANGUAGE_KM:
	case LANGUAGE_LO:
	case LANGUAGE_END_: break;
	}
	return 0;
}
