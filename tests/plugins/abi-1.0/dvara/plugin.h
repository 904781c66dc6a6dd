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
 *            only until dvara_time_left_ms() reaches 0: a plugin that hangs is killed
 *
 * A plugin built against the previous minor version still loads: new members come at the end, and
 * size says which are there.
 *
 * History (another major, or a newer minor than the host's: the plugin is refused)
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
#define DVARA_ABI_MINOR 0u

struct dvara_host;    /* this plugin's seat in dvara-service; opaque */
struct dvara_request; /* one call of one caller; opaque */

enum dvara_result {
	DVARA_OK = 0,
	DVARA_EINPUT = -1,    /* the caller's mistake: answered 400 */
	DVARA_EDENIED = -2,   /* 403 */
	DVARA_ENOTFOUND = -3, /* 404 */
	DVARA_EUPSTREAM = -4, /* something this plugin needs is away: 503 */
	DVARA_EINTERNAL = -5  /* 500 for this call; logged */
};

struct dvara_setting {
	const char *name;
	const char *preset; /* default, or NULL: must be set */
	const char *help;   /* one sentence */
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

/* The caller: a person, seen through the access token the host has checked. */
DVARA_EXPORT const char *dvara_subject(
    const struct dvara_request *request); /* pairwise: this service's own name for them */
DVARA_EXPORT const char *dvara_client(
    const struct dvara_request *request); /* client_id that called for them */

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
 * an object {name: value} with what the gateway released.  DVARA_EDENIED: no consent, which in this
 * version is always the case: a person allows the client that asks, and no page yet asks them for a
 * service's own attributes.  A plugin has to do without.  DVARA_EUPSTREAM: the gateway is away. */
DVARA_EXPORT int dvara_attributes(
    struct dvara_request *request, const char *names, const char **ret_json);

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
