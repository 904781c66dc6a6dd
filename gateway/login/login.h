/* SPDX-License-Identifier: Apache-2.0
 *
 * Ways in.  A method proves who a person is; what it proved becomes acr and amr.  Each is one
 * struct; the chooser lists those that are configured and reach the level asked for.
 *
 * A person waiting is a record (records/transaction.h), not a fiber.  The steps of a transaction
 * stand in one table (login.c).
 */
#ifndef LOGIN_LOGIN_H
#define LOGIN_LOGIN_H

#include "http/server.h"
#include "records/evidence.h"
#include "records/session.h"
#include "records/transaction.h"

struct client;

/* Where the chooser puts a way: the person uses the device the page is on, or another one. */
enum login_place { LOGIN_HERE, LOGIN_ELSEWHERE };

/* A row of the chooser.  A method gives one, or several: one for each of its instances (upstreams),
 * one for this device and one for another. */
struct login_way {
	const char *id;    /* "wallet", "upstream-NAME"; of the link #login-ID; [a-z0-9-] */
	const char *name;  /* for people, in the task's language */
	const char *hint;  /* a line below it, or NULL */
	const char *path;  /* where its page begins: "/login/wallet"; tx= comes by itself */
	const char *query; /* more of it: "on=other", or NULL */
	const char *acr;   /* level it reaches */
	enum login_place place;
	const char *why_not; /* cannot be used now: a text for people why; NULL: it can */
};
struct login_ways {
	const struct login_way *at;
	size_t n;
};

/* For whom ways are listed; both NULL: for nobody yet (discovery). */
struct login_asked {
	const struct transaction *transaction;
	const struct client *client;
};

struct login_method {
	const char *id; /* "wallet", as settings [login] methods has it */
	bool (*is_ready)(const struct task *task); /* configured */
	/* Adds its rows by login_way_add().  Does not wait: tells what is known of it now. */
	void (*ways)(struct task *task, const struct login_asked *asked, struct login_ways *ways);
};

/* Copies the row (not its texts).  More than LOGIN_MAX_WAYS are left off. */
#define LOGIN_MAX_WAYS 64
void login_way_add(struct task *task, struct login_ways *ways, const struct login_way *way);

/* The rows of the methods that settings [login] methods names, in its order; those that cannot be
 * used now among them. */
void login_ways(struct task *task, const struct login_asked *asked, struct login_ways *ret_ways);

/* Whether settings [login] methods names it and it is configured: every address of a method asks,
 * since what the chooser does not show can still be called.  If not: METHOD_OFF for people. */
bool login_method_is_on(const struct task *task, const char *id);
#define METHOD_OFF "method-unavailable" /* reason of pages */

/* The levels the configured methods reach, for discovery; NULL-ended. */
const char *const *login_acr_values(struct task *task);
/* Whether level is at least what the words of acr_values name (any of them will do). */
bool login_acr_satisfies(const struct task *task, const char *acr, const char *acr_values);
bool login_acr_is_level(const char *acr); /* one of ours; NULL is none */
/* Whether any configured way in reaches it. */
bool login_acr_is_reachable(struct task *task, const char *acr_values);
/* What a client asks of every login (default_acr_values), as words; NULL: nothing, or what no
 * configured way in reaches. */
const char *login_acr_of_client(struct task *task, const struct client *client);

/* Where a transaction that stands at STEP_LOGIN begins: at the upstream that the request's idp_hint
 * names, else at the chooser. */
const char *login_address(struct task *task, const struct transaction *transaction);

/* A page of our own needs to know who is there: begins a transaction that no client asked for, 303
 * to the chooser. */
struct login_errand {
	const char *path;       /* where it leads in the end */
	const char *scope;      /* what it is worth, as if a client asked for it; or NULL */
	const char *client_id;  /* whose rules of logins count (login/wallet/policy.h); or NULL */
	const char *acr_values; /* levels that are enough; NULL: any */
};
int login_begin(struct task *task, const struct request *request, struct reply *reply,
    const struct login_errand *errand);

/* Where a transaction goes on, whatever the login came to. */
const char *login_onward(struct task *task, const struct transaction *transaction);

/* Who asks for the login: *ret_client is NULL where it is a page of ours, or the client has gone;
 * *ret_name is what people call it. */
int login_asker(struct task *task, const struct transaction *transaction,
    const struct client **ret_client, const char **ret_name);

/* The transaction of the query's tx in this browser, standing at STEP_LOGIN; NULL with a reason of
 * pages where it is not there.  Every page of every method begins with it. */
int login_transaction(struct task *task, const struct request *request,
    struct transaction **ret_transaction, const char **ret_reason);

/* What a method proved.  Refuses the dead and the blocked (a page that says what to do; the client
 * gets access_denied when the person goes back); makes the session, its cookie, the audit row;
 * moves the transaction to STEP_LOGGED_IN; answers 303 to /authorize/continue?tx=…  A step-up by
 * another person than the session's is refused (X20). */
struct login_proof {
	const char *method;
	const char *way; /* id of the row the person took, which the chooser remembers; or NULL */
	const char *register_key;
	const char *acr;
	const char *device; /* whose credential it was (records/credential.h), or had proved the
			       link it came by (records/link.h); or NULL */
	bool is_cross;      /* from another device than the browser's, over a QR: redeems no link */
	const char *const *amr; /* NULL-ended */
	int64_t auth_time_s;
	/* Of which login_still_stands() tells later; without a reference: none. */
	struct evidence evidence;
	/* The person came by another site's redirect: what is answered is a page that goes on by
	 * itself, lest the redirects after it count as that site's own (a form there may not lead
	 * so far: CSP form-action). */
	bool is_from_elsewhere;
};
int login_complete(struct task *task, const struct request *request, struct reply *reply,
    struct transaction *transaction, const struct login_proof *proof);

/* Whether what a session was begun with, or a grant that outlives its session (records/evidence.h),
 * is still worth it: a card that was revoked since is not, nor an issuer that is trusted no more.
 * id may be NULL: true.  Fails CARD_UNCHECKED, ISSUER_UNCHECKED where nobody can tell now. */
int login_still_stands(struct task *task, const char *id, bool *ret_stands);

/* The page of a login that ended without success; its button leads back to the client, which gets
 * access_denied. */
int login_refuse(struct task *task, const struct request *request, struct reply *reply,
    struct transaction *transaction, const char *reason);

/* The person said no, here or in the wallet: the client gets access_denied at /authorize/continue.
 */
int login_turn_back(struct task *task, struct transaction *transaction);

/* {action, csrf} of a button of a login's page: where its form goes, and the token that shows the
 * form is ours; new reference.  The second: of the one that turns back, for every page. */
json_t *login_button(struct task *task, const struct request *request, const char *path,
    const struct transaction *transaction);
json_t *login_cancel_button(
    struct task *task, const struct request *request, const struct transaction *transaction);

/* For struct page_show: a form of a login may end at the client at once, where nothing is left to
 * ask, and browsers hold the redirects after a form against the page's form-action too.  client may
 * be NULL. */
const char *login_form_targets(struct task *task, const struct client *client);

/* POST /login/cancel: the person turns back; the client gets access_denied. */
int login_cancel(struct task *task, const struct request *request, struct reply *reply);

/* POST /login/test: a persona of the chooser's #login-test form; only with settings gateway.demo.
 */
int login_test_choose(struct task *task, const struct request *request, struct reply *reply);

#endif
