/* SPDX-License-Identifier: Apache-2.0
 *
 * dvara-service: runs one service plugin in a process of its own.
 *
 * It is a resource server like any other: it knows the gateway by its URL and its JWKS, checks the
 * access token of every call, and asks for attributes as its own client.  The loop takes the calls;
 * the plugin runs on one other thread, so that it may block; one call at a time.
 */
#ifndef HOST_HOST_H
#define HOST_HOST_H

#include "core/json.h"
#include "core/settings.h"
#include "core/task.h"
#include "dvara/plugin.h"
#include "http/server.h"
#include "jose/keys.h"
#include "manifest/manifest.h"

/* The command line; NULL where a word is not there. */
struct words {
	const char *plugin, *program, *socket, *listen_fd, *listen, *tls_cert, *tls_key, *gateway,
	    *client, *ca_file, *url, *state, *trust, *uid;
	bool allow_unsigned;
	bool wants_test;
	char *const *conversations; /* the words that are left: files to be replayed */
	size_t n_conversations;
};

/* A file or folder of the service, and a way to it for the user that it runs as (held.c). */
struct host_place {
	char *path; /* absolute; NULL: there is none */
	int fd;     /* of O_PATH; -1 */
};

struct dvara_host {
	struct manifest manifest;
	const char *file; /* of the plugin or program, absolute */
	int file_fd;      /* its bytes, sealed */
	const struct dvara_service *service;
	void *self;               /* the plugin's */
	struct host_place folder; /* of the plugin */
	struct host_place state, ca_file, test_clock;
	json_t *values;       /* settings.json */
	const char *gateway;  /* URL: issuer of the tokens */
	const char *audience; /* gateway + "/services/" + id */
	const char *url; /* as its callers write it: htu of their proofs; the audience, or --url */
	bool is_behind_gateway; /* called over its socket */
	const char *client_id;
	struct signer *signer;           /* of the client assertion; the loop's */
	struct signer *statement_signer; /* of dvara_sign(), the plugin's thread's; or NULL */
	json_t *statement_jwks;          /* its public half, or NULL */
	struct jwks jwks;                /* the gateway's, as last read */
	int64_t jwks_read_ms;
	struct settings settings;
	struct rooms rooms;
	struct loop *loop;
	const json_t *rehearsed; /* a call of a conversation; NULL: there is a gateway to ask */
	int64_t now_s;           /* of it; 0: the clock's */
};
extern struct dvara_host host_seat; /* one process, one plugin */

/* The call under way, as the plugin sees it. */
struct dvara_request {
	struct task *task;
	const struct request *http;
	const char *subject, *client, *scope, *token, *language;
	size_t lent_bytes;
};

/* A step under way. */
struct dvara_tx {
	struct dvara_request *request;
	struct sql_tx *tx;
	dvara_step *step;
	void *arg;
	int result; /* the plugin's word; DVARA_OK while it has not spoken */
	unsigned n_told;
};

#ifdef __has_feature
#define HOST_HAS_FEATURE(name) __has_feature(name)
#else
#define HOST_HAS_FEATURE(name) 0
#endif
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__) || \
    HOST_HAS_FEATURE(address_sanitizer) || HOST_HAS_FEATURE(thread_sanitizer)
#define HOST_IS_SANITIZED 1
#else
#define HOST_IS_SANITIZED 0
#endif

/* words.c.  False: they make no sense, and the usage has been said. */
bool host_words_read(struct words *words, int argc, char **argv);

/* limits.c: for the rest of the process's life, before anything else is done. */
void host_limits(void);

/* place.c: opens a file of the service, or -1 with ret_why. */
int host_file_open(const char *path, char ret_why[256]);
bool host_refuse(char why[256], const char *path, const char *what); /* false */

/* load.c: reads and checks the files of the service.  False: ret_why names what is wrong. */
bool host_read(
    struct dvara_host *host, struct task *task, const struct words *words, char ret_why[256]);
/* Maps the shared object, checks it against the ABI and its manifest. */
bool host_load(struct dvara_host *host, char ret_why[256]);
/* Checks settings.json and calls open(). */
bool host_open(struct dvara_host *host, char ret_why[256]);

/* confine.c: from here on the process has a user of its own where root allows that, sees the
 * service's folder, its state and the system's libraries, and may do what syscalls.c lists.  Before
 * any thread. */
bool host_confine(struct dvara_host *host, const struct words *words, char ret_why[256]);

