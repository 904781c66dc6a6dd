/* SPDX-License-Identifier: Apache-2.0
 *
 * `dvara complaint …`: what people say is wrong, and the answer to it.
 *
 * The list names nobody and holds no text; what an operator reads of one person, that person sees.
 */
#include "admin/admin.h"

#include "core/clock.h"
#include "records/complaint.h"
#include "records/person.h"

#include <string.h>

#define TEXT_MAX_BYTES (4 * COMPLAINT_TEXT_MAX)

static json_t *listed(const struct complaint *complaint);
static int text_read(struct task *task, const char *path, const char **ret_text);

int
admin_complaint_list(struct admin_call *call)
{
	const struct complaint *const *list;
	int r;

	r = complaint_list_open(call->task, &list);
	if (r < 0)
		return r;
	call->answer = json_array();
	for (; *list != NULL; list++)
		json_array_append_new(call->answer, listed(*list));
	return 0;
}

static json_t *
listed(const struct complaint *complaint)
{
	json_t *object = json_object();

	json_set_text(object, "number", complaint->id);
	json_set_text(object, "kind", complaint_kind_name(complaint));
	json_set_text(object, "state", complaint_state(complaint));
	json_set_text(object, "about", complaint_about_name(complaint));
	json_set_text(object, "reference", complaint->reference);
	json_set_text(object, "client_id", complaint->client_id);
	json_set_text(object, "language", complaint->language);
	json_object_set_new(object, "since", json_integer(complaint->since_s));
	json_object_set_new(object, "due", json_integer(complaint->due_s));
	json_object_set_new(object, "overdue",
	    json_boolean(complaint->is_open && complaint->due_s < clock_now_s()));
	return object;
}

int
admin_complaint_show(struct admin_call *call)
{
	const struct complaint *complaint = NULL;
	struct person person = {0};
	int r;

	r = complaint_find(call->task, call->args[0], &complaint);
	if (r == 0 && complaint == NULL)
		r = fail(call->task, NOT_FOUND, "there is no complaint of that number");
	if (r == 0)
		r = person_find(call->task, complaint->person_id, &person);
	if (r == 0)
		r = admin_looked(call, complaint->person_id, "complaint");
	if (r < 0)
		return r;
	call->answer = listed(complaint);
	json_set_text(call->answer, "register_key", person.register_key);
	json_object_set_new(
	    call->answer, "by_guardian", json_boolean(complaint->guardian_id != NULL));
	json_set_text(call->answer, "text", complaint->text);
	json_set_text(call->answer, "answer", complaint->answer);
	json_set_text(call->answer, "answered_by", complaint->answered_by);
	json_set_text(call->answer, "appeal", complaint->appeal);
	json_set_text(call->answer, "last_answer", complaint->last_answer);
	return 0;
}

int
admin_complaint_answer(struct admin_call *call)
{
	const char *text;
	int r;

	r = text_read(call->task, call->args[1], &text);
	if (r < 0)
		return r;
	r = complaint_answer(call->task, call->args[0], text, call->operator_name);
	if (r < 0)
		return r;
	return admin_done(call, json_pack("{s:s, s:b}", "number", call->args[0], "answered", 1),
	    "complaint %s is answered: the person reads it at /account", call->args[0]);
}

/* In a file or on standard input: the words of a command are seen by every user of the machine. */
static int
text_read(struct task *task, const char *path, const char **ret_text)
{
	struct bytes text = {0};
	size_t len;
	int r;

	r = admin_read_file(task, path, TEXT_MAX_BYTES, &text);
	if (r < 0)
		return r;
	len = text.len;
	if (memchr(text.at, 0, len) != NULL || !str_is_utf8((const char *)text.at, len))
		return fail(task, INVALID_REQUEST, "%s is not a text of up to %d characters", path,
		    COMPLAINT_TEXT_MAX);
	while (len > 0 && (text.at[len - 1] == '\n' || text.at[len - 1] == '\r'))
		len--;
	*ret_text = task_printf(task, "%.*s", (int)len, (const char *)text.at);
	return 0;
}
