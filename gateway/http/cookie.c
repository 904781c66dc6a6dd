/* SPDX-License-Identifier: Apache-2.0
 *
 * The Cookie header (RFC 6265).  Called by request_cookie().
 */
#include "http/cookie.h"

#include "core/settings.h"
#include "core/task.h"

#include <string.h>

static const char *match_value(const char *at, size_t len, const char *name);

const char *
cookie_find(struct task *task, const char *header, const char *name)
{
	const char *found = NULL, *value, *end;
	size_t len, found_len = 0;

	for (; *header != 0; header = *end == 0 ? end : end + 1) {
		header += strspn(header, " \t");
		end = header + strcspn(header, ";");
		len = (size_t)(end - header);
		value = match_value(header, len, name);
		if (value == NULL)
			continue;
		if (found != NULL)
			return NULL;
		found = value;
		found_len = (size_t)(end - value);
	}
	if (found == NULL)
		return NULL;
	while (found_len > 0 && (found[found_len - 1] == ' ' || found[found_len - 1] == '\t'))
		found_len--;
	return task_dup_n(task, found, found_len);
}

static const char *
match_value(const char *at, size_t len, const char *name)
{
	size_t name_len = strlen(name);

	if (len <= name_len || memcmp(at, name, name_len) != 0 || at[name_len] != '=')
		return NULL;
	return at + name_len + 1;
}

const char *
cookie_wire_name(struct task *task, const char *name)
{
	if (task->rooms == NULL || task->rooms->settings == NULL ||
	    !task->rooms->settings->is_https)
		return name;
	return task_printf(task, "__Host-%s", name);
}
