/* SPDX-License-Identifier: Apache-2.0
 *
 * The table of commands: what there is to say after `dvara`.  Parser (admin.c), --help, manual page
 * and completion (usage.c) all read it.
 */
#include "admin/admin.h"

/* clang-format off */
const struct admin_command admin_commands[] = {
	{"check",   NULL,       "",              0, 0, "Look the configuration over: files, keys, database, levels.", admin_check},
	{"completion", NULL,    "",              0, 0, "Print the completion of these words for bash.", admin_completion},
	{"manual",  NULL,       "",              0, 0, "Print the manual page (man -l -).", admin_manual},
	{"client",  "apply",    "FILE",          1, 1, "Create or replace a relying party from its metadata (JSON, RFC 7591).", admin_client_apply},
	{"client",  "approve",  "ID",            1, 1, "Approve a relying party that registered itself, as it is now.", admin_client_approve},
	{"client",  "invite",   "[USES]",        0, 1, "Make an initial access token, for one registration or so many.", admin_client_invite},
	{"client",  "list",     "[AFTER]",       0, 1, "List the relying parties, 1000 at a time.", admin_client_list},
	{"client",  "new",      "ID [consent]",  1, 2, "Print a new fapi2 client with a key of its own, to be filled in and applied; consent: one of the consent API.", admin_client_new},
	{"client",  "remove",   "ID",            1, 1, "Remove a relying party; its tokens end.", admin_client_remove},
	{"client",  "rotate-secret", "ID",       1, 1, "Make a new client secret; the one before is taken for a while.", admin_client_rotate_secret},
	{"client",  "show",     "ID",            1, 1, "Print a relying party's metadata.", admin_client_show},
	{"key",     "list",     "",              0, 0, "List the signing keys and their states.", admin_key_list},
	{"key",     "stage",    "[--alg ALG]",   0, 0, "Make a key and publish it; it does not sign yet.", admin_key_stage},
	{"key",     "activate", "[--force] KID", 1, 1, "Let a staged key sign; the one before it retires.", admin_key_activate},
	{"key",     "retire",   "KID",           1, 1, "Stop a key from signing; it stays published until its last token has ended.", admin_key_retire},
	{"key",     "rotate",   "[--alg ALG] [--force]", 0, 0, "Activate the staged key and stage another.", admin_key_rotate},
	{"key",     "notice",   "",              0, 0, "Print the secret that notices to people are signed with ([account] notice_url).", admin_key_notice},
	{"session", "end",      "PERSON",        1, 1, "End all sessions of a person.", admin_session_end},
	{"consent", "list",     "PERSON",        1, 1, "List what a person allowed.", admin_consent_list},
	{"consent", "withdraw", "ID",            1, 1, "Withdraw a consent in the person's name.", admin_consent_withdraw},
	{"complaint", "list",   "",              0, 0, "List the complaints that await an answer, the first due first.", admin_complaint_list},
	{"complaint", "show",   "NUMBER",        1, 1, "Print a complaint with its texts; the person sees that you did.", admin_complaint_show},
	{"complaint", "answer", "NUMBER FILE",   2, 2, "Answer a complaint, or an appeal, with the text of a file.", admin_complaint_answer},
	{"audit",   "list",     "[BEFORE]",      0, 1, "Print the newest rows of the audit trail.", admin_audit_list},
	{"audit",   "verify",   "",              0, 0, "Check the hash chain of the audit trail.", admin_audit_verify},
	{"db",      "migrate",  "",              0, 0, "Bring the database up to this program's version.", admin_db_migrate},
	{"db",      "status",   "",              0, 0, "Print the version of the database and of this program.", admin_db_status},
	{"service", "list",     "",              0, 0, "List the service plugins.", admin_service_list},
	{"service", "check",    "FILE",          1, 1, "Check the manifest of a service plugin.", admin_service_check},
	{"service", "new",      "NAME",          1, 1, "Begin a service plugin: a folder NAME that builds, tests and answers.", admin_service_new},
	{"service", "sign",     "FILE KEY",      2, 2, "Sign the manifest FILE, and the hash of what it names, by a private key (PEM).", admin_service_sign},
	{"person",  "apply",    "FILE",          1, 1, "Write people into the built-in register (JSON).", admin_person_apply},
	{"person",  "list",     "",              0, 0, "List the personas of a demo; nobody lists real people.", admin_person_list},
	{"person",  "offer",    "[--by-login] [--sheet FILE] NAME [TYPE…]", 1, 9, "Offer credentials to a person's wallet.", admin_person_offer},
	{"person",  "revoke",   "NAME [DEVICE]", 1, 2, "Revoke the credentials of a person, or of one phone; what they signed in ends.", admin_person_revoke},
	{"person",  "list-credentials", "NAME",  1, 1, "List the credentials of a person.", admin_person_list_credentials},
	{"person",  "list-links", "NAME",        1, 1, "List a person's accounts at other providers that sign them in here.", admin_person_list_links},
	{"person",  "unlink",   "NAME LINK",     2, 2, "End such a link; `dvara session end` ends what it signed in.", admin_person_unlink},
	{"person",  "subject",  "NAME CLIENT",   2, 2, "Print a person's subject at a relying party or service.", admin_person_subject},
	{"purpose", "apply",    "FILE",          1, 1, "Propose what a relying party may ask and why (JSON); another operator approves it.", admin_purpose_apply},
	{"purpose", "approve",  "CLIENT PURPOSE [NUMBER]", 2, 3, "Put a proposed or suspended purpose in force, for twelve months.", admin_purpose_approve},
	{"purpose", "diff",     "FILE",          1, 1, "Print how a file differs from the purpose in force.", admin_purpose_diff},
	{"purpose", "list",     "[CLIENT]",      0, 1, "List the versions of registered purposes.", admin_purpose_list},
	{"purpose", "show",     "CLIENT PURPOSE [NUMBER]", 2, 3, "Print a registered purpose with its certificate.", admin_purpose_show},
	{"purpose", "suspend",  "CLIENT PURPOSE", 2, 2, "Stop a purpose: nothing is asked or released under it.", admin_purpose_suspend},
	{"attribute", "apply",  "FILE",          1, 1, "Propose an attribute for the catalogue (JSON); another operator approves it.", admin_attribute_apply},
	{"attribute", "approve", "NAME [NUMBER]", 1, 2, "Put a proposed or suspended attribute into the catalogue.", admin_attribute_approve},
	{"attribute", "diff",   "FILE",          1, 1, "Print how a file differs from the attribute in force.", admin_attribute_diff},
	{"attribute", "list",   "",              0, 0, "Print the catalogue of attributes, and the versions of those that operators registered.", admin_attribute_list},
	{"attribute", "suspend", "NAME",         1, 1, "Take an attribute out of the catalogue for the time being.", admin_attribute_suspend},
};
/* clang-format on */
const size_t admin_n_commands = sizeof(admin_commands) / sizeof(admin_commands[0]);
