/* SPDX-License-Identifier: Apache-2.0
 *
 * Grants as they are kept, and the end of one with all that was issued for it (see grant.h).
 */
#include "records/grant_inside.h"

#include "core/task.h"
#include "records/audit.h"
#include "records/refresh.h"
#include "records/revocation.h"
#include "store/sql.h"

#define GRANT(name, type, member) \
	{ \
		name, type, offsetof(struct grant_stored, grant.member) \
	}
const struct field grant_fields[] = {
    GRANT("g", FIELD_TEXT, id),
    GRANT("c", FIELD_TEXT, client_id),
    GRANT("p", FIELD_TEXT, person_id),
    GRANT("s", FIELD_TEXT, session_id),
    GRANT("ev", FIELD_TEXT, everywhere_id),
    GRANT("dv", FIELD_TEXT, device),
    GRANT("n", FIELD_TEXT, consent_id),
    GRANT("u", FIELD_TEXT, purpose_id),
    GRANT("r", FIELD_TEXT, redirect_uri),
    GRANT("cc", FIELD_TEXT, code_challenge),
    GRANT("o", FIELD_TEXT, nonce),
    GRANT("sc", FIELD_TEXT, scope),
    GRANT("re", FIELD_TEXT, resource),
    GRANT("ra", FIELD_TEXT, resources),
    GRANT("k", FIELD_TEXT, jkt),
    GRANT("xt", FIELD_TEXT, x5t),
    GRANT("a", FIELD_TEXT, acr),
    GRANT("m", FIELD_NAMES, amr),
    GRANT("ac", FIELD_JSON, act),
    GRANT("bo", FIELD_TEXT, born_of),
    GRANT("t", FIELD_NUMBER, auth_time_s),
    GRANT("ic", FIELD_NAMES, id_token_claims),
    GRANT("uc", FIELD_NAMES, userinfo_claims),
    GRANT("cv", FIELD_JSON, claim_values),
    GRANT("ad", FIELD_JSON, authorization_details),
    GRANT("i", FIELD_NUMBER, issued_s),
    {"j", FIELD_TEXT, offsetof(struct grant_stored, token.jti)},
    {"w", FIELD_NUMBER, offsetof(struct grant_stored, token.iat_s)},
    {"x", FIELD_NUMBER, offsetof(struct grant_stored, token.exp_s)},
    {"e", FIELD_TEXT, offsetof(struct grant_stored, epoch)},
    {0},
};

static sql_step revoke_step;

int
grant_pack(struct task *task, const struct grant *grant, const char **ret_text)
{
	const struct grant_stored stored = {.grant = *grant};

	return fields_text(task, grant_fields, &stored, ret_text);
}

int
grant_unpack(struct task *task, const char *text, struct grant *ret_grant)
{
	struct grant_stored stored = {0};
	int r;

	r = fields_read(task, grant_fields, text, &stored);
	if (r < 0)
		return r;
	*ret_grant = stored.grant;
	return 0;
}

const char *
grant_session(const struct grant *grant)
{
	if (str_has_word(grant->scope, "offline_access"))
		return NULL;
	return grant->session_id == NULL ? grant->everywhere_id : grant->session_id;
}

struct revoking {
	const char *grant_id, *why;
};

int
grant_revoke(struct task *task, const char *grant_id, const char *why)
{
	struct revoking revoking = {grant_id, why};
	bool is_revoked;
	int r;

	r = revocation_has(task, grant_id, &is_revoked);
	if (r < 0 || is_revoked)
		return r;
	r = sql_write(task, revoke_step, &revoking);
	if (r < 0)
		return r;
	revocation_tell(task, grant_id);
	return 0;
}

static int
revoke_step(struct sql_tx *tx, void *arg)
{
	const struct revoking *revoking = arg;
	json_auto_t *detail = NULL;
	bool is_new;
	int r;

	r = revocation_add(tx, revoking->grant_id, revoking->why, &is_new);
	if (r < 0 || !is_new)
		return r;
	r = refresh_end_grant(tx, revoking->grant_id);
	if (r < 0)
		return r;
	detail = json_object();
	json_set_text(detail, "grant", revoking->grant_id);
	json_set_text(detail, "why", revoking->why);
	return audit_add(tx,
	    &(struct audit_event){.event = "grant.revoked", .actor = "gateway", .detail = detail});
}
