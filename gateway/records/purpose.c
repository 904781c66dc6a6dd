/* SPDX-License-Identifier: Apache-2.0
 *
 * What is asked of a purpose (see purpose.h).  They are made by client_purpose.c.
 */
#include "records/purpose.h"

#include "core/str.h"

static const char *const bases[] = {
    [BASIS_CONSENT] = "consent",
    [BASIS_LEGAL_DUTY] = "legal_duty",
    [BASIS_PUBLIC_TASK] = "public_task",
};
static const char *const modes[] = {[ACCESS_ONCE] = "once", [ACCESS_UNTIL] = "until"};

bool
purpose_stands(const struct purpose *purpose, int64_t now_s)
{
	return !purpose->is_suspended && (!purpose->is_registered || now_s < purpose->until_s);
}

const struct purpose_claim *
purpose_claim(const struct purpose *purpose, const char *name)
{
	for (size_t i = 0; i < purpose->n_claims; i++)
		if (str_equal(purpose->claims[i].name, name))
			return &purpose->claims[i];
	return NULL;
}

const char *
purpose_basis_name(enum basis basis)
{
	return bases[basis];
}

const char *
purpose_mode_name(enum access_mode mode)
{
	return modes[mode];
}

enum basis
purpose_basis_of(const char *name)
{
	for (enum basis basis = BASIS_CONSENT; basis <= BASIS_PUBLIC_TASK; basis++)
		if (str_equal(bases[basis], name))
			return basis;
	return 0;
}

enum access_mode
purpose_mode_of(const char *name)
{
	for (enum access_mode mode = ACCESS_ONCE; mode <= ACCESS_UNTIL; mode++)
		if (str_equal(modes[mode], name))
			return mode;
	return 0;
}
