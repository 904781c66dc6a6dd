/* SPDX-License-Identifier: Apache-2.0
 *
 * dvara/plugin.h: all that a service plugin may see.
 *
 * A plugin is a shared object that exports one constant, struct dvara_service, by DVARA_SERVICE(…).
 * The program dvara-service loads it in a process of its own, checks each caller's access token,
 * and calls handle() for each request.  A crash costs this plugin a restart, and nobody else
 * anything.
 *
 * Said once, true of everything below:
 *   text     UTF-8, NUL-terminated, never NULL unless marked "or NULL"
 *   time     _s is seconds since 1970 UTC, _ms is a duration in milliseconds
 *   memory   what the host passes in lives until the call returns; what a plugin passes out comes
 *            from dvara_alloc() or dvara_printf(), or is constant; neither side frees the other's
 *   errors   DVARA_OK or a negative DVARA_E…; on failure every ret_ argument is untouched
 *   threads  open, handle and close are called on one thread, one at a time; handle may block, but
 *            only until dvara_time_left_ms() reaches 0: a plugin that hangs is killed.  What is
 *            lent is for that thread
 *
 * A plugin built against a previous minor version still loads: new members come at the end, and
 * size says which are there.
 *
 * History (another major, or a newer minor than the host's: the plugin is refused)
 *   1.2      news of people (dvara_tell)
 *   1.1      a store of the service's own (migrations, dvara_read, dvara_write, dvara_run), signed
 *            statements (dvara_sign), clients that call for themselves (dvara_subject "",
 *            dvara_scope, dvara_subject_of), DVARA_ECONFLICT, dvara_random_id, dvara_now_s
 *   1.0      first release
 */
#ifndef DVARA_PLUGIN_H
#define DVARA_PLUGIN_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define DVARA_ABI_MAJOR 1u
#define DVARA_ABI_MINOR 2u

struct dvara_host;    /* this plugin's seat in dvara-service; opaque */
struct dvara_request; /* one call of one caller; opaque */

enum dvara_result {
	DVARA_OK = 0,
	DVARA_EINPUT = -1,    /* the caller's mistake: answered 400 */
	DVARA_EDENIED = -2,   /* 403 */
	DVARA_ENOTFOUND = -3, /* 404 */
	DVARA_EUPSTREAM = -4, /* something this plugin needs is away: 503 */
	DVARA_EINTERNAL = -5, /* 500 for this call; logged */
	DVARA_ECONFLICT = -6  /* 409: what is there already stands against it (1.1) */
};

struct dvara_setting {
	const char *name;
	const char *preset; /* default, or NULL: must be set */
	const char *help;   /* one sentence */
};

/* Tables of the service's own, brought up step by step before open().  The statements are parted by
 * ';' and in the common part of SQLite 3.40 and PostgreSQL 15: columns BIGINT and TEXT, times as
 * seconds, keys of dvara_random_id(); no AUTOINCREMENT, PRAGMA, trigger, INSERT OR REPLACE.  What
 * was once shipped never changes: another step is added. */
struct dvara_migration {
	int number;             /* 1, 2, 3, … without a gap; 0 ends the array */
	const char *statements; /* or NULL at the end */
};

struct dvara_answer {
	int status;               /* 200 to 599; 0: 200 */
	const char *content_type; /* or NULL: application/json */
	const char *body;         /* or NULL: none */
	size_t body_bytes;        /* at most 1 MiB; 0 with a body: its strlen */
};

struct dvara_service {
	uint32_t abi_major, abi_minor;
	size_t size;                          /* sizeof(struct dvara_service) */
	const char *id;                       /* as in its manifest: [a-z][a-z0-9-]{1,31} */
	const char *version;                  /* of the plugin */
	const struct dvara_setting *settings; /* ends with a NULL name; or NULL */

	/* Once, before the first request.  *ret_self is handed to the others.  On failure the
	 * reason goes to dvara_log(), and the process ends. */
	int (*open)(struct dvara_host *host, void **ret_self);
	void (*close)(void *self); /* or NULL */

	/* One request.  ret_answer is all zero at the call. */
	int (*handle)(void *self, struct dvara_request *request, struct dvara_answer *ret_answer);

	/* Since 1.1. */
	const struct dvara_migration *migrations; /* ends with number 0; NULL: it stores nothing */
};

#if defined(__GNUC__)
#define DVARA_EXPORT             __attribute__((visibility("default")))
#define DVARA_PRINTF(nth, first) __attribute__((format(printf, nth, first)))
#else
#define DVARA_EXPORT
#define DVARA_PRINTF(nth, first)
#endif

