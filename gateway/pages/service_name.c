/* SPDX-License-Identifier: Apache-2.0
 *
 * Names of services for the consent page.
 */
#include "pages/page.h"

#include "core/task.h"

#include <stdatomic.h>
#include <stdlib.h>

/* Never freed: a page on another thread may still hold a text of the names before.  Reloads are
 * rare and names are few. */
struct names {
	struct names *before;
	json_t *by_id;
};
static _Atomic(struct names *) newest;

void
page_service_names(const json_t *by_id)
{
	struct names *names = calloc(1, sizeof(*names));

	if (!names)
		abort();
	names->by_id = json_deep_copy(by_id);
	names->before = atomic_load(&newest);
	atomic_store(&newest, names);
}

const char *
page_service_name(const struct task *task, const char *service_id)
{
	const struct names *names = atomic_load(&newest);
	const char *name = NULL;

	if (names)
		name = page_pick(task, json_object_get(names->by_id, service_id));
	return name ? name : service_id;
}
