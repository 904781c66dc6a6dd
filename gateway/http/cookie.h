/* SPDX-License-Identifier: Apache-2.0
 *
 * The Cookie header (RFC 6265 section 5.4).
 */
#ifndef HTTP_COOKIE_H
#define HTTP_COOKIE_H

struct task;

/* The value of a cookie, or NULL.  One that stands twice is nobody's: somebody else may have set
 * the other, so it is NULL as well. */
const char *cookie_find(struct task *task, const char *header, const char *name);

/* What a cookie is called on the wire: __Host-NAME over https, so that no other host can set it. */
const char *cookie_wire_name(struct task *task, const char *name);

#endif
