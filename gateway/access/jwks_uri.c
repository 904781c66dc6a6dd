/* SPDX-License-Identifier: Apache-2.0
 *
 * Keys fetched where they are (see jwks_uri.h).
 */
#include "access/jwks_uri.h"

#include "access/jwks_cache.h"
#include "core/fiber.h"
#include "core/task.h"
#include "http/fetch.h"

#define LOOK_AGAIN_MS 20

static int fetch(struct task *task, const char *uri, struct jwks_answer *ret_answer);
static int jwks_read(struct task *task, const char *uri, struct jwks *ret_jwks);
static int jwks_of(struct task *task, struct bytes body, struct jwks *ret_jwks);
static int failure(struct task *task, int code);

int
jwks_uri_find(struct task *task, const char *uri, const char *kid, const struct jwks **ret_jwks)
{
	struct jwks_answer answer = {0};
	enum jwks_turn turn;
	int r = 0;

	while ((turn = jwks_cache_ask(task, uri, kid, &answer)) == JWKS_WAIT) {
		r = fiber_sleep(task, LOOK_AGAIN_MS);
		if (r < 0)
			return r;
	}
	if (turn == JWKS_FAILED)
		return failure(task, answer.code);
	if (turn == JWKS_FETCH)
		r = fetch(task, uri, &answer);
	if (r == 0)
		*ret_jwks = answer.jwks;
	return r;
}

static int
fetch(struct task *task, const char *uri, struct jwks_answer *ret_answer)
{
	struct jwks *jwks = task_new(task, struct jwks);
	int r = jwks_read(task, uri, jwks);

	if (r == 0) {
		jwks_cache_put(uri, jwks);
		task_defer(task, (void (*)(void *))jwks_close, jwks);
		ret_answer->jwks = jwks;
		return 0;
	}
	r = r == INVALID_REQUEST ? INVALID_REQUEST : BUSY;
	fault_clear(task);
	return jwks_cache_failed(task, uri, r, ret_answer) ? 0 : failure(task, r);
}

static int
jwks_read(struct task *task, const char *uri, struct jwks *ret_jwks)
{
	static const struct pair accept = {"Accept", "application/jwk-set+json, application/json"};
	const struct fetch fetch = {
	    .url = uri, .headers = {&accept, 1}, .max_answer_bytes = JSON_MAX_BYTES};
	struct fetched fetched;
	int r;

	r = http_fetch(task, &fetch, &fetched);
	if (r < 0)
		return r;
	if (fetched.status >= 500)
		return fail(task, BUSY, "jwks_uri answers %d", fetched.status);
	if (fetched.status != 200)
		return fail(task, INVALID_REQUEST, "jwks_uri answers %d", fetched.status);
	return jwks_of(task, fetched.body, ret_jwks);
}

static int
jwks_of(struct task *task, struct bytes body, struct jwks *ret_jwks)
{
	json_auto_t *json = NULL;

	if (json_parse_object(task, (const char *)body.at, body.len, &json) < 0 ||
	    jwks_parse(task, json, ret_jwks) < 0)
		return fault_as(task, INVALID_REQUEST);
	return 0;
}

static int
failure(struct task *task, int code)
{
	if (code == INVALID_REQUEST)
		return fail(task, INVALID_REQUEST, "a jwks_uri has no set of public keys");
	return fail(task, BUSY, "a jwks_uri cannot be read now");
}
