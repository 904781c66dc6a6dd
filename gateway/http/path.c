/* SPDX-License-Identifier: Apache-2.0
 *
 * The path of a request (RFC 3986 section 3.3).  Called by the door.  Nothing is mended: a client
 * that follows a link of ours never sends dots or an escaped slash.
 */
#include "http/path.h"

#include "core/task.h"
#include "core/str.h"
#include "http/form.h"

#include <string.h>

static bool has_escaped_slash(const char *at, size_t len);
static bool is_plain(const char *path, size_t len);

int
path_read(struct task *task, const char *at, size_t len, const char **ret_path)
{
	char *path = task_dup_n(task, at, len);
	ptrdiff_t decoded;

	if (len == 0 || at[0] != '/')
		return fail(task, BAD_REQUEST, "the request's target is no path");
	if (has_escaped_slash(at, len))
		return fail(task, NOT_FOUND, "an escaped slash in the path");
	decoded = form_decode(path, len, false);
	if (decoded < 0)
		return fail(task, BAD_REQUEST, "a bad percent-escape in the path");
	path[decoded] = 0;
	if (strlen(path) != (size_t)decoded || str_has_control(path) || strchr(path, '\\') != NULL)
		return fail(task, NOT_FOUND, "a control character or a backslash in the path");
	if (!str_is_utf8(path, (size_t)decoded))
		return fail(task, BAD_REQUEST, "the path is not UTF-8");
	if (!is_plain(path, (size_t)decoded))
		return fail(task, NOT_FOUND, "an empty or dotted segment in the path");
	*ret_path = path;
	return 0;
}

static bool
has_escaped_slash(const char *at, size_t len)
{
	size_t i;

	for (i = 0; i + 2 < len; i++)
		if (at[i] == '%' && at[i + 1] == '2' && (at[i + 2] == 'f' || at[i + 2] == 'F'))
			return true;
	return false;
}

static bool
is_plain(const char *path, size_t len)
{
	const char *at, *next, *end = path + len;
	size_t n;

	for (at = path + 1; at < end; at = next + 1) {
		next = memchr(at, '/', (size_t)(end - at));
		if (next == NULL)
			next = end;
		n = (size_t)(next - at);
		if (n == 0 || (n == 1 && at[0] == '.') || (n == 2 && memcmp(at, "..", 2) == 0))
			return false;
	}
	return true;
}
