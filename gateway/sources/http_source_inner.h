/* SPDX-License-Identifier: Apache-2.0
 *
 * The inside of registers that are asked over HTTP, for the files http_source*.c alone.
 *
 *   http_source.c         registers asked side by side, and what of it counts
 *   http_source_plan.c    who is asked for what
 *   http_source_file.c    one file of the folder
 *   http_source_keys.c    the keys and certificates that it names
 *   http_source_ask.c     one request: signed, sent, and the circuit of who does not answer
 *   http_source_answer.c  one answer: believed in nothing that it does not show
 *   http_source_life.c    the last word on a person's life, in SQL
 */
#ifndef SOURCES_HTTP_SOURCE_INNER_H
#define SOURCES_HTTP_SOURCE_INNER_H

#include "core/fiber.h"
#include "core/json_folder.h"
#include "http/fetch.h"
#include "jose/keys.h"
#include "sources/http_source.h"

#define HTTP_SOURCE_CLAIMS_MAX 64

enum http_type { HTTP_TEXT = 1, HTTP_DATE, HTTP_BOOLEAN, HTTP_NUMBER, HTTP_OBJECT };

/* A claim of ours and the field of theirs that it is. */
struct http_claim {
	const char *name, *field;
	enum http_type type;
	const json_t *values; /* {theirs: ours}; NULL: as it stands */
};

/* An attribute that the register compares and does not tell. */
struct http_match {
	const char *attribute, *field;
	double threshold; /* a score from here on is a match; 0: it answers true or false */
};

/* Texts and JSON are borrowed from json, which is the file. */
struct http_source {
	struct http_source *next;
	json_t *json;
	char *name;
	const json_t *title; /* {lang: text} */
	const char *url;
	const char *asked_by; /* the claim of the built-in register that is the key there; NULL:
				 the register key itself */
	struct http_claim *claims;
	size_t n_claims;
	struct http_match *matches;
	size_t n_matches;
	const char *life_field; /* NULL: it says nothing of that, and knows nobody by itself */
	const json_t *lives;    /* {theirs: active, dead or blocked} */
	int64_t max_age_s, timeout_ms;
	struct fetch_tls tls;  /* its texts are ours to free */
	struct signer *signer; /* NULL: the gateway's own */

	unsigned n_failures; /* in a row */
	int64_t try_at_ms;   /* of an open circuit: when one call may try again */
};

struct http_sources {
	struct http_source *first; /* by the names of their files */
};

/* One request: what is asked, and what came of it. */
struct http_question {
	struct http_source *source;
	const char *key;
	bool claims[HTTP_SOURCE_CLAIMS_MAX]; /* of source->claims: which are asked */
	const json_t *candidates;            /* {field: value} to be compared, or NULL */

	bool is_away; /* could not be asked, or not be believed; why says it */
	const char *why;
	bool is_found;
	enum life life;        /* 0: it says nothing of it */
	const json_t *known;   /* {claim: value} of what was asked */
	const json_t *matched; /* {field: true or false} */
};

/* The questions of one find: of each source in their order, NULL where it has nothing to say. */
struct http_inquiry {
	struct task *task;
	const struct source_asking *asking;
	const char *const *wanted; /* names, and what they may be made from */
	struct http_question *questions[JSON_FOLDER_MAX];
	struct http_question *fresh[JSON_FOLDER_MAX]; /* those that no one answered before */
	size_t n_fresh;
	unsigned n_under_way;
	struct wait wait;
};

/* Fills wanted, questions and fresh.  entry: what the built-in register knows, or NULL. */
void http_source_plan(struct http_inquiry *all, const struct source_entry *entry);

/* What a register has of a name, or compares; NULL: nothing. */
const struct http_claim *http_source_claim(const struct http_source *source, const char *name);
const struct http_match *http_source_match(const struct http_source *source, const char *name);

/* One file.  Fails MISCONFIGURED.  http_source_free() is legal on NULL. */
int http_source_read(struct task *task, const char *folder, const char *name, json_t *json,
    struct http_source **ret_source);
void http_source_free(struct http_source *source);

/* Its tls and signer, from the PEM files that it names; path: of the file.  Blocks.  Fails
 * MISCONFIGURED. */
int http_source_keys_read(struct task *task, const char *path, struct http_source *source);
void http_source_keys_free(struct http_source *source);

/* Asks; waits.  The question says what came of it; what it says lives as long as holder. */
void http_source_ask(struct task *task, struct http_question *question, struct task *holder);

/* Reads what was answered to the request of that id.  Fails UPSTREAM_BROKEN; the question is then
 * as it was. */
int http_source_answer(struct task *task, const char *request_id, struct bytes body,
    struct http_question *question, struct task *holder);

/* SQL: what they said last of the person (struct source). */
int http_source_life(struct task *task, const char *register_key, enum life *ret_life);

/* Keeps what they say now, where it is another word, and returns the worst of them all: of those
 * that are away what they said last.  0: none of them knows the person.  questions: of each source
 * in their order, NULL where it was not asked. */
int http_source_life_settle(struct task *task, const char *register_key,
    struct http_question *const *questions, enum life *ret_life);

#endif
