/* SPDX-License-Identifier: Apache-2.0
 *
 * Every endpoint in one table: the second file to read after main.c.
 *
 * {method, path, handler, what writes a fault, guards, route= in the metrics}.  A person's way goes
 * /authorize, /login, /login/wallet, /vp/…, /authorize/continue, /consent, /authorize/continue, and
 * out to the client with a code; the client's goes /par, /token, /userinfo, /services/….
 */
#include "routes.h"

#include "account/account.h"
#include "account/consent_request.h"
#include "account/documents.h"
#include "account/requests.h"
#include "consent/api_handlers.h"
#include "consent/logo.h"
#include "consent/openapi.h"
#include "consent/page.h"
#include "consent/webhooks.h"
#include "consent/purpose_show.h"
#include "issue/issue.h"
#include "login/chooser.h"
#include "login/card/card.h"
#include "login/login.h"
#include "login/upstream/upstream.h"
#include "login/wallet/wallet.h"
#include "oidc/oidc.h"
#include "pages/page.h"
#include "services/services.h"

#define PAGE   ROUTE_PAGE
#define FORM   (ROUTE_PAGE | ROUTE_FROM_OURS)
#define API    ROUTE_NO_QUERY
#define CORS   ROUTE_CORS
#define WALLET ROUTE_WALLETS /* what a wallet calls: no cookie ever counts there */

#define CREDENTIAL_BODY_BYTES (128u << 10) /* a batch of proofs */

