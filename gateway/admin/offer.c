/* SPDX-License-Identifier: Apache-2.0
 *
 * `dvara person offer`: for somebody at a counter, who has a phone and nothing on it yet.  The
 * terminal shows the code to scan; --sheet writes a page to print, in the person's language.
 */
#include "admin/admin.h"

#include "issue/issue.h"
#include "pages/language.h"
#include "pages/page.h"
#include "pages/qr.h"
#include "records/credential_type.h"
#include "sources/source.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define MINUTE_S 60

static int offer_make(struct admin_call *call, struct issue_offer *ret_offer);
static int show(struct admin_call *call, const struct issue_offer *offer);
static int sheet_write(struct admin_call *call, const struct issue_offer *offer);
static int sheet_view(struct admin_call *call, const struct issue_offer *offer, json_t *view);
static const char *documents_named(struct admin_call *call);
static void language_of_person(struct task *task, const json_t *claims);
static int file_write(struct task *task, const char *path, const char *text);

int
admin_person_offer(struct admin_call *call)
{
	struct rooms *rooms = call->task->rooms;
	struct issue_offer offer = {0};
	int r;

	r = credential_types_open(call->task, &rooms->credential_types);
	if (r == 0)
		r = issue_open(call->task, &rooms->issuer);
	if (r == 0)
		r = offer_make(call, &offer);
	issue_close(rooms->issuer);
	credential_types_close(rooms->credential_types);
	rooms->issuer = NULL;
	rooms->credential_types = NULL;
	return r;
}

static int
offer_make(struct admin_call *call, struct issue_offer *ret_offer)
{
	struct issue_asking asking = {
	    .operator_name = call->operator_name,
	    .types = call->args + 1,
	    .by_login = call->by_login,
	};
	int r;

	r = source_register_key(call->task, call->args[0], &asking.register_key);
	if (r < 0)
		return r;
	r = issue_offer_make(call->task, &asking, ret_offer);
	if (r < 0)
		return r;
	r = show(call, ret_offer);
	if (r < 0 || call->sheet == NULL)
		return r;
	return sheet_write(call, ret_offer);
}

static int
show(struct admin_call *call, const struct issue_offer *offer)
{
	const char *lines;
	int r;

	r = qr_lines(call->task, offer->credential_offer_uri, &lines);
	if (r < 0)
		return r;
	call->text = strdup(lines);
	call->answer = json_object();
	json_set_text(call->answer, "credential_offer_uri", offer->credential_offer_uri);
	json_set_text(call->answer, "tx_code", offer->tx_code);
	json_set_text(call->answer, "sheet", call->sheet);
	return 0;
}

static int
sheet_write(struct admin_call *call, const struct issue_offer *offer)
{
	json_t *view = json_keep(call->task, json_object());
	const struct page_show page = {.page = PAGE_OFFER, .view = view};
	const char *html;
	int r;

	r = sheet_view(call, offer, view);
	if (r < 0)
		return r;
	html = page_html(call->task, NULL, &page, "sheet");
	if (html == NULL)
		return fail(call->task, BROKEN, "the sheet is too long");
	return file_write(call->task, call->sheet, html);
}

static int
sheet_view(struct admin_call *call, const struct issue_offer *offer, json_t *view)
{
	const int64_t life_s = call->settings->issue_offer;
	static const char *const shown[] = {"name", "locale", NULL};
	struct source_asking asking = {.names = shown};
	struct source_entry *entry;
	const char *path;
	int side, r;

	r = source_register_key(call->task, call->args[0], &asking.register_key);
	if (r < 0)
		return r;
	r = source_find(call->task, &asking, &entry);
	if (r < 0)
		return r;
	language_of_person(call->task, entry->claims);
	r = qr_path(call->task, offer->credential_offer_uri, &path, &side);
	if (r < 0)
		return r;
	json_set_text(view, "document", documents_named(call));
	json_set_text(view, "person", json_get_text(entry->claims, "name"));
	json_set_text(view, "qr_text", offer->credential_offer_uri);
	json_object_set_new(view, "qr", json_pack("{s:s, s:i}", "path", path, "side", side));
	json_set_text(view, "code", offer->tx_code);
	json_object_set_new(view, "minutes", json_integer(life_s / MINUTE_S));
	return 0;
}

static const char *
documents_named(struct admin_call *call)
{
	const struct credential_type *type = credential_type_usual(call->task);
	const char **names = task_new_n(call->task, const char *, call->n_args + 1);

	names[0] = page_pick(call->task, type->name);
	for (unsigned i = 1; i < call->n_args; i++)
		names[i - 1] =
		    page_pick(call->task, credential_type_find(call->task, call->args[i])->name);
	return str_join(call->task, names, ", ");
}

static void
language_of_person(struct task *task, const json_t *claims)
{
	const char *locale = json_get_text(claims, "locale");
	int language = locale == NULL ? -1 : language_find(locale, strlen(locale));

	if (language < 0)
		language = language_find(task->rooms->settings->gateway_language,
		    strlen(task->rooms->settings->gateway_language));
	if (language >= 0)
		language_choose(task, (enum language_id)language);
}

/* It opens a wallet for who holds it: nobody else reads it. */
static int
file_write(struct task *task, const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0600);
	FILE *file = fd < 0 || fchmod(fd, 0600) < 0 ? NULL : fdopen(fd, "w");
	bool is_written;

	if (file == NULL)
		return fail(task, INVALID_REQUEST, "%s: %s", path, strerror(errno));
	is_written = fputs(text, file) >= 0;
	if (fclose(file) != 0 || !is_written)
		return fail(task, INVALID_REQUEST, "%s: cannot be written", path);
	return 0;
}
