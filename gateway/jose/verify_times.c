/* SPDX-License-Identifier: Apache-2.0
 *
 * exp, nbf and iat (RFC 7519 section 4.1).  They must be whole numbers from 0 to 2^53 wherever they
 * stand, looked at or not: 1e300, "123" or -1 is nobody's clock.
 */
#include "jose/verify.h"

#include "core/clock.h"
#include "core/task.h"

#define TIME_MAX_S ((int64_t)1 << 53)

struct times {
	int64_t exp_s, nbf_s, iat_s;
	bool has_exp, has_nbf, has_iat;
};

static int time_read(
    struct task *task, const json_t *claims, const char *name, bool *ret_has, int64_t *ret_time_s);
static int exp_check(struct task *task, const struct times *times, const struct jws_expect *expect);
static int nbf_check(struct task *task, const struct times *times, const struct jws_expect *expect);
static int iat_check(struct task *task, const struct times *times, const struct jws_expect *expect);

int
jws_check_times(struct task *task, const json_t *claims, const struct jws_expect *expect)
{
	struct times times = {0};
	int r;

	if ((r = time_read(task, claims, "exp", &times.has_exp, &times.exp_s)) < 0 ||
	    (r = time_read(task, claims, "nbf", &times.has_nbf, &times.nbf_s)) < 0 ||
	    (r = time_read(task, claims, "iat", &times.has_iat, &times.iat_s)) < 0 ||
	    (r = exp_check(task, &times, expect)) < 0 || (r = nbf_check(task, &times, expect)) < 0)
		return r;
	return iat_check(task, &times, expect);
}

static int
time_read(
    struct task *task, const json_t *claims, const char *name, bool *ret_has, int64_t *ret_time_s)
{
	const json_t *claim = json_object_get(claims, name);

	if (claim == NULL)
		return 0;
	if (!json_is_integer(claim) || json_integer_value(claim) < 0 ||
	    json_integer_value(claim) > TIME_MAX_S)
		return fail(task, INVALID_TOKEN, "JWS: %s is not a time", name);
	*ret_has = true;
	*ret_time_s = json_integer_value(claim);
	return 0;
}

static int
exp_check(struct task *task, const struct times *times, const struct jws_expect *expect)
{
	int64_t now_s = clock_now_s();

	if (!times->has_exp)
		return expect->needs_exp ? fail(task, INVALID_TOKEN, "JWS: no exp") : 0;
	if (times->exp_s + JWS_SKEW_S <= now_s)
		return fail(task, INVALID_TOKEN, "JWS: expired");
	if (expect->max_life_s > 0 && times->exp_s > now_s + expect->max_life_s + JWS_SKEW_S)
		return fail(task, INVALID_TOKEN, "JWS: exp is too far ahead");
	return 0;
}

static int
nbf_check(struct task *task, const struct times *times, const struct jws_expect *expect)
{
	int64_t now_s = clock_now_s();

	if (!times->has_nbf)
		return expect->needs_nbf || expect->max_nbf_age_s > 0
			   ? fail(task, INVALID_TOKEN, "JWS: no nbf")
			   : 0;
	if (times->nbf_s >= now_s + JWS_AHEAD_S)
		return fail(task, INVALID_TOKEN, "JWS: nbf is ahead");
	if (expect->max_nbf_age_s > 0 && times->nbf_s + expect->max_nbf_age_s + JWS_SKEW_S < now_s)
		return fail(task, INVALID_TOKEN, "JWS: nbf is too long ago");
	return 0;
}

static int
iat_check(struct task *task, const struct times *times, const struct jws_expect *expect)
{
	int64_t now_s = clock_now_s();

	if (!times->has_iat)
		return expect->needs_iat || expect->max_age_s > 0
			   ? fail(task, INVALID_TOKEN, "JWS: no iat")
			   : 0;
	if (times->iat_s >= now_s + JWS_AHEAD_S)
		return fail(task, INVALID_TOKEN, "JWS: iat is ahead");
	if (expect->max_age_s > 0 && times->iat_s + expect->max_age_s + JWS_SKEW_S < now_s)
		return fail(task, INVALID_TOKEN, "JWS: iat is too long ago");
	return 0;
}
