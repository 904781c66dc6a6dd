/* SPDX-License-Identifier: Apache-2.0
 *
 * The verifier's side of one wallet login (OpenID4VP 1.0): what was asked, and what became of it,
 * in Redis for settings wallet.transaction.  At most one per login transaction: a new one, or
 * presentation_cancel(), ends the one before.
 *
 * Two kinds of handles name it to the wallet, one for a wallet on the same device, one for the QR:
 * the handle tells which way it came.  A handle opens the request for settings wallet.handle, or,
 * of a QR that was renewed, for a last grace (a phone that has just read it); the first fetch kills
 * all the others, and 30 s after it the request is closed (a screenshot scanned again); the answer
 * may come by it for as long as the record lives.
 *
 *   waiting ── claim ──► claimed ── answer ──► answered ── return, confirm ──► done
 *      └──────────────────┴── fail ──► failed
 *
 * Every arrow is one atomic step, taken once.  The one who starts (the browser) must be the one who
 * ends: same device by the single-use response code together with the browser's cookie; across
 * devices by the number that the phone shows, three tries.
 */
#ifndef RECORDS_PRESENTATION_H
#define RECORDS_PRESENTATION_H

#include "core/json.h"
#include "core/str.h"

struct task;

enum presentation_stage {
	PRESENTATION_WAITING = 1,
	PRESENTATION_CLAIMED,
	PRESENTATION_ANSWERED,
	PRESENTATION_DONE,
	PRESENTATION_FAILED,
};
enum presentation_way { PRESENTATION_SAME_DEVICE = 1, PRESENTATION_CROSS_DEVICE };

#define PRESENTATION_TRIES           3  /* of the confirmation number */
#define PRESENTATION_RESPONSE_CODE_S 60 /* life of a response code */
#define PRESENTATION_FETCH_AGAIN_S   30 /* a request may be fetched again for this long */
#define PRESENTATION_GRACE_S         20 /* a QR that was renewed may still be used for this long */

struct presentation {
	const char *transaction_id; /* the login it belongs to */
	const char *browser;        /* hash of the cookie of the browser that began it */
	bool may_cross;             /* only for presentation_create(): a QR is offered too */
	const char *nonce, *state;  /* 256 random bits each */
	const char *kid;            /* names the key in the JWE header: 128 random bits */
	const char *key;            /* private JWK (JSON text) the answer is encrypted to */
	const char *message;        /* the text that person and service compare (CIBA), or NULL */
	int64_t created_s;
	enum presentation_stage stage;
	enum presentation_way way; /* 0: not fetched yet */
	const json_t *result; /* what presentation_answer() was given; only to who ended it well */
	const char *failure;  /* where failed: what presentation_fail() was given */
	const char *number;   /* two digits; only from presentation_return() */
	/* only from presentation_create() and presentation_renew() */
	const char *same_device, *cross_device; /* handles, 256 random bits each */
};

/* transaction_id, browser, may_cross and key are given; makes the rest, the handles included
 * (cross_device is NULL where it may not cross). */
int presentation_create(struct task *task, struct presentation *presentation);

/* Another handle of that way; of a QR, the one before has its grace left, never more than its life.
 * CONFLICT: fetched already, or not there, or this way is not offered. */
int presentation_renew(struct task *task, const char *transaction_id, enum presentation_way way,
    const char **ret_handle);

/* For the request endpoint: the presentation of a handle that may (still) be fetched, marked as
 * fetched; again and again the same until it is claimed.  *ret NULL: unknown, expired, claimed,
 * cancelled, fetched by the other handle or too long ago. */
int presentation_fetch(
    struct task *task, const char *handle, struct presentation **ret_presentation);

/* For the response endpoint: the presentation that waits for an answer by this handle.  *ret NULL:
 * unknown, expired, never fetched, claimed, cancelled.  Look, decrypt, compare state, then claim.
 */
int presentation_find(
    struct task *task, const char *handle, struct presentation **ret_presentation);

/* Claims it for one answer; whoever comes second gets CONFLICT.  After it the answer is spent,
 * whatever its verification says. */
int presentation_claim(struct task *task, struct presentation *presentation);

/* What the claimed answer proved; result is an object and is kept for the browser.  Makes the
 * response code, and across devices the number.  CONFLICT: cancelled or expired meanwhile. */
int presentation_answer(struct task *task, struct presentation *presentation, const json_t *result,
    const char **ret_response_code);
/* The wallet refused, or its answer was no good; why is a word for the page ("access_denied", …).
 */
int presentation_fail(struct task *task, struct presentation *presentation, const char *why);

/* Takes the response code, once.  Same device: browser must be the one that began, the presentation
 * is done and its result is there.  Across devices (any browser: it is the phone's): the number to
 * show; nothing is done yet.  *ret NULL: unknown, expired, taken.  FORBIDDEN: another browser; the
 * code is spent, the presentation
 * has failed ("other-browser"). */
int presentation_return(struct task *task, const char *response_code, const char *browser,
    struct presentation **ret_presentation);

/* Across devices: the number that the person read off the phone.  Right: done, *ret has the result.
 * Wrong: *ret NULL, ret_n_left tries remain, at 0 it has failed ("number").  CONFLICT: the phone
 * has not shown it yet, or this is not the way.  NOT_FOUND, FORBIDDEN as presentation_look(). */
struct presentation_guess {
	const char *transaction_id, *browser;
	const char *number;
};
int presentation_confirm(struct task *task, const struct presentation_guess *guess,
    struct presentation **ret_presentation, int *ret_n_left);

/* For the waiting page and its polls; changes nothing, extends nothing.  NOT_FOUND: unknown,
 * expired, cancelled; FORBIDDEN: of another browser. */
int presentation_look(struct task *task, const char *transaction_id, const char *browser,
    struct presentation **ret_presentation);

/* The person turned to another way; a late answer finds nothing. */
int presentation_cancel(struct task *task, const char *transaction_id);

#endif
