/* SPDX-License-Identifier: Apache-2.0
 *
 * A claim of what is known: as it stands, or made from it (age_over_NN, after ISO/IEC 18013-5).
 */
#include "sources/source.h"

#include "core/clock.h"
#include "sources/date.h"

#include <string.h>

#define AGE_OVER "age_over_"
#define AGE_MAX  120

static json_t *age_over(const json_t *known, const char *years);

json_t *
source_claim(const json_t *known, const char *name)
{
	json_t *value = json_object_get(known, name);

	if (value != NULL)
		return json_incref(value);
	if (str_starts(name, AGE_OVER))
		return age_over(known, name + strlen(AGE_OVER));
	return NULL;
}

const char *const *
source_claim_bases(const char *name)
{
	static const char *const none[] = {NULL}, *const birthdate[] = {"birthdate", NULL};

	return str_starts(name, AGE_OVER) ? birthdate : none;
}

static json_t *
age_over(const json_t *known, const char *years)
{
	struct date birth, today = date_of(clock_now_s());
	int64_t n_years;

	if (*years == '0' || !str_to_i64(years, 1, AGE_MAX, &n_years) ||
	    !date_parse_birth(json_get_text(known, "birthdate"), &birth))
		return NULL;
	birth.year += (int)n_years;
	return json_boolean(date_compare(&today, &birth) >= 0);
}