/* DVARA_SERVICE(.id = "hello", .version = "1.0", .handle = hello); */
#ifndef __cplusplus
#define DVARA_SERVICE(...) \
	DVARA_EXPORT const struct dvara_service dvara_service = {.abi_major = DVARA_ABI_MAJOR, \
	    .abi_minor = DVARA_ABI_MINOR, \
	    .size = sizeof(struct dvara_service), \
	    __VA_ARGS__}
#endif

/* What the host lends. */

/* The caller, seen through the access token that the host has checked: a client, for a person or
 * for itself.  Clients that call for themselves reach only a service whose manifest has "client"
 * among its "callers", and that is built against 1.1 at least. */
DVARA_EXPORT const char *dvara_subject(
    const struct dvara_request *request); /* pairwise: this service's own name for the person, the
					     same at every call; "": the client calls for itself */
DVARA_EXPORT const char *dvara_client(
    const struct dvara_request *request); /* client_id that called */
DVARA_EXPORT const char *dvara_scope(
    const struct dvara_request *request); /* words with spaces between; "": none (1.1) */

/* The call.  path begins with '/', decoded, without the service's own prefix. */
DVARA_EXPORT const char *dvara_method(const struct dvara_request *request);
DVARA_EXPORT const char *dvara_path(const struct dvara_request *request);
DVARA_EXPORT const char *dvara_query(
    const struct dvara_request *request, const char *name); /* or NULL */
DVARA_EXPORT const char *dvara_body(const struct dvara_request *request, size_t *ret_bytes);
DVARA_EXPORT const char *dvara_language(const struct dvara_request *request); /* km lo en fr ar */
DVARA_EXPORT uint32_t dvara_time_left_ms(const struct dvara_request *request);

/* Memory that lives as long as the request; NULL past 4 MiB. */
DVARA_EXPORT void *dvara_alloc(struct dvara_request *request, size_t bytes);
DVARA_EXPORT char *dvara_printf(struct dvara_request *request, const char *format, ...)
    DVARA_PRINTF(2, 3);

/* Attributes of the person, of those that the manifest names: names parted by spaces.  *ret_json is
 * an object {name: value} with what the gateway released: asked ∩ in the manifest ∩ allowed by the
 * person (or by a duty that the manifest names) ∩ known.  What is not there was not released, and
 * nobody says why.  DVARA_EDENIED: no consent, it was withdrawn, or nobody is there to ask about.
 * DVARA_EUPSTREAM: the gateway is away.  Keep no value longer than the manifest's data_life. */
DVARA_EXPORT int dvara_attributes(
    struct dvara_request *request, const char *names, const char **ret_json);

/* This service's name (as dvara_subject() says it) for a person whom the calling client knows by
 * sub, its own name for them: so that an agency can write about a person who is not there.  Waits
 * for the gateway.  DVARA_ENOTFOUND: nobody whom that client has signed in.  (1.1) */
DVARA_EXPORT int dvara_subject_of(
    struct dvara_request *request, const char *sub, const char **ret_subject);

/* A statement of this service: a JWS (ES256) over the claims, a JSON object, with iss (ISSUER
 * /services/ID), iat, exp (life_s later) and jti filled in; of those, only jti may be given.  typ
 * is its own, e.g. "sim-proof+jwt", so that it is taken for nothing else.  Anybody verifies it by
 * the keys at iss + "/jwks".  DVARA_EINPUT: claims_json is no object, or says iss, iat or exp.
 * (1.1) */
DVARA_EXPORT int dvara_sign(struct dvara_request *request, const char *typ, const char *claims_json,
    int64_t life_s, const char **ret_jws);

/* 128 random bits in 22 letters: for keys, references, codes.  NULL: no memory left.  (1.1) */
DVARA_EXPORT const char *dvara_random_id(struct dvara_request *request);
DVARA_EXPORT int64_t dvara_now_s(void); /* of the clock that the gateway goes by (1.1) */

/* The store of the service's own: one database, made by its migrations (1.1).
 *
 *	if (dvara_read(request, "SELECT number FROM sim WHERE subject = ?1",
 *		DVARA_VALUES(dvara_text_value(subject)), &rows) == DVARA_OK)
 *		for (size_t i = 0; i < dvara_n_rows(rows); i++)
 *			… dvara_text(rows, i, 0) …
 *
 * Parameters are ?1 ?2 …, each used.  Never write a value into a statement. */
