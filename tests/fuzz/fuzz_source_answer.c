/* SPDX-License-Identifier: Apache-2.0
 *
 * The answer of a register elsewhere: what is kept of it was asked, and is of its type.
 */
#include "fuzz.h"

#include "core/task.h"
#include "sources/http_source_inner.h"

/* The first three are asked, the others are not. */
static struct http_claim claims[] = {
    {.name = "name", .field = "n", .type = HTTP_TEXT},
    {.name = "birthdate", .field = "dob", .type = HTTP_DATE},
    {.name = "address", .field = "home", .type = HTTP_OBJECT},
    {.name = "age", .field = "a", .type = HTTP_NUMBER},
    {.name = "is_adult", .field = "b", .type = HTTP_BOOLEAN},
};
static struct http_match matches[] = {
    {.attribute = "phone_number", .field = "p", .threshold = 0.5},
    {.attribute = "email", .field = "e"},
};

static bool
is_asked(const char *name)
{
	return str_has_word("name birthdate address", name);
}

static void
known_check(const struct http_question *question)
{
	json_t *value;
	const char *name;

	json_object_foreach((json_t *)(uintptr_t)question->known, name, value) {
		FUZZ_MUST(is_asked(name));
		FUZZ_MUST(str_equal(name, "address") ? json_is_object(value)
						     : json_string_length(value) > 0);
	}
	json_object_foreach((json_t *)(uintptr_t)question->matched, name, value)
		FUZZ_MUST(str_has_word("p e", name) && json_is_boolean(value));
	if (question->is_found)
		FUZZ_MUST(question->life >= LIFE_ACTIVE && question->life <= LIFE_BLOCKED);
}

int
LLVMFuzzerTestOneInput(const uint8_t *at, size_t len)
{
	json_auto_t *lives = json_pack("{s:s, s:s}", "y", "active", "n", "dead");
	json_auto_t *candidates = json_pack("{s:s, s:s}", "p", "+1", "e", "a@b");
	struct http_source source = {.claims = claims,
	    .n_claims = sizeof(claims) / sizeof(claims[0]),
	    .matches = matches,
	    .n_matches = sizeof(matches) / sizeof(matches[0]),
	    .life_field = "life",
	    .lives = lives};
	struct http_question question = {
	    .source = &source, .key = "k", .claims = {true, true, true}, .candidates = candidates};
	const struct http_question before = question;
	struct task task;
	int r;

	task_open(&task, NULL, NULL, 0);
	r = http_source_answer(&task, "r", (struct bytes){at, len}, &question, &task);
	FUZZ_MUST(r == 0 || (r == UPSTREAM_BROKEN && task.fault.code == r));
	if (r < 0)
		FUZZ_MUST(memcmp(&before, &question, sizeof(before)) == 0);
	else
		known_check(&question);
	task_close(&task);
	return 0;
}
