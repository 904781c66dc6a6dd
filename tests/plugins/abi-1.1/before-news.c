/* SPDX-License-Identifier: Apache-2.0
 *
 * A plugin built against the header of ABI 1.1 as it was, kept beside it, with a store of its own:
 * it still loads, and keeps what it wrote.
 */
#include <dvara/plugin.h>

static int
count_step(struct dvara_tx *tx, void *arg)
{
	return dvara_run(tx, "INSERT INTO visit (id) VALUES (?1)",
	    DVARA_VALUES(dvara_text_value(dvara_random_id(arg))), NULL);
}

static int
handle(void *self, struct dvara_request *request, struct dvara_answer *ret_answer)
{
	const struct dvara_rows *rows;
	int r = dvara_write(request, count_step, request);

	(void)self;
	if (r == DVARA_OK)
		r = dvara_read(request, "SELECT COUNT(*) FROM visit", DVARA_NO_VALUES, &rows);
	if (r < 0)
		return r;
	ret_answer->body = dvara_printf(request, "{\"abi\":\"%u.%u\",\"n\":%lld}", DVARA_ABI_MAJOR,
	    DVARA_ABI_MINOR, (long long)dvara_int(rows, 0, 0));
	return DVARA_OK;
}

static const struct dvara_migration migrations[] = {
    {1, "CREATE TABLE visit (id TEXT PRIMARY KEY)"},
    {0, NULL},
};

DVARA_SERVICE(.id = "before-news", .version = "1.0", .handle = handle, .migrations = migrations);
