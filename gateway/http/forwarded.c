/* SPDX-License-Identifier: Apache-2.0
 *
 * Forwarded (RFC 7239) and X-Forwarded-For.  Called by the door for peers that are trusted proxies.
 */
#include "http/forwarded.h"

#include "core/task.h"

#include <string.h>
#include <strings.h>

#define MAX_HOPS 32

/* One element of the list: what that proxy saw. */
struct hop {
	struct network address;
	bool is_known; /* address could be read */
	bool has_proto, is_tls, is_plain;
};
struct hops {
	struct hop at[MAX_HOPS];
	size_t n;
	bool are_too_many;
};

typedef void hop_reader(const char *at, size_t len, struct hop *ret_hop);
static void hops_read(
    const struct pairs *headers, const char *name, hop_reader *read, struct hops *hops);
static size_t element_len(const char *at);
static void hop_of_forwarded(const char *at, size_t len, struct hop *ret_hop);
static void hop_of_x_forwarded(const char *at, size_t len, struct hop *ret_hop);
static void parameter_read(const char *at, size_t len, struct hop *hop);
static bool node_read(const char *at, size_t len, struct network *ret_address);
static const char *last_value(const struct pairs *headers, const char *name);
static void walk(const struct hops *hops, const struct networks *trusted, struct caller *caller);

int
forwarded_read(struct task *task, const struct pairs *headers, const struct networks *trusted,
    struct caller *ret_caller)
{
	struct hops *standard = task_new(task, struct hops), *usual = task_new(task, struct hops);
	const char *proto = last_value(headers, "X-Forwarded-Proto");
	struct caller by_usual = *ret_caller, by_standard = *ret_caller;

	hops_read(headers, "Forwarded", hop_of_forwarded, standard);
	hops_read(headers, "X-Forwarded-For", hop_of_x_forwarded, usual);
	if (standard->are_too_many || usual->are_too_many)
		return fail(task, BAD_REQUEST, "too many proxies in between");
	walk(standard, trusted, &by_standard);
	walk(usual, trusted, &by_usual);
	if (standard->n > 0 && usual->n > 0 &&
	    memcmp(by_standard.address.at, by_usual.address.at, 16) != 0)
		return fail(task, BAD_REQUEST, "Forwarded and X-Forwarded-For disagree");
	if (proto != NULL) {
		by_usual.is_tls = strcasecmp(proto, "https") == 0;
		by_usual.is_plain = strcasecmp(proto, "http") == 0;
	}
	*ret_caller = standard->n > 0 ? by_standard : by_usual;
	return 0;
}

static void
hops_read(const struct pairs *headers, const char *name, hop_reader *read, struct hops *hops)
{
	const char *at;
	size_t i, len;

	for (i = 0; i < headers->n; i++) {
		if (strcasecmp(headers->at[i].name, name) != 0)
			continue;
		for (at = headers->at[i].value;; at += len + 1) {
			at += strspn(at, " \t");
			len = element_len(at);
			if (len > 0 && hops->n == MAX_HOPS)
				hops->are_too_many = true;
			else if (len > 0)
				read(at, len, &hops->at[hops->n++]);
			if (at[len] == 0)
				break;
		}
	}
}

/* Up to a comma that stands outside of quotes. */
static size_t
element_len(const char *at)
{
	bool quoted = false;
	size_t len;

	for (len = 0; at[len] != 0 && (quoted || at[len] != ','); len++)
		if (at[len] == '"')
			quoted = !quoted;
	return len;
}

static void
hop_of_x_forwarded(const char *at, size_t len, struct hop *ret_hop)
{
	ret_hop->is_known = node_read(at, len, &ret_hop->address);
}

/* for=192.0.2.60;proto=http;by=203.0.113.43 */
static void
hop_of_forwarded(const char *at, size_t len, struct hop *ret_hop)
{
	const char *end = at + len, *next;

	for (; at < end; at = next + 1) {
		while (at < end && (*at == ' ' || *at == '\t'))
			at++;
		next = memchr(at, ';', (size_t)(end - at));
		if (next == NULL)
			next = end;
		parameter_read(at, (size_t)(next - at), ret_hop);
	}
}

static void
parameter_read(const char *at, size_t len, struct hop *hop)
{
	if (len > 4 && strncasecmp(at, "for=", 4) == 0)
		hop->is_known = node_read(at + 4, len - 4, &hop->address);
	if (len > 6 && strncasecmp(at, "proto=", 6) == 0) {
		hop->has_proto = true;
		hop->is_tls = len == 11 && strncasecmp(at + 6, "https", 5) == 0;
		hop->is_plain = len == 10 && strncasecmp(at + 6, "http", 4) == 0;
	}
}

/* 192.0.2.1, 192.0.2.1:4711, 2001:db8::1, "[2001:db8::1]:4711" */
static bool
node_read(const char *at, size_t len, struct network *ret_address)
{
	struct network address;
	const char *colon, *bracket;

	while (len > 0 && (at[len - 1] == ' ' || at[len - 1] == '\t'))
		len--;
	if (len >= 2 && at[0] == '"' && at[len - 1] == '"')
		at++, len -= 2;
	if (len > 0 && at[0] == '[') {
		bracket = memchr(at, ']', len);
		if (bracket == NULL)
			return false;
		len = (size_t)(bracket - at) - 1;
		at++;
	} else {
		colon = memchr(at, ':', len);
		if (colon != NULL && memchr(colon + 1, ':', len - (size_t)(colon - at) - 1) == NULL)
			len = (size_t)(colon - at);
	}
	if (!network_read(at, len, &address) || address.bits != 128)
		return false;
	*ret_address = address;
	return true;
}

static const char *
last_value(const struct pairs *headers, const char *name)
{
	const char *value = NULL;
	size_t i;

	for (i = 0; i < headers->n; i++)
		if (strcasecmp(headers->at[i].name, name) == 0)
			value = headers->at[i].value;
	return value;
}

static void
walk(const struct hops *hops, const struct networks *trusted, struct caller *caller)
{
	size_t i;

	for (i = hops->n; i > 0; i--) {
		if (!hops->at[i - 1].is_known || !networks_hold(trusted, &caller->address))
			return;
		caller->address = hops->at[i - 1].address;
		if (hops->at[i - 1].has_proto) {
			caller->is_tls = hops->at[i - 1].is_tls;
			caller->is_plain = hops->at[i - 1].is_plain;
		}
	}
}
