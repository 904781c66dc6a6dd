/* SPDX-License-Identifier: Apache-2.0
 *
 * Where attributes come from, behind one struct: the built-in register (SQL), then registers
 * elsewhere (http_source.h).
 */
#ifndef SOURCES_SOURCE_H
#define SOURCES_SOURCE_H

#include "core/json.h"
#include "core/str.h"

struct task;
struct sql_rows;

enum life { LIFE_ACTIVE = 1, LIFE_DEAD, LIFE_BLOCKED };
const char *source_life_name(enum life life);          /* active dead blocked */
enum life source_life_of(const char *name);            /* blocked where it is none of them */
enum life source_life_worse(enum life a, enum life b); /* 0: nothing said */

struct source_entry {
	const char *register_key;
	enum life life;
	const char *origin; /* who vouches for somebody that is in no register of ours (the issuer
			       of another provider); NULL: a register does */
	const json_t
	    *claims; /* what is known, by OpenID Connect claim name (name, birthdate, address, …) */
	/* Of the names asked for alone, {name: {lang: the office}}; NULL: none. */
	const json_t *from; /* comes from that office */
	const json_t *away; /* that office cannot be reached now: neither known nor unknown */
};

/* What is wanted of a person, and no more: a register elsewhere is asked for these and learns of no
 * others. */
struct source_asking {
	const char *register_key;
	const char *const *names; /* claims that will leave, or be shown, NULL-ended; NULL: who it
				     is, and whether alive */
	const json_t *values; /* {name: [what it may be]}, of names that compare: number_matches:…;
				 or NULL */
	const struct sql_rows *row; /* source_register_row(), read ahead; NULL: it was not */
};
struct source {
	const char *name;
	/* Adds to what the sources before it know: *entry, NULL where none knows the person. */
	int (*find)(
	    struct task *task, const struct source_asking *asking, struct source_entry **entry);
	/* Leaves *ret_life as it is where the person is not known there.  Asked with every token,
	 * as a part of sql_read_together(): what it answers is in SQL. */
	int (*life)(struct task *task, const char *register_key, enum life *ret_life);
};
extern const struct source source_register;

/* The person's entry.  *ret_entry NULL: known nowhere.  Fails SOURCE_AWAY where only an office that
 * cannot be reached could tell who it is. */
int source_find(
    struct task *task, const struct source_asking *asking, struct source_entry **ret_entry);

/* What the built-in register has of the person: for source_asking.row, where it is read together
 * with what decides whether it may leave. */
int source_register_row(struct task *task, const char *register_key, struct sql_rows *ret_row);

/* Names of claims, none twice: what the built-in register has of the person, and what
 * registers elsewhere that can be asked about them give or compare; whether those have it nobody
 * asks.  No value, and no name in another script (name#km).  New reference. */
int source_names(struct task *task, const char *register_key, json_t **ret_names);

/* Whether a register elsewhere is asked for that claim: only then, when it is to leave, can it be
 * told whether it is known. */
bool source_is_elsewhere(const struct task *task, const char *name);

/* The worst that any source says of the person's life, attributes left alone; 0: known to none.
 * Reads SQL alone. */
int source_life(struct task *task, const char *register_key, enum life *ret_life);

/* Where registers elsewhere say who is alive: asks those whose word is older than settings
 * sources.life.  One that is away has said it last, and is no failure. */
int source_life_renew(struct task *task, const char *register_key);
bool source_life_is_elsewhere(const struct task *task);

/* A claim of what is known: its value as it stands, or a predicate made from others, by the
 * calendar day in UTC.  NULL: not known, cannot be told; an answer is given where it is certain.
 * New reference.
 *
 * age_over_NN, age_under_NN (NN 1 to 120), of birthdate: a birth year (or month) without day counts
 * from its last day for the one and from its first for the other, and 29 February from 1 March in
 * other years, so that nobody is made older, or younger, than they are: of who was born "2008" both
 * are false all year long.
 * resident_of:REGION, of residence_region (ISO 3166-2): KH-12 is in KH-12 and in KH.
 * household_income_below:AMOUNT, of household_income, a whole number: strictly below.
 * nationality_is:XX, of nationality or nationalities.
 * document_valid, of document_expiry (YYYY-MM-DD, none other): to the end of that day.
 * has_disability, of disability: true or false.
 * full_name is name by another name. */
json_t *source_claim(const json_t *known, const char *name);

/* number_matches:ATTRIBUTE: whether given is the person's; without regard to how it is written
 * (spaces, dots and dashes; capitals in a number; capitals in an email).  True or false and nothing
 * else: a number that is not known is like a wrong one.  given NULL: nothing was brought, and NULL
 * is answered. */
json_t *source_match(const json_t *known, const char *name, const json_t *given);

/* The answer of a register elsewhere, or source_match() of what values ({name: [value]}, or NULL)
 * bring for a match, else source_claim(). */
json_t *source_answer(const json_t *known, const char *name, const json_t *values);

/* What source_claim() makes such a claim from, NULL-ended; of one that is made from nothing: none.
 */
const char *const *source_claim_bases(const char *name);

/* For `dvara person apply` and the demo: creates or replaces.  short_name (a-z 0-9 -) may be NULL.
 * Fails INVALID_REQUEST, CONFLICT (the short name is another's). */
int source_register_apply(struct task *task, const char *register_key, const char *short_name,
    enum life life, const json_t *claims);
/* Somebody whom another provider (origin) knows and no register of ours: made, or their claims
 * replaced; who has died or is blocked stays so.  Fails CONFLICT where the key is another's. */
int source_register_enroll(
    struct task *task, const char *register_key, const char *origin, const json_t *claims);

/* Who of the register has that value of an attribute; *ret_register_key stays as it is where it is
 * nobody's, or several people's. */
#define SOURCE_ATTRIBUTES "personal_number phone_number email"
int source_register_by(
    struct task *task, const char *attribute, const char *value, const char **ret_register_key);

int source_register_key(struct task *task, const char *short_name_or_key,
    const char **ret_register_key); /* NOT_FOUND */
/* The personas of a demo; of real people there is no list, and no search but by a key. */
int source_register_list(
    struct task *task, json_t **ret_people); /* array of {short_name, name, life}, or register_key
						where there is no short name; at most 1000 */

#endif
