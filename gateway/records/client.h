/* SPDX-License-Identifier: Apache-2.0
 *
 * Relying parties: their metadata (OpenID Connect Dynamic Client Registration 1.0, RFC 7591, plus
 * dvara_…) in SQL, parsed once per process and kept until it changes; a change by another process
 * is seen within a second.
 */
#ifndef RECORDS_CLIENT_H
#define RECORDS_CLIENT_H

#include "core/json.h"
#include "jose/jwk.h"
#include "records/purpose.h"
#include "x509/leaf.h"

struct task;
struct sql_tx;

enum client_profile { CLIENT_STANDARD = 1, CLIENT_FAPI2, CLIENT_PUBLIC_NATIVE };
enum client_auth_method {
	CLIENT_AUTH_NONE = 1,
	CLIENT_AUTH_SECRET_BASIC,
	CLIENT_AUTH_SECRET_POST,
	CLIENT_AUTH_PRIVATE_KEY_JWT,
	CLIENT_AUTH_TLS, /* tls_client_auth (RFC 8705 section 2.1) */
	CLIENT_AUTH_SELF_SIGNED_TLS,
};

#define CLIENT_CIBA_GRANT "urn:openid:params:grant-type:ciba"

/* How what the client gets is encrypted (jose/jwe.h); alg NULL: not at all. */
struct client_seal {
	const char *alg, *enc;
};

/* Immutable while held. */
struct client {
	const char *id;
	const json_t *name; /* {lang: text}; of client_name and client_name#lang; never empty */
	enum client_profile profile;
	enum client_auth_method auth_method;
	const char *secret_stored; /* jose/digest.h; NULL: none */
	const char *secret_before; /* the one it had, good until secret_before_until_s; or NULL */
	int64_t secret_before_until_s;
	struct jwks jwks;
	const char *jwks_uri;   /* NULL: jwks is all there is; access/client_jwks.h finds the keys
				   of either */
	enum alg assertion_alg; /* token_endpoint_auth_signing_alg; ALG_NONE: ES256, PS256, EdDSA */
	enum alg id_token_alg;  /* id_token_signed_response_alg; default RS256 for standard clients
				   as OIDC says, ES256 for fapi2 */
	enum alg introspection_alg; /* introspection_signed_response_alg, with the same defaults
				       (RFC 9701 section 6) */
	enum alg userinfo_alg;      /* userinfo_signed_response_alg; ALG_NONE: plain JSON */
	struct client_seal id_token_seal, userinfo_seal, authorization_seal; /* ..._encrypted_... */
	enum alg authorization_alg;   /* authorization_signed_response_alg; ALG_NONE: no JARM */
	enum alg request_alg;         /* request_object_signing_alg; ALG_NONE: any that is safe */
	bool requires_signed_request; /* require_signed_request_object */
	const char *const *redirect_uris; /* NULL-ended */
	const char *const *post_logout_redirect_uris;
	const char *backchannel_logout_uri, *frontchannel_logout_uri; /* NULL: none */
	bool frontchannel_needs_sid; /* frontchannel_logout_session_required */
	const char *const *grant_types;
	const char *const *scopes;
	const char *const *response_modes; /* dvara_response_modes; none: the usual ones */
	const char *const *resources; /* dvara_resources: ids of services it may ask tokens for */
	const char *logo;   /* id of the asset that its logo_uri was (records/asset.h), or NULL */
	const char *sector; /* host of the sector identifier or of the redirect addresses */
	enum alg ciba_request_alg; /* backchannel_authentication_request_signing_alg; ALG_NONE: its
				      requests need not be signed */
	const char *ciba_notify_uri; /* backchannel_client_notification_endpoint; NULL: it polls */
	bool requires_pkce;
	bool requires_par;  /* require_pushed_authorization_requests */
	bool is_dpop_bound; /* dpop_bound_access_tokens: gets no token without a DPoP key */
	bool is_tls_bound;  /* tls_client_certificate_bound_access_tokens */
	enum leaf_name tls_name_kind; /* tls_client_auth: the one name of its certificate */
	const char *tls_name;
	bool is_public_subject; /* subject_type public; default pairwise */
	bool is_approved; /* by an operator (`dvara client apply` approves): else A41's interstitial
			   */
	bool is_same_device; /* dvara_same_device: its logins offer no QR */
	bool is_service; /* one of our service plugins: may call POST /attributes and POST /news,
			    no /authorize */
	int64_t default_max_age_s; /* -1: none */
	const json_t *default_acr_values;
	const char *const *origins;     /* of redirect addresses, for CSP form-action */
	const struct purpose *purposes; /* first: the default */
	size_t n_purposes;
	const json_t *metadata; /* the whole stored record, without secret */
};

/* Held until the task ends.  Absent: *ret_client is NULL, which is no failure. */
int client_find(struct task *task, const char *id, const struct client **ret_client);

const struct purpose *client_purpose(
    const struct client *client, const char *id); /* NULL id: the first */
bool client_may_redirect(
    const struct client *client, const char *redirect_uri); /* exact; RFC 8252 loopback port free */
bool client_may_leave_to(const struct client *client,
    const char *post_logout_redirect_uri); /* likewise, after a logout */

/* {lang: text}: what the service may tell by that type (dvara_events); NULL: it may not. */
const json_t *client_event_label(const struct client *client, const char *type);

bool client_may_grant(const struct client *client, const char *grant_type); /* of grant_types */

/* What is to be stored, in one step: metadata, and the picture that its logo_uri is (NULL: none).
 */
struct asset;
struct client_draft {
	const json_t *metadata;
	const struct asset *logo;
	bool is_service_of_ours; /* by its signed manifest: alone may name a law as the basis of
				    what it asks, where others need two operators */
};
struct client_made {
	json_t *stored;     /* the caller owns it */
	const char *secret; /* made just now, or NULL */
};

/* Checks metadata, fills what is absent, stores (creates or replaces), writes the audit row.  Fails
 * INVALID_CLIENT_METADATA, INVALID_REDIRECT_URI naming the member. */
int client_apply(struct task *task, const struct client_draft *draft, const char *operator_name,
    struct client_made *ret_made);

/* The same for a client that registers itself, which is then not approved: its client_id and
 * client_secret are the caller's affair, what it may say oidc/rules/registration.h's.  Fails
 * INVALID_TOKEN as well (registration.h). */
struct registering;
int client_register(struct task *task, const struct client_draft *draft,
    const struct registering *registering, struct client_made *ret_made);

/* operator_name: NULL: the client itself. */
int client_remove(struct task *task, const char *id, const char *operator_name);

/* As it is now: what the client then changes by itself waits for approval again. */
int client_approve(struct task *task, const char *id, const char *operator_name);

/* Whether pages of the origin (RFC 6454) are some client's: one of its redirect addresses is there.
 */
int client_origin_is_known(struct task *task, const char *origin, bool *ret_is_known);

/* A new secret; the one it has stays good for settings registration.secret_grace, so that the
 * client can change over without a failed request.  Fails NOT_FOUND, CONFLICT where it has none. */
int client_rotate_secret(struct task *task, const char *id, const char *operator_name,
    const char **ret_secret, int64_t *ret_before_until_s);

/* Array of {client_id, client_name, dvara_profile, is_approved}, sorted by id: the first 1000 of
 * those above after ("": of all).  New reference. */
int client_list(struct task *task, const char *after, json_t **ret_clients);

#endif