/* held.c: opens the places of the service, and once it has its user gives each the path by which
 * that user reaches it.  False: ret_why, with what that user may not read. */
bool host_places_hold(struct dvara_host *host, const struct words *words, char ret_why[256]);
bool host_places_settle(struct dvara_host *host, char ret_why[256]);

/* user.c: a user of its own, and no power of root's.  False: ret_why. */
bool host_user_leave_root(
    const struct dvara_host *host, const struct words *words, char ret_why[256]);

/* What a service may do, as confine.c decides. */
struct walls {
	bool has_network; /* it makes sockets, and connects to the ports of its manifest */
	bool may_execute;
	bool may_signal; /* something else keeps its signals from processes that are not its own */
};

/* landlock.c: which files there are, and which ports.  False: ret_why. */
bool host_landlock_confine(
    const struct dvara_host *host, const struct walls *walls, char ret_why[256]);
/* Whether the kernel will keep signals within the service. */
bool host_landlock_keeps_signals(void);

/* syscalls.c.  False: ret_why. */
bool host_syscalls_confine(const struct walls *walls, char ret_why[256]);

/* caller.c: the access token of a call; fills subject, client, token.  Fails NO_TOKEN,
 * INVALID_TOKEN, INVALID_TOKEN_PROOF, UPSTREAM_BROKEN. */
int host_caller(struct dvara_host *host, struct dvara_request *request);

/* holder.c: whether the token that is bound as cnf says (NULL: to nobody) is shown by its holder.
 */
int host_holder(
    struct dvara_host *host, struct dvara_request *request, const json_t *cnf, bool is_dpop);

/* call.c: the only route. */
int host_call(struct task *task, const struct request *request, struct reply *reply);
/* handle() on the plugin's thread, and its answer held against what one may be.  Fails as the call
 * is then answered. */
int host_handle(struct dvara_request *request, struct dvara_answer *ret_answer);

/* program.c: becomes the program.  False: it could not; ret_why. */
bool host_program_run(struct dvara_host *host, const struct words *words, char ret_why[256]);

/* conversation.c: replays golden conversations (JSON files) without a gateway, each with an empty
 * store; says on standard output what differs.  True: nothing. */
bool host_rehearse(struct dvara_host *host, const struct words *words);
/* What the call under way of a conversation says in place of the gateway: its member "attributes"
 * or "subjects"; NULL: not said. */
const json_t *host_rehearsed(const char *member);

/* line.c: a connection to the gateway that is there already, or -1; for struct fetch
 * (http/fetch.h). Only of a service that the gateway has started so. */
bool host_uses_lines(const struct dvara_host *host);
int host_line(void);

/* fetch.c: one call to the gateway itself, at that path of it. */
struct fetch;
struct fetched;
int host_fetch(
    struct task *task, struct fetch *fetch, const char *path, struct fetched *ret_fetched);

/* form.c: the body of a call as this service's own client (private_key_jwt, RFC 7523), with these
 * parameters; those without a value are left out.  DVARA_EINPUT: too long. */
int host_form(struct task *task, struct pairs parameters, struct bytes *ret_body);

/* wait.c: work on a fiber of the loop, while the plugin's thread waits.  Returns what the work
 * does, a DVARA_…; of DVARA_EINTERNAL the task's fault is logged. */
typedef int host_work(struct task *task, void *arg);
int host_wait(struct dvara_request *request, host_work *work, void *arg);

/* store.c: brings the service's own database up to its migrations, before the first call.  Blocks.
 * state: its folder, or NULL. */
bool host_store_open(struct dvara_host *host, const char *state, char ret_why[256]);
void host_store_close(struct dvara_host *host); /* after the loop has ended */

/* news_carry.c: how news get to the gateway.  On the loop. */
void host_news_begin(void); /* what was left over */
void host_news_haste(void); /* something was written */

/* news.c: where they wait until then, beside dvara_tell(). */
bool host_news_open(struct dvara_host *host, char ret_why[256]);
/* Of a conversation: what the call told, [{subject, type, reference}], which waits no more.  New
 * reference. */
int host_news_take(struct task *task, json_t **ret_news);

/* statement.c: GET /jwks, the keys of what dvara_sign() signs. */
int host_jwks(struct task *task, const struct request *request, struct reply *reply);

/* load.c: malloc'ed; NULL: it cannot be read, or has max_bytes or more. */
char *host_text_file(const char *path, size_t max_bytes);

#endif
