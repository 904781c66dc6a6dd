/* SPDX-License-Identifier: Apache-2.0
 *
 * What can go wrong, once.
 *
 * The place that finds a fault says so with fail(); the first reason stays with the task and is
 * logged once, by whoever ends the task.  One table (fault.c) turns a code into the HTTP status,
 * the protocol's error name, and the log level.  Nothing below a handler logs.
 *
 * A function that can fail returns 0, or one of these codes, which are all negative; on failure
 * its ret_ arguments are untouched.
 */
#ifndef CORE_FAULT_H
#define CORE_FAULT_H

#include <stdbool.h>

struct task;

/* X(code, HTTP status, error name on the wire, log level) */
#define FAULT_TABLE(X) \
	/* RFC 6749 sections 4.1.2.1 and 5.2 */ \
	X(INVALID_REQUEST, 400, "invalid_request", LOG_INFO) \
	X(INVALID_CLIENT, 401, "invalid_client", LOG_NOTICE) \
	X(INVALID_GRANT, 400, "invalid_grant", LOG_INFO) \
	X(UNAUTHORIZED_CLIENT, 400, "unauthorized_client", LOG_INFO) \
	X(UNSUPPORTED_GRANT_TYPE, 400, "unsupported_grant_type", LOG_INFO) \
	X(UNSUPPORTED_RESPONSE_TYPE, 400, "unsupported_response_type", LOG_INFO) \
	X(INVALID_SCOPE, 400, "invalid_scope", LOG_INFO) \
	X(ACCESS_DENIED, 403, "access_denied", LOG_INFO) \
	/* RFC 8707, RFC 9396 */ \
	X(INVALID_TARGET, 400, "invalid_target", LOG_INFO) \
	X(INVALID_AUTHORIZATION_DETAILS, 400, "invalid_authorization_details", LOG_INFO) \
	/* RFC 8628 section 3.5: said at each poll, so they fill no log */ \
	X(AUTHORIZATION_PENDING, 400, "authorization_pending", LOG_DEBUG) \
	X(SLOW_DOWN, 400, "slow_down", LOG_DEBUG) \
	X(EXPIRED_TOKEN, 400, "expired_token", LOG_INFO) \
	X(DENIED_BY_PERSON, 400, "access_denied", LOG_INFO) \
	/* OpenID CIBA Core 1.0 section 13 */ \
	X(UNKNOWN_USER_ID, 400, "unknown_user_id", LOG_INFO) \
	X(INVALID_BINDING_MESSAGE, 400, "invalid_binding_message", LOG_INFO) \
	/* OpenID Connect Core section 3.1.2.6 */ \
	X(LOGIN_REQUIRED, 400, "login_required", LOG_INFO) \
	X(CONSENT_REQUIRED, 400, "consent_required", LOG_INFO) \
	X(INVALID_REQUEST_OBJECT, 400, "invalid_request_object", LOG_INFO) \
	X(REQUEST_NOT_SUPPORTED, 400, "request_not_supported", LOG_INFO) \
	X(REQUEST_URI_NOT_SUPPORTED, 400, "request_uri_not_supported", LOG_INFO) \
	X(REGISTRATION_NOT_SUPPORTED, 400, "registration_not_supported", LOG_INFO) \
	X(UNMET_AUTHENTICATION_REQUIREMENTS, 400, "unmet_authentication_requirements", LOG_INFO) \
	/* RFC 6750 section 3.1 */ \
	X(NO_TOKEN, 401, "", LOG_INFO) \
	X(INVALID_TOKEN, 401, "invalid_token", LOG_INFO) \
	X(INSUFFICIENT_SCOPE, 403, "insufficient_scope", LOG_INFO) \
	/* RFC 9449, where tokens are given; and section 7.1, where they are shown */ \
	X(INVALID_DPOP_PROOF, 400, "invalid_dpop_proof", LOG_INFO) \
	X(USE_DPOP_NONCE, 400, "use_dpop_nonce", LOG_INFO) \
	X(INVALID_TOKEN_PROOF, 401, "invalid_dpop_proof", LOG_INFO) \
	X(USE_TOKEN_NONCE, 401, "use_dpop_nonce", LOG_INFO) \
	/* OpenID4VCI 1.0 section 8.3.1 */ \
	X(INVALID_CREDENTIAL_REQUEST, 400, "invalid_credential_request", LOG_INFO) \
	X(UNKNOWN_CREDENTIAL_CONFIGURATION, 400, "unknown_credential_configuration", LOG_INFO) \
	X(UNKNOWN_CREDENTIAL_IDENTIFIER, 400, "unknown_credential_identifier", LOG_INFO) \
	X(INVALID_PROOF, 400, "invalid_proof", LOG_INFO) \
	X(INVALID_NONCE, 400, "invalid_nonce", LOG_INFO) \
	X(INVALID_ENCRYPTION_PARAMETERS, 400, "invalid_encryption_parameters", LOG_INFO) \
	X(CREDENTIAL_REQUEST_DENIED, 400, "credential_request_denied", LOG_INFO) \
	X(INVALID_NOTIFICATION_ID, 400, "invalid_notification_id", LOG_INFO) \
	X(INVALID_NOTIFICATION_REQUEST, 400, "invalid_notification_request", LOG_INFO) \
	/* Web eID: what a card login is refused with; the third where nobody can tell now */ \
	X(INVALID_CHALLENGE, 401, "invalid_challenge", LOG_NOTICE) \
	X(INVALID_CARD, 401, "invalid_card", LOG_NOTICE) \
	X(CARD_UNCHECKED, 503, "temporarily_unavailable", LOG_WARNING) \
	/* whether an issuer is still of a list of trusted ones: nobody can tell now */ \
	X(ISSUER_UNCHECKED, 503, "temporarily_unavailable", LOG_WARNING) \
	/* RFC 7591 section 3.2.2, for `dvara client apply` as well */ \
	X(INVALID_REDIRECT_URI, 400, "invalid_redirect_uri", LOG_INFO) \
	X(INVALID_CLIENT_METADATA, 400, "invalid_client_metadata", LOG_INFO) \
	X(INVALID_SOFTWARE_STATEMENT, 400, "invalid_software_statement", LOG_INFO) \
	/* HTTP (RFC 9110) */ \
	X(BAD_REQUEST, 400, "invalid_request", LOG_INFO) \
	X(FORBIDDEN, 403, "access_denied", LOG_NOTICE) \
	X(NOT_FOUND, 404, "not_found", LOG_INFO) \
	X(METHOD_NOT_ALLOWED, 405, "method_not_allowed", LOG_INFO) \
	X(CONFLICT, 409, "conflict", LOG_INFO) \
	X(CONSENT_NOT_ACTIVE, 409, "consent-not-active", LOG_INFO) \
	X(CONSENT_PAUSED, 409, "consent-paused", LOG_INFO) \
	X(IDEMPOTENCY_RUNNING, 409, "idempotency-conflict", LOG_INFO) \
	X(IDEMPOTENCY_MISMATCH, 422, "idempotency-conflict", LOG_INFO) \
	X(IDEMPOTENCY_MISSING, 400, "idempotency-key-missing", LOG_INFO) \
	/* the consent API: what may be asked (consent/api_ask.c), and how often */ \
	X(PURPOSE_NOT_REGISTERED, 400, "purpose-not-registered", LOG_INFO) \
	X(ATTRIBUTE_NOT_IN_PURPOSE, 400, "attribute-not-in-purpose", LOG_INFO) \
	X(PREDICATE_REQUIRED, 400, "predicate-required", LOG_INFO) \
	X(CERTIFICATE_EXPIRED, 403, "certificate-expired", LOG_INFO) \
	X(LIMIT_EXCEEDED, 429, "limit-exceeded", LOG_INFO) \
	X(RATE_LIMITED, 429, "rate-limited", LOG_NOTICE) \
	X(GONE, 410, "gone", LOG_INFO) \
	X(TOO_LARGE, 413, "too_large", LOG_INFO) \
	X(URI_TOO_LONG, 414, "invalid_request", LOG_INFO) \
	X(UNSUPPORTED_MEDIA_TYPE, 415, "invalid_request", LOG_INFO) \
	X(EXPECTATION_FAILED, 417, "invalid_request", LOG_INFO) \
	X(MISDIRECTED, 421, "misdirected_request", LOG_INFO) \
	X(TOO_MANY_REQUESTS, 429, "temporarily_unavailable", LOG_NOTICE) \
	X(HEADERS_TOO_LARGE, 431, "invalid_request", LOG_INFO) \
	X(UPSTREAM_BROKEN, 502, "bad_gateway", LOG_WARNING) \
	X(UPSTREAM_LATE, 504, "gateway_timeout", LOG_WARNING) \
	/* ours, and passing: the caller may try again */ \
	X(STORE_AWAY, 503, "temporarily_unavailable", LOG_ERR) \
	X(SOURCE_AWAY, 503, "temporarily_unavailable", LOG_WARNING) /* an office elsewhere */ \
	X(TIMED_OUT, 503, "temporarily_unavailable", LOG_WARNING) \
	X(STOPPING, 503, "temporarily_unavailable", LOG_INFO) \
	X(BUSY, 503, "temporarily_unavailable", LOG_WARNING) \
	X(UNTAKEN, 503, "temporarily_unavailable", LOG_WARNING) /* a call that nobody has read */ \
	/* ours, and not passing */ \
	X(MISCONFIGURED, 503, "temporarily_unavailable", LOG_ERR) \
	X(BROKEN, 500, "server_error", LOG_CRIT)

