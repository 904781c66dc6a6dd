/* SPDX-License-Identifier: Apache-2.0
 *
 * Addresses compared (see url.h).  Called for htu of DPoP proofs.
 */
#include "http/url.h"

#include "core/str.h"
#include "core/task.h"
#include "http/path.h"

#include <string.h>
#include <strings.h>

struct span {
	const char *at;
	size_t len;
};
struct url {
	bool is_https;
	struct span host, port, path; /* path: "" where there is none; of host, [::1] whole */
};

static bool split(const char *text, struct url *ret_url);
static bool authority_split(struct span authority, struct url *url);
static bool is_same_place(const struct url *a, const struct url *b);
static struct span port_of(const struct url *url);

bool
url_is(struct task *task, const char *url, const char *base, const char *path)
{
	const char *decoded = "/";
	struct url shown, ours;

	if (!split(url, &shown) || !split(base, &ours) || !is_same_place(&shown, &ours))
		return false;
	if (shown.path.len > 0 && path_read(task, shown.path.at, shown.path.len, &decoded) < 0) {
		fault_clear(task);
		return false;
	}
	return strncmp(decoded, ours.path.at, ours.path.len) == 0 &&
	       strcmp(decoded + ours.path.len, path) == 0;
}

static bool
split(const char *text, struct url *ret_url)
{
	struct span authority;

	ret_url->is_https = strncasecmp(text, "https://", 8) == 0;
	if (!ret_url->is_https && strncasecmp(text, "http://", 7) != 0)
		return false;
	authority.at = text + (ret_url->is_https ? 8 : 7);
	authority.len = strcspn(authority.at, "/?#");
	ret_url->path.at = authority.at + authority.len;
	ret_url->path.len = strcspn(ret_url->path.at, "?#");
	return authority_split(authority, ret_url);
}

static bool
authority_split(struct span authority, struct url *url)
{
	const char *bracket = memchr(authority.at, ']', authority.len);
	const char *from = bracket == NULL ? authority.at : bracket;
	const char *end = authority.at + authority.len;
	const char *colon = memchr(from, ':', (size_t)(end - from));

	if (memchr(authority.at, '@', authority.len) != NULL)
		return false;
	url->host =
	    (struct span){authority.at, (size_t)((colon == NULL ? end : colon) - authority.at)};
	url->port = (struct span){"", 0};
	if (colon != NULL)
		url->port = (struct span){colon + 1, (size_t)(end - colon - 1)};
	return url->host.len > 0;
}

static bool
is_same_place(const struct url *a, const struct url *b)
{
	struct span port = port_of(a), other = port_of(b);

	return a->is_https == b->is_https && a->host.len == b->host.len &&
	       strncasecmp(a->host.at, b->host.at, a->host.len) == 0 && port.len == other.len &&
	       memcmp(port.at, other.at, port.len) == 0;
}

static struct span
port_of(const struct url *url)
{
	if (url->port.len > 0)
		return url->port;
	return url->is_https ? (struct span){"443", 3} : (struct span){"80", 2};
}