enum dvara_kind { DVARA_IS_NULL = 0, DVARA_IS_INT = 1, DVARA_IS_TEXT = 2 };
struct dvara_value {
	enum dvara_kind is;
	int64_t integer;
	const char *text; /* UTF-8 */
};
static inline struct dvara_value
dvara_text_value(const char *text)
{ /* NULL: null */
	struct dvara_value value = {text ? DVARA_IS_TEXT : DVARA_IS_NULL, 0, text};

	return value;
}
static inline struct dvara_value
dvara_int_value(int64_t integer)
{
	struct dvara_value value = {DVARA_IS_INT, integer, NULL};

	return value;
}
#ifndef __cplusplus
/* The two arguments values and n_values. */
#define DVARA_VALUES(...) \
	(const struct dvara_value[]){__VA_ARGS__}, \
	    sizeof((const struct dvara_value[]){__VA_ARGS__}) / sizeof(struct dvara_value)
#endif
#define DVARA_NO_VALUES NULL, 0

struct dvara_rows; /* an answer, at most 1000 rows: what may be more is paged; opaque */
DVARA_EXPORT size_t dvara_n_rows(const struct dvara_rows *rows);
DVARA_EXPORT const char *dvara_text(
    const struct dvara_rows *rows, size_t row, size_t column); /* or NULL: null, or no text */
DVARA_EXPORT int64_t dvara_int(
    const struct dvara_rows *rows, size_t row, size_t column);     /* null, or no number: 0 */
DVARA_EXPORT int64_t dvara_changed(const struct dvara_rows *rows); /* rows that were written */

/* One statement that reads; it sees all that was written before.  DVARA_EUPSTREAM: the database is
 * away, locked or full; DVARA_EINTERNAL: the statement is wrong, and the log says how. */
DVARA_EXPORT int dvara_read(struct dvara_request *request, const char *sql,
    const struct dvara_value *values, size_t n_values, const struct dvara_rows **ret_rows);

/* All or nothing: step(tx, arg) runs its statements by dvara_run(), and what it wrote is durable
 * when dvara_write() returns DVARA_OK.  A step that fails is rolled back, and dvara_write() returns
 * what it returned.  step runs while the caller waits, on a thread of the host; it may use
 * dvara_alloc(), dvara_printf() and dvara_random_id(), it may not wait (dvara_attributes(),
 * dvara_read(), dvara_write(), dvara_subject_of()), and is quick.  After DVARA_EUPSTREAM it may all
 * the same have been done. */
struct dvara_tx; /* opaque */
typedef int dvara_step(struct dvara_tx *tx, void *arg);
DVARA_EXPORT int dvara_write(struct dvara_request *request, dvara_step *step, void *arg);

/* One statement inside a step.  ret_rows may be NULL.  DVARA_ECONFLICT: a rule of the tables stands
 * against it (UNIQUE, CHECK, a foreign key).  After a failure the step can only end. */
DVARA_EXPORT int dvara_run(struct dvara_tx *tx, const char *sql, const struct dvara_value *values,
    size_t n_values, const struct dvara_rows **ret_rows);

/* News of a person, for whoever they let call this service now: each such client gets an event
 * service.news, with a webhook where it asked for one (gateway/consent/openapi.json), and comes for
 * the content by the person's token.  It is written with the rest of the step, and told once, soon
 * after it; while the gateway is away it waits, at most a week.  Whom it reached nobody says.
 * DVARA_EINPUT: the manifest's "events" do not have the type, reference or clients are none, there
 * is no subject, or the step told 100 already; DVARA_EUPSTREAM: 50,000 wait.  After a failure the
 * step can only end.  (1.2) */
struct dvara_news {
	const char *subject;   /* this service's name for the person: dvara_subject(),
				  dvara_subject_of() */
	const char *type;      /* as in the manifest, e.g. "application.changed" */
	const char *reference; /* of what: up to 64 letters of printable ASCII, with nothing of the
				  person in it; or NULL */
	const char *clients;   /* client_ids with spaces between, up to 1000 letters: nobody else
				  is told, since others see less here; NULL: whoever may call */
};
DVARA_EXPORT int dvara_tell(struct dvara_tx *tx, const struct dvara_news *news);

/* A setting of the plugin (settings.json beside it), or its preset.  A path is relative to the
 * plugin's folder. */
DVARA_EXPORT const char *dvara_setting(const struct dvara_host *host, const char *name);
DVARA_EXPORT const char *dvara_folder(
    const struct dvara_host *host); /* absolute: where the plugin lies */

/* One line in the gateway's log.  Never a name, a number, a token.  host or request may be what you
 * have. */
DVARA_EXPORT void dvara_log(struct dvara_host *host, const char *format, ...) DVARA_PRINTF(2, 3);

#ifdef __cplusplus
}
#endif
#endif
