/* SPDX-License-Identifier: Apache-2.0
 *
 * What lasts exactly as long as one piece of work: a request, a command, a job in the background.
 * Whatever may wait, allocate or fail takes it first.
 */
#ifndef CORE_TASK_H
#define CORE_TASK_H

#include "core/arena.h"
#include "core/fault.h"

#include <stdarg.h>
#include <stdint.h>

struct loop;
struct settings;
struct redis;
struct sql;
struct fetcher;
struct keys;
struct trust;
struct wallet;
struct card;
struct upstreams;
struct issuer;
struct credential_types;
struct services;
struct documents;
struct post;
struct http_sources;
struct source_asked;

/* What the rooms of one loop stand on.  Each pointer belongs to the room that names it and is
 * opaque elsewhere.  main() fills it; a room that is not there (a unit test, a command) is NULL.
 *
 * A reload makes new rooms and retires the old: the tasks under way keep what they began with, and
 * when the last of them closes, retired(rooms) is called. */
struct rooms {
	const struct settings *settings; /* core/settings.h */
	struct redis *redis;             /* store/redis.h: this loop's connection */
	struct sql *sql;                 /* store/sql.h: shared by all loops */
	struct fetcher *fetcher;         /* http/fetch.h: this loop's outbound HTTP */
	struct keys *keys;               /* jose/keys.h: this loop's view of the signing keys */
	struct trust
	    *client_trust;     /* x509/trust.h: authorities of clients' certificates, or NULL */
	struct wallet *wallet; /* login/wallet/wallet.h: the verifier's identity and anchors */
	struct upstreams *upstreams; /* login/upstream/upstream.h: other identity providers */
	struct card *card;           /* login/card/card.h: the authorities of cards, or NULL */
	struct issuer *issuer;       /* issue/issue.h: the credential issuer's identity */
	struct credential_types *credential_types; /* records/credential_type.h */
	struct services *services;                 /* services/services.h */
	struct documents *documents;  /* oidc/documents.h: discovery and keys, ready to be sent */
	struct post *post;            /* records/post.h: this loop's sender of letters */
	struct http_sources *sources; /* sources/http_source.h: registers elsewhere, or NULL */
	unsigned n_tasks;             /* open on these rooms; of this loop's thread alone */
	void (*retired)(struct rooms *); /* NULL: in use */
};

struct task {
	struct arena arena;
	struct fault fault;
	struct loop *loop;
	struct rooms *rooms;
	int64_t deadline_ms;    /* of clock_mono_ms(); every wait takes what is left */
	char request_id[25];    /* 24 hex digits; on every log line and X-Request-Id */
	char trace_id[33];      /* W3C traceparent's trace-id, taken over or made */
	const char *language;   /* of the person: km lo en fr ar; never NULL */
	const char *dpop_nonce; /* of the answer's header DPoP-Nonce (access/nonce.h), or NULL */
	struct source_asked *sources_asked; /* what registers elsewhere told it (sources/) */
	struct task_deferred *deferred;
	unsigned n_sent; /* commands to Redis not waited for yet: their answers come into the arena,
			    so no other thread may have the task meanwhile (asserted) */
};

/* A task begins with an empty arena, no fault, fresh ids, and ttl_ms until its deadline. */
void task_open(struct task *task, struct loop *loop, struct rooms *rooms, int64_t ttl_ms);
void task_close(struct task *task);

/* The beginning of the request id, which people read out and the log finds: on pages #error-code,
 * in answers of the protocols the id of error_uri. */
#define TASK_SHORT_ID_LETTERS 10
const char *task_short_id(struct task *task);

/* Milliseconds until the deadline, 0 when it has passed. */
int64_t task_left_ms(const struct task *task);

/* Memory of the task; never NULL (core/arena.h). */
void *task_alloc(struct task *task, size_t bytes) __attribute__((malloc, returns_nonnull));
void *task_alloc_n(struct task *task, size_t n, size_t each_bytes)
    __attribute__((malloc, returns_nonnull));
char *task_dup(struct task *task, const char *text);
char *task_dup_n(struct task *task, const char *bytes, size_t len); /* adds a NUL */
char *task_printf(struct task *task, const char *format, ...)
    __attribute__((format(printf, 2, 3), returns_nonnull));
char *task_number(struct task *task, int64_t number); /* in decimal digits */
char *task_vprintf(struct task *task, const char *format, va_list args)
    __attribute__((format(printf, 2, 0), returns_nonnull));

/* Memory for a part of the work, given back at its end: for loops that read page after page.  In
 * between the task's allocations, and what is deferred, are of that part; nothing of it is to be
 * held after the end but numbers (and task->fault, less its pointer).  No answer of Redis is
 * awaited at either end. */
struct task_aside {
	struct arena arena;
	struct task_deferred *deferred;
	struct source_asked *sources_asked;
};
void task_aside_begin(struct task *task, struct task_aside *aside);
void task_aside_end(struct task *task, struct task_aside *aside);

/* Calls fn(arg) when the task closes, last deferred first: for what the arena cannot free (a
 * reference counted by jansson, a client held in the cache). */
void task_defer(struct task *task, void (*fn)(void *arg), void *arg);

#define task_new(task, type)      ((type *)task_alloc((task), sizeof(type)))
#define task_new_n(task, type, n) ((type *)task_alloc_n((task), (n), sizeof(type)))

#endif
