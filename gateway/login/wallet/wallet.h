/* SPDX-License-Identifier: Apache-2.0
 *
 * Login by presenting a credential from a wallet: OpenID4VP 1.0, HAIP subset (x509_hash, signed
 * request object by reference, direct_post.jwt, DCQL with one dc+sd-jwt, key binding a must, issuer
 * by x5c, Token Status List).
 */
#ifndef LOGIN_WALLET_WALLET_H
#define LOGIN_WALLET_WALLET_H

#include "login/login.h"

extern const struct login_method wallet_method;

/* Its rows in the chooser. */
#define WALLET_HERE      "wallet"
#define WALLET_ELSEWHERE "wallet-other"

/* The verifier's identity: certificate chain, key, client_id ("x509_hash:…"), anchors of the
 * issuers.  Of one loop.  Read at start and reload: blocks on files.  Not configured: *ret_wallet
 * is NULL, which is no failure.  Fails MISCONFIGURED. */
int wallet_open(struct task *task, struct wallet **ret_wallet);
void wallet_close(struct wallet *wallet);

/* For a page of ours that begins a login by itself: a presentation for the transaction, which
 * stands at STEP_LOGIN; adds link and qr_text to the view.  Its form goes to POST /login/wallet,
 * as the wallet page's does.  Wallet login not configured: adds nothing. */
int wallet_offer(struct task *task, struct transaction *transaction, json_t *view);

int wallet_page(struct task *task, const struct request *request,
    struct reply *reply); /* GET /login/wallet?tx= */
int wallet_continue(struct task *task, const struct request *request,
    struct reply *reply); /* POST /login/wallet: #wallet-continue, #wallet-code */
int wallet_request_object(struct task *task, const struct request *request,
    struct reply *reply); /* GET, POST /vp/request/{h} */
int wallet_response(struct task *task, const struct request *request,
    struct reply *reply); /* POST /vp/response/{h} */
int wallet_returned(
    struct task *task, const struct request *request, struct reply *reply); /* GET /vp/complete */
int wallet_status(struct task *task, const struct request *request,
    struct reply *reply); /* GET /vp/status/{tx} */

#endif