/* clang-format off */
const struct route routes_public[] = {
	/* OpenID Provider */
	{"GET",  "/.well-known/openid-configuration",       oidc_discovery, reply_oauth_fault, ROUTE_STATIC, "discovery", 0, NULL},
	{"GET",  "/.well-known/oauth-authorization-server", oidc_discovery, reply_oauth_fault, ROUTE_STATIC, "discovery", 0, NULL},
	{"GET",  "/jwks",                                   oidc_jwks,      reply_oauth_fault, ROUTE_STATIC, "jwks", 0, NULL},
	{"GET",  "/errors",                                 oidc_errors,    reply_oauth_fault, ROUTE_STATIC, "errors", 0, NULL},
	{"GET",  "/errors/{error}",                         oidc_error,     reply_oauth_fault, ROUTE_STATIC, "errors", 0, NULL},
	{"GET",  "/authorize",                              oidc_authorize, page_fault, PAGE | ROUTE_MAY_DUPLICATE, "authorize", 0, "resource"},
	{"POST", "/authorize",                              oidc_authorize_post, page_fault, PAGE | ROUTE_MAY_DUPLICATE, "authorize", 0, "resource"},
	{"POST", "/par",                                    oidc_par,       reply_oauth_fault, API | CORS, "par", 0, "resource"},
	{"GET",  "/authorize/continue",                     oidc_continue,  page_fault, PAGE, "continue", 0, NULL},
	{"POST", "/device_authorization",                   oidc_device_authorization, reply_oauth_fault, API | CORS, "device_authorization", 0, "resource"},
	{"POST", "/bc-authorize",                           oidc_bc_authorize, reply_oauth_fault, API, "bc_authorize", 0, "resource"},
	{"GET",  "/device",                                 oidc_device,        page_fault, PAGE, "device", 0, NULL},
	{"POST", "/device",                                 oidc_device_enter,  page_fault, FORM, "device", 0, NULL},
	{"POST", "/device/answer",                          oidc_device_answer, page_fault, FORM, "device_answer", 0, NULL},
	{"POST", "/token",                                  oidc_token,     reply_oauth_fault, API | CORS | WALLET, "token", 0, "resource"},
	{"POST", "/introspect",                             oidc_introspect, reply_oauth_fault, API, "introspect", 0, NULL},
	{"POST", "/revoke",                                 oidc_revoke,    reply_oauth_fault, API | CORS, "revoke", 0, NULL},
	{"GET",  "/userinfo",                               oidc_userinfo,  reply_bearer_fault, CORS, "userinfo", 0, NULL},
	{"POST", "/userinfo",                               oidc_userinfo,  reply_bearer_fault, CORS, "userinfo", 0, NULL},
	{"POST", "/register",                               oidc_register,  reply_bearer_fault, API, "register", 0, NULL},
	{"GET",  "/register/{id}",                          oidc_registration, reply_bearer_fault, API, "registration", 0, NULL},
	{"PUT",  "/register/{id}",                          oidc_registration_replace, reply_bearer_fault, API, "registration", 0, NULL},
	{"DELETE", "/register/{id}",                        oidc_registration_remove, reply_bearer_fault, API, "registration", 0, NULL},
	{"GET",  "/end_session",                            oidc_end_session, page_fault, PAGE, "end_session", 0, NULL},
	{"POST", "/end_session",                            oidc_end_session, page_fault, PAGE, "end_session", 0, NULL},
	{"POST", "/end_session/confirm",                    oidc_end_session_confirm, page_fault, FORM, "end_session", 0, NULL},

	/* ways in */
	{"GET",  "/login",              chooser_page,      page_fault, PAGE, "login", 0, NULL},
	{"GET",  "/login/help",         chooser_help,      page_fault, PAGE, "login_help", 0, NULL},
	{"POST", "/login/cancel",       login_cancel,      page_fault, FORM, "login_cancel", 0, NULL},
	{"POST", "/login/test",         login_test_choose, page_fault, FORM, "login_test", 0, NULL},
	{"GET",  "/login/wallet",       wallet_page,       page_fault, PAGE, "wallet", 0, NULL},
	{"POST", "/login/wallet",       wallet_continue,   page_fault, FORM, "wallet", 0, NULL},
	{"GET",  "/login/upstream/{name}", upstream_depart,  page_fault, PAGE, "upstream", 0, NULL},
	{"POST", "/login/upstream/{name}", upstream_depart,  page_fault, FORM, "upstream", 0, NULL},
	{"GET",  "/login/upstream/{name}/callback", upstream_callback, page_fault, PAGE, "upstream_callback", 0, NULL},
	{"POST", "/login/upstream/{name}/link", upstream_link, page_fault, FORM, "upstream_link", 0, NULL},
	{"GET",  "/login/upstream/{name}/jwks", upstream_jwks, reply_oauth_fault, ROUTE_STATIC, "upstream_jwks", 0, NULL},
	{"GET",  "/vp/request/{h}",     wallet_request_object, reply_oauth_fault, WALLET, "vp_request", 0, NULL},
	{"POST", "/vp/request/{h}",     wallet_request_object, reply_oauth_fault, WALLET, "vp_request", 0, NULL},
	{"POST", "/vp/response/{h}",    wallet_response,   reply_oauth_fault, WALLET, "vp_response", 0, NULL},
	{"GET",  "/vp/complete",        wallet_returned,   page_fault, PAGE, "vp_complete", 0, NULL},
	{"GET",  "/vp/status/{tx}",     wallet_status,     reply_oauth_fault, 0, "vp_status", 0, NULL},
	{"GET",  "/login/card",         card_page,         page_fault, PAGE, "card", 0, NULL},
	{"GET",  "/card/challenge",     card_challenge,    reply_oauth_fault, 0, "card_challenge", 0, NULL},
	{"POST", "/card/login",         card_login,        reply_oauth_fault, ROUTE_FROM_OURS, "card_login", 0, NULL},
	{"GET",  "/card/tls",           card_tls,          page_fault, PAGE, "card_tls", 0, NULL},
	{"GET",  "/card/complete",      card_complete,     page_fault, PAGE, "card_complete", 0, NULL},

	/* what may leave */
	{"GET",  "/consent",            consent_page_show,   page_fault, PAGE, "consent", 0, NULL},
	{"POST", "/consent",            consent_page_decide, page_fault, FORM, "consent", 0, "claim"},

	/* the consent API: for relying parties, by tokens of their own */
	{"GET",  "/consent/v1/openapi.json",                   openapi_document,    reply_problem_fault, ROUTE_STATIC, "openapi", 0, NULL},
	{"GET",  "/consent/v1/docs",                           openapi_docs,        page_fault, PAGE, "openapi", 0, NULL},
	{"GET",  "/consent/v1/catalogue/attributes",           api_catalogue,       reply_problem_fault, API, "consent_catalogue", 0, NULL},
	{"GET",  "/consent/v1/purposes",                       api_purposes,        reply_problem_fault, API, "consent_purposes", 0, NULL},
	{"POST", "/consent/v1/consent-requests",               api_request_create,  reply_problem_fault, API, "consent_requests", 0, NULL},
	{"GET",  "/consent/v1/consent-requests/{id}",          api_request_show,    reply_problem_fault, API, "consent_requests", 0, NULL},
	{"DELETE", "/consent/v1/consent-requests/{id}",        api_request_cancel,  reply_problem_fault, API, "consent_requests", 0, NULL},
	{"GET",  "/consent/v1/consents",                       api_consent_list,    reply_problem_fault, 0, "consents", 0, NULL},
	{"GET",  "/consent/v1/consents/{id}",                  api_consent_show,    reply_problem_fault, API, "consents", 0, NULL},
	{"GET",  "/consent/v1/consents/{id}/receipt",          api_consent_receipt, reply_problem_fault, API, "consents", 0, NULL},
	{"POST", "/consent/v1/consents/{id}/relinquish",       api_consent_relinquish, reply_problem_fault, API, "consents", 0, NULL},
	{"POST", "/consent/v1/consents/{id}/releases",         api_consent_release, reply_problem_fault, API, "consent_releases", 0, NULL},
	{"GET",  "/consent/v1/grants/{id}",                    api_grant_show,      reply_problem_fault, API, "consent_grants", 0, NULL},
	{"DELETE", "/consent/v1/grants/{id}",                  api_grant_end,       reply_problem_fault, API, "consent_grants", 0, NULL},
	{"GET",  "/consent/v1/events",                         webhooks_events,     reply_problem_fault, 0, "consent_events", 0, NULL},
	{"GET",  "/consent/v1/webhook-endpoints",              webhooks_list,       reply_problem_fault, 0, "webhook_endpoints", 0, NULL},
	{"POST", "/consent/v1/webhook-endpoints",              webhooks_create,     reply_problem_fault, API, "webhook_endpoints", 0, NULL},
	{"GET",  "/consent/v1/webhook-endpoints/{id}",         webhooks_show,       reply_problem_fault, API, "webhook_endpoints", 0, NULL},
	{"PATCH", "/consent/v1/webhook-endpoints/{id}",        webhooks_change,     reply_problem_fault, API, "webhook_endpoints", 0, NULL},
	{"DELETE", "/consent/v1/webhook-endpoints/{id}",       webhooks_remove,     reply_problem_fault, API, "webhook_endpoints", 0, NULL},
	{"POST", "/consent/v1/webhook-endpoints/{id}/rotate",  webhooks_rotate,     reply_problem_fault, API, "webhook_endpoints", 0, NULL},
	{"POST", "/consent/v1/webhook-endpoints/{id}/test",    webhooks_test,       reply_problem_fault, API, "webhook_endpoints", 0, NULL},
	{"GET",  "/consent/v1/webhook-endpoints/{id}/deliveries", webhooks_deliveries, reply_problem_fault, 0, "webhook_endpoints", 0, NULL},
	{"POST", "/consent/v1/webhook-endpoints/{id}/replay",  webhooks_replay,     reply_problem_fault, API, "webhook_endpoints", 0, NULL},

	{"GET",  "/consent/requests/{id}", account_consent_show,   page_fault, PAGE, "consent_request", 0, NULL},
	{"POST", "/consent/requests/{id}", account_consent_decide, page_fault, FORM, "consent_request", 0, "claim"},

	/* the person's own page */
	{"GET",  "/account",                  account_show,        page_fault, PAGE, "account", 0, NULL},
	{"GET",  "/account/consents",         account_consents_show,  page_fault, PAGE, "account", 0, NULL},
	{"POST", "/account/consents",         account_consent_change, page_fault, FORM, "account", 0, NULL},
	{"GET",  "/account/receipts/{id}",    account_receipt_show, page_fault, PAGE, "account", 0, NULL},
	{"GET",  "/account/receipts/{id}/receipt.jwt", account_receipt_jwt, page_fault, PAGE, "account", 0, NULL},
	{"GET",  "/account/receipts/{id}/notice.json", account_notice_json, page_fault, PAGE, "account", 0, NULL},
	{"GET",  "/account/ledger",           account_ledger_show, page_fault, PAGE, "account", 0, NULL},
	{"GET",  "/account/looks",            account_looks_show,  page_fault, PAGE, "account", 0, NULL},
	{"GET",  "/account/sessions",         account_sessions_show, page_fault, PAGE, "account", 0, NULL},
	{"GET",  "/account/complaints",       account_complaints_show, page_fault, PAGE, "account", 0, NULL},
	{"POST", "/account/complaints",       account_complain,    page_fault, FORM, "account", 0, NULL},
	{"GET",  "/account/complain",         account_complain_form, page_fault, PAGE, "account", 0, NULL},
	{"GET",  "/account/complaints/{number}", account_complaint_show, page_fault, PAGE, "account", 0, NULL},
	{"POST", "/account/complaints/{number}", account_appeal,   page_fault, FORM, "account", 0, NULL},
	{"GET",  "/account/download",         account_download_show, page_fault, PAGE, "account", 0, NULL},
	{"GET",  "/account/download.json",    account_download_json, page_fault, PAGE, "account", 0, NULL},
	{"GET",  "/account/print",            account_print,       page_fault, PAGE, "account", 0, NULL},
	{"GET",  "/account/requests",         account_requests_show, page_fault, PAGE, "account", 0, NULL},
	{"POST", "/account/sessions/end",     account_end_session, page_fault, FORM, "account", 0, NULL},
	{"POST", "/account/links/end",        account_end_link, page_fault, FORM, "account", 0, NULL},
	{"POST", "/account/sessions/end-all", account_end_all,     page_fault, FORM, "account", 0, NULL},
	{"POST", "/account/documents/block",  account_block_phone,  page_fault, FORM, "account", 0, NULL},
	{"GET",  "/account/documents/add",    account_add_document, page_fault, PAGE, "account", 0, NULL},
	{"GET",  "/assets/{id}",        logo_show,           reply_oauth_fault, ROUTE_STATIC, "assets", 0, NULL},
	{"GET",  "/purposes/{client}/{id}", purpose_show,      reply_problem_fault, ROUTE_STATIC, "purposes", 0, NULL},

	/* credentials for wallets */
	{"GET",  "/.well-known/openid-credential-issuer", issue_metadata, reply_oauth_fault, ROUTE_STATIC, "issuer", 0, NULL},
	{"GET",  "/vci/offer/{h}",      issue_offer_show,   reply_oauth_fault, WALLET, "vci_offer", 0, NULL},
	{"POST", "/vci/nonce",          issue_nonce,        reply_oauth_fault, API | WALLET, "vci_nonce", 0, NULL},
	{"POST", "/vci/credential",     issue_credential,   reply_bearer_fault, API | WALLET, "vci_credential", CREDENTIAL_BODY_BYTES, NULL},
	{"POST", "/vci/notification",   issue_notification, reply_bearer_fault, API | WALLET, "vci_notification", 0, NULL},
	{"GET",  "/status/{list}",      issue_status_list,  reply_oauth_fault, ROUTE_STATIC, "status", 0, NULL},

	/* services */
	{"GET",  "/services",           services_catalogue,  reply_problem_fault, ROUTE_STATIC, "services", 0, NULL},
	{"GET",  "/services/{id}/jwks", services_jwks,       reply_problem_fault, ROUTE_STATIC, "service_jwks", 0, NULL},
	{"*",    "/services/{id}/*",    services_call,       reply_problem_fault, 0, "service", 0, NULL},
	{"POST", "/attributes",         services_attributes, reply_problem_fault, API, "attributes", 0, NULL},
	{"POST", "/news",               services_news,       reply_problem_fault, API, "news", 0, NULL},
};
const size_t routes_n_public = sizeof(routes_public) / sizeof(routes_public[0]);

const struct route routes_management[] = {
	{"GET", "/health/live",  health_live,    reply_oauth_fault, 0, "live", 0, NULL},
	{"GET", "/health/ready", health_ready,   reply_oauth_fault, 0, "ready", 0, NULL},
	{"GET", "/metrics",      health_metrics, reply_oauth_fault, 0, "metrics", 0, NULL},
};
const size_t routes_n_management = sizeof(routes_management) / sizeof(routes_management[0]);

const struct route routes_services[] = {
	{"GET",  "/jwks",       oidc_jwks,           reply_oauth_fault,   ROUTE_STATIC, "jwks", 0, NULL},
	{"POST", "/attributes", services_attributes, reply_problem_fault, API, "attributes", 0, NULL},
	{"POST", "/news",       services_news,       reply_problem_fault, API, "news", 0, NULL},
};
const size_t routes_n_services = sizeof(routes_services) / sizeof(routes_services[0]);

int
routes_fault(struct reply *reply)
{
	const char *path = reply_request(reply)->path;

	if (path != NULL && str_starts(path, "/consent/v1/"))
		return reply_problem_fault(reply);
	return page_fault(reply);
}
