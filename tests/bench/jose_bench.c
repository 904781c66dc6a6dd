/* SPDX-License-Identifier: Apache-2.0
 *
 * What tokens cost: microseconds a piece, the least and the median of several rounds.
 */
#include "core/task.h"
#include "jose/jwe.h"
#include "jose/keys.h"
#include "jose/sdjwt.h"
#include "jose/sign.h"
#include "jose/verify.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define ROUNDS 9
#define PLAIN  "{\"vp_token\":{\"pid\":[\"%01800d\"]}}"

struct bench {
	struct signer *signer;
	json_t *claims, *hidden, *private_jwk, *public_jwk;
	struct jws_expect expect;
	char *token, *jwe;
};

typedef int bench_fn(struct task *task, struct bench *bench);

static char folder[] = "/tmp/dvara-bench-XXXXXX";

static double
now_us(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec * 1e6 + (double)now.tv_nsec / 1e3;
}

static int
compare(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static void
run(const char *name, bench_fn *fn, struct bench *bench, int n)
{
	double us[ROUNDS];

	for (int round = 0; round < ROUNDS; round++) {
		double start = now_us();

		for (int i = 0; i < n; i++) {
			struct task task;

			task_open(&task, NULL, NULL, 1000);
			if (fn(&task, bench) < 0) {
				printf("%s: %s\n", name, task.fault.text);
				exit(1);
			}
			task_close(&task);
		}
		us[round] = (now_us() - start) / n;
	}
	qsort(us, ROUNDS, sizeof(us[0]), compare);
	printf("%-28s %8.1f %8.1f\n", name, us[0], us[ROUNDS / 2]);
}

static int
nothing(struct task *task, struct bench *bench)
{
	(void)task, (void)bench;
	return 0;
}

static int
sign(struct task *task, struct bench *bench)
{
	const struct sign_as as = {bench->signer, "at+jwt", NULL};
	const char *token;

	return jws_sign(task, &as, bench->claims, &token);
}

static int
verify(struct task *task, struct bench *bench)
{
	auto_jws jws = {0};

	return jws_open(task, bench->token, &bench->expect, &jws);
}

static int
jwk(struct task *task, struct bench *bench)
{
	auto_jwk *parsed = NULL;
	json_auto_t *json = jwk_json(signer_jwk(bench->signer));

	return jwk_parse(task, json, &parsed);
}

static int
jwe_key(struct task *task, struct bench *bench)
{
	json_auto_t *key = NULL;

	(void)bench;
	return jwe_key_make(task, "k", &key);
}

static int
jwe(struct task *task, struct bench *bench)
{
	struct bytes plain;

	return jwe_open(task, bench->jwe, bench->private_jwk, &plain);
}

static int
issue(struct task *task, struct bench *bench)
{
	const struct sign_as as = {bench->signer, "dc+sd-jwt", NULL};
	const char *sdjwt;

	return sdjwt_issue(task, &as, bench->claims, bench->hidden, &sdjwt);
}

static void
bench_of(struct task *task, enum alg alg, struct bench *ret_bench)
{
	static enum alg algs[2];
	struct key_record record = {.alg = alg, .state = KEY_ACTIVE};
	struct sign_as as = {.typ = "at+jwt"};
	const char *token;
	struct keys *keys;

	if (key_create(task, folder, alg, &record.kid) < 0 ||
	    keys_load(task, folder, &record, 1, &keys) < 0)
		exit(1);
	ret_bench->signer = as.signer = keys_signer(keys, alg);
	if (jws_sign(task, &as, ret_bench->claims, &token) < 0)
		exit(1);
	ret_bench->token = strdup(token);
	algs[0] = alg;
	ret_bench->expect = (struct jws_expect){
	    .algs = algs, .typ = "at+jwt", .key = signer_jwk(ret_bench->signer)};
	unlink(task_printf(task, "%s/%s.pem", folder, record.kid));
}

static void
jwe_of(struct task *task, struct bench *bench)
{
	const char *compact, *plain = task_printf(task, PLAIN, 0);

	if (jwe_key_make(task, "k", &bench->private_jwk) < 0)
		exit(1);
	bench->public_jwk = jwe_key_public(bench->private_jwk);
	const struct jwe_to to = {.key = bench->public_jwk, .alg = "ECDH-ES", .enc = "A128GCM"};
	if (jwe_seal(task, &to, BYTES_OF(plain), &compact) < 0)
		exit(1);
	bench->jwe = strdup(compact);
}

int
main(void)
{
	static const enum alg algs[] = {ALG_ES256, ALG_ES384, ALG_RS256, ALG_PS256, ALG_EDDSA};
	struct bench bench = {0};
	struct task task;

	if (mkdtemp(folder) == NULL)
		return 1;
	task_open(&task, NULL, NULL, 1000);
	bench.claims = json_pack("{s:s, s:s, s:s, s:s, s:I, s:I, s:s, s:s, s:s}", "iss",
	    "https://login.example.gov", "sub", "k3J2bXF0Zm9hc2RmYXNkZmFzZGZhc2RmYXNkZmFzZGY",
	    "aud", "https://api.example.gov", "client_id", "portal", "exp", (json_int_t)4000000000,
	    "iat", (json_int_t)1, "jti", "k3J2bXF0Zm9hc2RmYXNkZg", "scope", "openid profile email",
	    "acr", "urn:gov:loa:high");
	bench.hidden = json_pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:s}", "a", "1", "b", "2", "c",
	    "3", "d", "4", "e", "5", "f", "6", "g", "7");
	printf("%-28s %8s %8s   us each\n", "", "least", "median");
	run("an empty task", nothing, &bench, 20000);
	for (size_t i = 0; i < sizeof(algs) / sizeof(algs[0]); i++) {
		bench_of(&task, algs[i], &bench);
		run(task_printf(&task, "sign %s", alg_name(algs[i])), sign, &bench,
		    i == 0 ? 5000 : 500);
		run(task_printf(&task, "verify %s", alg_name(algs[i])), verify, &bench,
		    i == 0 ? 3000 : 500);
		run("  parse its JWK", jwk, &bench, 1000);
	}
	bench_of(&task, ALG_ES256, &bench);
	jwe_of(&task, &bench);
	run("SD-JWT of 7 claims", issue, &bench, 1000);
	run("JWE key", jwe_key, &bench, 500);
	run("open JWE of 1.8 KB", jwe, &bench, 500);
	rmdir(folder);
	task_close(&task);
	return 0;
}
