/* SPDX-License-Identifier: Apache-2.0
 *
 * Which browser this is: a cookie of 256 random bits that ties transactions and forms to the
 * browser that began them. It says nothing about who sits in front of it.
 */
#ifndef ACCESS_BROWSER_H
#define ACCESS_BROWSER_H

#include "http/reply.h"
#include "http/request.h"

struct task;

#define BROWSER_COOKIE "dvara_browser"
#define SESSION_COOKIE "dvara_session"

struct browser {
	const char *secret; /* the cookie's value */
	const char *hash;   /* what records keep */
};
/* Makes the cookie where there is none. */
void browser_of(struct task *task, const struct request *request, struct reply *reply,
    struct browser *ret_browser);
/* False: no cookie. */
bool browser_known(struct task *task, const struct request *request, struct browser *ret_browser);

/* The form token of a page: HMAC(browser secret, purpose), masked anew in each page. */
const char *browser_csrf(struct task *task, const struct browser *browser, const char *purpose);
/* Fails FORBIDDEN. Looks at the form member "csrf". */
int browser_csrf_check(struct task *task, const struct request *request,
    const struct browser *browser, const char *purpose);

#endif
