/* SPDX-License-Identifier: Apache-2.0
 *
 * `dvara key …`: the signing keys of the gateway.  staged: published; active: signs; retired:
 * published until the last token it signed has ended.
 */
#include "admin/admin.h"

#include "consent/notice_letter.h"
#include "records/key.h"

static int key_done(struct admin_call *call, const char *kid, const char *state, const char *means);

int
admin_key_list(struct admin_call *call)
{
	struct key_record *records;
	size_t n;
	int r;

	r = key_list(call->task, &records, &n);
	if (r < 0)
		return r;
	call->answer = json_array();
	for (size_t i = 0; i < n; i++)
		json_array_append_new(call->answer,
		    json_pack("{s:s, s:s, s:s, s:I}", "kid", records[i].kid, "alg",
			alg_name(records[i].alg), "state", key_state_name(records[i].state),
			"since", (json_int_t)records[i].since_s));
	return 0;
}

static int
alg_wanted(struct admin_call *call, enum alg *ret_alg)
{
	enum alg alg = call->alg ? alg_of(call->alg) : ALG_ES256;

	if (alg == ALG_NONE)
		return ADMIN_WRONG_WORD(call, "--alg is none of ES256 RS256 PS256 EdDSA");
	*ret_alg = alg;
	return 0;
}

static int
stage(struct admin_call *call, enum alg alg, const char **ret_kid)
{
	int r;

	r = key_create(call->task, call->settings->keys_folder, alg, ret_kid);
	if (r < 0)
		return r;
	return key_stage(call->task, *ret_kid, alg, call->operator_name);
}

int
admin_key_stage(struct admin_call *call)
{
	const char *kid;
	enum alg alg;
	int r;

	r = alg_wanted(call, &alg);
	if (r < 0)
		return r;
	r = stage(call, alg, &kid);
	if (r < 0)
		return r;
	return key_done(call, kid, "staged", "is published; it does not sign yet");
}

static int
key_done(struct admin_call *call, const char *kid, const char *state, const char *means)
{
	return admin_done(
	    call, json_pack("{s:s, s:s}", "kid", kid, "state", state), "key %s %s", kid, means);
}

int
admin_key_activate(struct admin_call *call)
{
	const char *kid = call->args[0];
	int r;

	r = key_activate(call->task, kid, call->operator_name, call->is_forced);
	return r < 0 ? r : key_done(call, kid, "active", "signs now");
}

int
admin_key_retire(struct admin_call *call)
{
	const char *kid = call->args[0];
	int r;

	r = key_retire(call->task, kid, call->operator_name);
	return r < 0 ? r
		     : key_done(call, kid, "retired",
			   "signs no more; it is published until its last token has ended");
}

/* The staged key signs from now on; the next one takes its place in the queue. */
int
admin_key_rotate(struct admin_call *call)
{
	struct key_record *records;
	const char *staged = NULL, *kid;
	enum alg alg;
	size_t n;
	int r;

	r = alg_wanted(call, &alg);
	if (r < 0)
		return r;
	r = key_list(call->task, &records, &n);
	if (r < 0)
		return r;
	for (size_t i = 0; i < n; i++)
		if (records[i].alg == alg && records[i].state == KEY_STAGED)
			staged = records[i].kid;
	if (!staged)
		return fail(call->task, CONFLICT,
		    "no %s key is staged: dvara key stage --alg %s, wait until clients have read "
		    "/jwks, "
		    "then rotate",
		    alg_name(alg), alg_name(alg));
	r = key_activate(call->task, staged, call->operator_name, call->is_forced);
	if (r < 0)
		return r;
	r = stage(call, alg, &kid);
	if (r < 0)
		return r;
	return admin_done(call, json_pack("{s:s, s:s}", "active", staged, "staged", kid),
	    "key %s signs now, key %s is the next", staged, kid);
}

int
admin_key_notice(struct admin_call *call)
{
	const char *text;
	int r;

	r = notice_letter_key(call->task, &text);
	if (r == 0)
		call->answer = json_pack("{s:s}", "secret", text);
	return r;
}
