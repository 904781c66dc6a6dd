/* SPDX-License-Identifier: Apache-2.0
 *
 * `dvara NOUN VERB`: administration on the stores directly, one file per noun.
 *
 * One table (commands.c) makes the parser, --help, the manual page and the completion.  A command
 * runs as a task on a loop of its own, so it uses the same records as the gateway does; a running
 * gateway sees a change within a second.
 */
#ifndef ADMIN_ADMIN_H
#define ADMIN_ADMIN_H

#include "core/json.h"
#include "core/settings.h"
#include "core/str.h"
#include "core/task.h"

#include <stdio.h>

enum admin_exit {
	ADMIN_OK = 0,
	ADMIN_FAILED = 1,
	ADMIN_USAGE = 2,
	ADMIN_NOT_FOUND = 3,
	ADMIN_CONFLICT = 4
};

struct admin_call {
	struct task *task;
	const struct settings *settings;
	const char *operator_name; /* the Unix user, from the kernel, never from the environment */
	const char *const *args;   /* the words after the verb, options taken out; NULL-ended */
	unsigned n_args;
	const char *alg;    /* --alg, or NULL */
	bool is_forced;     /* --force */
	bool by_login;      /* --by-login */
	bool is_wrong_word; /* ADMIN_WRONG_WORD() */
	const char *sheet;  /* --sheet FILE, or NULL */
	json_t *answer;     /* what --json prints; the command fills it: owned by the call */
	char *warning; /* one line for standard error, of what was done all the same, or NULL; owned
			  by the call */
	char *line; /* what was done, in place of the answer without --json (admin_done()); owned by
		       the call */
	char *text; /* what stands before it without --json: the command fills it or leaves it NULL;
		       owned by the call */
};

/* What was done, in one line for who sits there, and as an object for --json, which it takes.
 * Returns 0. */
__attribute__((format(printf, 3, 4))) int admin_done(
    struct admin_call *call, json_t *answer, const char *format, ...);

/* An argument is none that the command takes: exit 2. */
#define ADMIN_WRONG_WORD(call, ...) \
	((call)->is_wrong_word = true, fail((call)->task, INVALID_REQUEST, __VA_ARGS__))

/* 0, or a fault's code.  Prints nothing: it fills call->answer. */
typedef int admin_fn(struct admin_call *call);

struct admin_command {
	const char *noun, *verb;
	const char *usage; /* words after the verb, as in --help */
	unsigned min_args, max_args;
	const char *help; /* one sentence */
	admin_fn *run;
};
extern const struct admin_command admin_commands[];
extern const size_t admin_n_commands;

/* The whole of `dvara NOUN VERB …`; words without the program's name. */
int admin_main(int n_words, char **words);

/* DVARA_CONFIG, else /etc/dvara/dvara.conf. */
const char *admin_default_config(void);

/* Every file of a noun. */
admin_fn admin_check;
admin_fn admin_completion, admin_manual; /* usage.c */
admin_fn admin_audit_list, admin_audit_verify;
admin_fn admin_client_apply, admin_client_approve, admin_client_invite, admin_client_list,
    admin_client_new, admin_client_remove, admin_client_rotate_secret, admin_client_show;
admin_fn admin_complaint_answer, admin_complaint_list, admin_complaint_show;
admin_fn admin_consent_list, admin_consent_withdraw;
admin_fn admin_db_migrate, admin_db_status;
admin_fn admin_key_activate, admin_key_list, admin_key_notice, admin_key_retire, admin_key_rotate,
    admin_key_stage;
admin_fn admin_person_apply, admin_person_list, admin_person_list_credentials,
    admin_person_list_links, admin_person_offer, admin_person_revoke, admin_person_subject,
    admin_person_unlink; /* offer: offer.c */
admin_fn admin_purpose_apply, admin_purpose_approve, admin_purpose_diff, admin_purpose_list,
    admin_purpose_show, admin_purpose_suspend;
admin_fn admin_attribute_apply, admin_attribute_approve, admin_attribute_diff, admin_attribute_list,
    admin_attribute_suspend;
admin_fn admin_service_check, admin_service_new, admin_service_sign, admin_service_list;
admin_fn admin_session_end;
admin_fn admin_webhook_disable, admin_webhook_enable, admin_webhook_list, admin_webhook_replay,
    admin_webhook_show, admin_webhook_test;

/* NOT_FOUND where there is no file at path. */
int admin_file_find(struct task *task, const char *path);

/* A file's bytes, a NUL behind them, kept by the task; "-" is standard input.  NOT_FOUND where
 * there is none, INVALID_REQUEST where it cannot be read, TOO_LARGE. */
int admin_read_file(struct task *task, const char *path, size_t max_bytes, struct bytes *ret_bytes);

/* A JSON file of at most 1 MiB, kept by the task; "-" is standard input. */
int admin_read_json(struct task *task, const char *path, json_t **ret_json);

/* What `dvara purpose …` and `dvara attribute …` have in common (policy.c). */
struct policy;
struct policy_version;

/* Whether the operator is one of those who may decide what is asked of people: FORBIDDEN. */
int admin_policy_operator(struct admin_call *call);

/* The version's number that args[i] is; 0 where it is absent.  Fails INVALID_REQUEST. */
int admin_policy_number(struct admin_call *call, unsigned i, int *ret_number);

/* A document that was checked: proposed; or held against what is in force. */
int admin_policy_apply(
    struct admin_call *call, const struct policy *policy, const json_t *document);
int admin_policy_diff(struct admin_call *call, const struct policy *policy, const json_t *document);

int admin_policy_suspend(struct admin_call *call, const struct policy *policy);

/* {client_id and purpose, or attribute; number, state, proposed_by, [approved_by, suspended_by,
 * until]}.  New reference. */
json_t *admin_policy_row(const struct policy_version *version);

/* The same, and in words what became of it.  Returns 0. */
int admin_policy_done(struct admin_call *call, const struct policy_version *version);

/* What differs: [{member: "/attributes/email", before, after}], before absent where it is new,
 * after where it is gone.  before may be NULL.  New reference. */
json_t *admin_difference(struct task *task, const json_t *before, const json_t *after);

/* The person that the first word names: a short name or a key of the register. */
struct person;
int admin_person_named(struct admin_call *call, struct person *ret_person);

/* The operator saw what is kept of a person: an audit row, which that person sees on /account.
 * person_id NULL: of many people at once. */
int admin_looked(struct admin_call *call, const char *person_id, const char *what);

#endif
