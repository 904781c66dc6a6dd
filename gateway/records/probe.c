/* SPDX-License-Identifier: Apache-2.0
 *
 * Thresholds that sectors asked about people (see probe.h).
 */
#include "records/probe.h"

#include "core/clock.h"
#include "core/task.h"
#include "jose/digest.h"
#include "records/number.h"
#include "records/pairwise.h"
#include "store/sql.h"

#include <string.h>

#define YEAR_S (365 * 24 * 3600LL)

static const struct {
	const char *prefix, *kind;
} kinds[] = {
    {"age_over_", "age"},
    {"age_under_", "age"},
    {"household_income_below:", "income"},
    {"number_matches:", PROBE_NUMBER},
    {"name_matches:", PROBE_NUMBER},
};

struct threshold {
	const char *kind, *what;
};

static size_t asked_of(
    struct task *task, const struct probe *probe, struct threshold **ret_thresholds);
static const char *number_of(struct task *task, const struct probe *probe, const char *name);
static struct sql_statement before_statement(struct task *task, const struct probe *probe);
static int thresholds_check(struct task *task, const struct sql_rows *before,
    const struct threshold *asked, size_t n_asked);
static bool is_before(const struct sql_rows *before, const struct threshold *threshold);

const char *
probe_kind(const char *name, const char **ret_threshold)
{
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		if (!str_starts(name, kinds[i].prefix))
			continue;
		*ret_threshold = name + strlen(kinds[i].prefix);
		return kinds[i].kind;
	}
	return NULL;
}

int
probe_check(struct task *task, const struct probe *probe)
{
	struct threshold *asked;
	size_t n_asked = asked_of(task, probe, &asked);
	struct sql_rows before;
	int r;

	if (n_asked == 0)
		return 0;
	r = sql_read(task, before_statement(task, probe), &before);
	return r < 0 ? r : thresholds_check(task, &before, asked, n_asked);
}

int
probe_filter(struct task *task, const struct probe *probe, json_t *claims)
{
	const char *const *name = probe->names;

	for (; name != NULL && *name != NULL; name++) {
		struct probe one = *probe;
		int r;

		one.names = (const char *[]){*name, NULL};
		r = probe_check(task, &one);
		if (r == FORBIDDEN) {
			fault_clear(task);
			json_object_del(claims, *name);
		} else if (r < 0) {
			return r;
		}
	}
	return 0;
}

int
probe_add(struct sql_tx *tx, const struct probe *probe)
{
	struct task *task = sql_task(tx);
	struct threshold *asked;
	size_t n_asked = asked_of(task, probe, &asked);
	struct sql_rows before;
	int r;

	if (n_asked == 0)
		return 0;
	r = sql_run(tx, before_statement(task, probe), &before);
	if (r == 0)
		r = thresholds_check(task, &before, asked, n_asked);
	for (size_t i = 0; r == 0 && i < n_asked; i++)
		r = sql_run(tx,
		    SQL("INSERT INTO probe (person_id, client_id, kind, threshold, at_s)"
			" VALUES (?1, ?2, ?3, ?4, ?5) ON CONFLICT (person_id, client_id, kind,"
			" threshold) DO UPDATE SET at_s = excluded.at_s",
			SQL_TEXT(probe->person_id), SQL_TEXT(probe->sector),
			SQL_TEXT(asked[i].kind), SQL_TEXT(asked[i].what), SQL_INT(clock_now_s())),
		    NULL);
	return r;
}

/* Each once: age_over_18 and age_under_18 say the same. */
static size_t
asked_of(struct task *task, const struct probe *probe, struct threshold **ret_thresholds)
{
	const char *const *name = probe->names;
	struct threshold *asked = task_new_n(task, struct threshold, names_count(name) + 1);
	size_t n = 0;

	for (; name != NULL && *name != NULL; name++) {
		struct threshold one = {0};
		size_t i = 0;

		one.kind = probe_kind(*name, &one.what);
		if (one.kind == NULL)
			continue;
		if (str_equal(one.kind, PROBE_NUMBER))
			one = (struct threshold){*name, number_of(task, probe, *name)};
		while (i < n &&
		       !(str_equal(asked[i].kind, one.kind) && str_equal(asked[i].what, one.what)))
			i++;
		asked[i] = one;
		n += i == n;
	}
	*ret_thresholds = asked;
	return n;
}

/* Of a number that was held against the person's own only what nobody can read back. */
static const char *
number_of(struct task *task, const struct probe *probe, const char *name)
{
	const json_t *values = json_object_get(probe->values, name);
	const char *attribute = strchr(name, ':') + 1;
	uint8_t key[DIGEST_BYTES], mac[DIGEST_BYTES];
	char plain[NUMBER_MAX_BYTES];
	size_t len = number_plain(attribute, json_string_value(json_array_get(values, 0)), plain);
	const char *tried =
	    task_printf(task, "%s %s %.*s", name, probe->person_id, (int)len, plain);

	pairwise_derive("probe", key);
	digest_hmac((struct bytes){key, sizeof(key)}, BYTES_OF(tried), mac);
	return b64u_encode(task, (struct bytes){mac, sizeof(mac)});
}

static struct sql_statement
before_statement(struct task *task, const struct probe *probe)
{
	struct sql_value *values = task_new_n(task, struct sql_value, 3);

	values[0] = SQL_TEXT(probe->person_id);
	values[1] = SQL_TEXT(probe->sector);
	values[2] = SQL_INT(clock_now_s() - YEAR_S);
	return (struct sql_statement){
	    .text = "SELECT kind, threshold FROM probe WHERE person_id = ?1 AND client_id = ?2"
		    " AND at_s > ?3",
	    .values = values,
	    .n_values = 3,
	};
}

static int
thresholds_check(
    struct task *task, const struct sql_rows *before, const struct threshold *asked, size_t n_asked)
{
	for (size_t i = 0; i < n_asked; i++) {
		size_t n = 0;

		if (is_before(before, &asked[i]))
			continue;
		for (size_t k = 0; k < before->n_rows; k++)
			n += str_equal(sql_text(before, k, 0), asked[i].kind);
		for (size_t k = 0; k <= i; k++)
			n += str_equal(asked[k].kind, asked[i].kind) &&
			     !is_before(before, &asked[k]);
		if (n > PROBES_A_YEAR)
			return fail(task, FORBIDDEN,
			    "%d different thresholds (%s) of this person were asked within a year",
			    PROBES_A_YEAR, asked[i].kind);
	}
	return 0;
}

static bool
is_before(const struct sql_rows *before, const struct threshold *threshold)
{
	for (size_t i = 0; i < before->n_rows; i++)
		if (str_equal(sql_text(before, i, 0), threshold->kind) &&
		    str_equal(sql_text(before, i, 1), threshold->what))
			return true;
	return false;
}
