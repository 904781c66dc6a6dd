/* SPDX-License-Identifier: Apache-2.0
 *
 * A request as a handler sees it: past the door (http/door.h), so text is UTF-8 and holds no NUL,
 * and no parameter stands twice.  A parameter's value may hold other control characters: a state
 * with %0d%0a has to come back byte-exact.  They never reach a header, a page or a log unescaped,
 * because each of these escapes.  Everything lives as long as the task.
 */
#ifndef HTTP_REQUEST_H
#define HTTP_REQUEST_H

#include "core/json.h"
#include "core/str.h"

struct task;

struct pair {
	const char *name, *value;
};
struct pairs {
	const struct pair *at;
	size_t n;
};

struct request {
	const char
	    *method; /* GET HEAD POST PUT DELETE PATCH; HEAD reaches the handler of GET as "HEAD" */
	const char *path;         /* decoded, normal: no "..", no "//", no encoded slash */
	const char *raw_query;    /* as sent, without '?'; "" where there is none */
	const char *rest;         /* what stood for '*' in the route, or NULL */
	struct pairs query;       /* decoded */
	struct pairs captures;    /* {name} of the route's path */
	struct pairs headers;     /* names as sent, compared without case */
	struct pairs form;        /* of an application/x-www-form-urlencoded body; else empty */
	const char *content_type; /* media type in lower case, without parameters; NULL: none */
	struct bytes body;
	const char *duplicate; /* ROUTE_MAY_DUPLICATE only: name of the first parameter that stands
				  twice, else NULL */
	bool too_many_params;  /* ROUTE_MAY_DUPLICATE only: more than 64, the rest left out */
	const char *address;   /* of the caller: the peer, or what a trusted proxy says */
	bool is_tls;           /* of the connection, or what a trusted proxy says */
	bool is_plain;         /* a trusted proxy says that the caller came by http */
	const char *base;      /* the URL by which it came: the issuer, or gateway.mtls_url */
	/* DER of the client's TLS certificate, whose key it has proved to hold: to us, or to a
	 * trusted proxy (RFC 9440); who issued it is not looked at.  len 0: none.  And what the
	 * client sent of those above it. */
	struct bytes peer_certificate;
	const struct bytes *peer_issuers;
	size_t n_peer_issuers;
};

/* NULL: absent.  An empty value is "". */
const char *request_query(const struct request *request, const char *name);
/* NULL: absent, or without a value, which is the same (RFC 6749 section 3.2). */
const char *request_form(const struct request *request, const char *name);
/* Every value of a parameter that may repeat (struct route): a NULL-ended array. */
const char **request_form_all(struct task *task, const struct request *request, const char *name);

/* Form for POST, else query; NULL: absent.  An empty value is "": a state comes back as it was. */
const char *request_param(const struct request *request, const char *name);
const char *request_header(const struct request *request, const char *name);
/* Whether Accept names just this type, and not with q=0 (RFC 9110 section 12.5.1). */
bool request_accepts(const struct request *request, const char *type);
const char *request_capture(const struct request *request, const char *name);
const char *request_cookie(struct task *task, const struct request *request, const char *name);

/* The body as JSON: UNSUPPORTED_MEDIA_TYPE, INVALID_REQUEST.  The caller owns *ret_json. */
int request_json(struct task *task, const struct request *request, json_t **ret_json);

/* Whether a form came from one of our own pages: Sec-Fetch-Site is same-origin or absent, Origin is
 * ours or absent, and one of them says so (for a text browser Referer may).  Our pages ask for
 * no-referrer, which makes Origin "null": that counts as absent.  Fails FORBIDDEN. */
int request_is_ours(struct task *task, const struct request *request);

#endif