enum fault_code {
	FAULT_NONE = 0,
	FAULT_FIRST_ = -1000, /* so that no code is ever mistaken for a count or an errno */
#define FAULT_ENUM_(code, status, name, level) code,
	FAULT_TABLE(FAULT_ENUM_)
#undef FAULT_ENUM_
	    FAULT_END_
};

struct fault {
	int code;         /* enum fault_code; 0 while nothing is wrong */
	const char *file; /* where it was found */
	int line;
	const char *pointer; /* to what is wrong in a JSON body (RFC 6901), in the task's arena;
				NULL: not said */
	long retry_s;        /* when it may be tried again (Retry-After); 0: not said */
	char text[240];      /* the reason, for developers: English, one line, never a secret, never
				a value that names a person; ends on a whole character */
};

/* Keeps the first reason in the task and returns code.  Use: return fail(task, INVALID_GRANT, "…");
 */
#ifdef __clang_analyzer__
/* So that the analyzer knows: what failed is negative. */
#define fail(task, code, ...) ((void)fault_set((task), (code), "", 0, __VA_ARGS__), (int)(code))
#else
#define fail(task, code, ...) fault_set((task), (code), __FILE__, __LINE__, __VA_ARGS__)
#endif

int fault_set(struct task *task, enum fault_code code, const char *file, int line,
    const char *format, ...) __attribute__((format(printf, 5, 6)));

/* The same, pointing to a member of a JSON body: "/attributes/2/name". */
#define fail_at(task, pointer, code, ...) \
	fault_point((task), (pointer), fail((task), (code), __VA_ARGS__))
int fault_point(struct task *task, const char *pointer, int code);
/* A member's name as a part of such a pointer: escaped (section 3). */
const char *fault_pointer_part(struct task *task, const char *name);

/* Calls the task's fault by another code, the reason kept: a broken signature is INVALID_CLIENT at
 * one door and INVALID_TOKEN at another.  Returns code.  Faults of our own (status 500 and over)
 * keep their code, which is then what is returned: a store that is away is nobody's bad input. */
int fault_as(struct task *task, enum fault_code code);

/* Forgets the fault, where a failure is an answer (a revoked card, a list that is out of reach). */
void fault_clear(struct task *task);

/* The table.  An unknown code reads as BROKEN. */
int fault_status(int code);
const char *fault_name(int code); /* error on the wire */
int fault_level(int code);        /* LOG_… of <syslog.h> */
bool fault_is_ours(int code);     /* status 500 and over */

#endif
