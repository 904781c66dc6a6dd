/* SPDX-License-Identifier: Apache-2.0
 *
 * SD-JWT.  An input is lines: the payload, then disclosures, all as JSON; "#3" anywhere stands for
 * the digest of the third disclosure, which no fuzzer would find.  A first line that is no JSON
 * object is a presentation, as a wallet sends it.
 */
#include "fuzz.h"

#include "core/buf.h"
#include "core/task.h"
#include "jose/digest.h"
#include "jose/sdjwt.h"

#define MAX_LINES        9
#define FILLED_MAX_BYTES (1u << 20)

struct lines {
	const char *text[MAX_LINES + 1];
	size_t n;
};

static void
lines_split(struct task *task, const uint8_t *at, size_t len, struct lines *lines)
{
	char *text = task_dup_n(task, (const char *)at, len);

	for (char *line = strsep(&text, "\n"); line != NULL && lines->n < MAX_LINES;
	     line = strsep(&text, "\n"))
		lines->text[lines->n++] = line;
}

/* Digests of disclosures that are complete already, which are those after this line: none can hold
 * its own. */
static const char *
digests_fill(struct task *task, const char *text, const struct lines *lines, size_t line)
{
	struct buf filled;

	buf_open(&filled, task, FILLED_MAX_BYTES);
	for (; *text != '\0'; text++) {
		size_t i = (size_t)(text[1] - '0');

		if (*text != '#' || text[1] < '1' || text[1] > '9' || i <= line || i >= lines->n) {
			buf_char_add(&filled, *text);
			continue;
		}
		buf_text_add(&filled, digest_b64u(task, lines->text[i]));
		text++;
	}
	return buf_text(&filled);
}

static bool
has_rest(const json_t *json)
{
	const char *name;
	json_t *value;
	size_t i;

	if (json_object_get(json, "_sd") != NULL || json_object_get(json, "...") != NULL)
		return true;
	json_array_foreach(json, i, value)
		if (has_rest(value))
			return true;
	json_object_foreach((json_t *)(uintptr_t)json, name, value)
		if (has_rest(value))
			return true;
	return false;
}

static void
structure_run(struct task *task, struct lines *lines)
{
	json_auto_t *payload = NULL, *claims = NULL;

	for (size_t i = lines->n; i-- > 1;) {
		const char *text = digests_fill(task, lines->text[i], lines, i);

		lines->text[i] = b64u_encode(task, BYTES_OF(text));
	}
	const char *text = digests_fill(task, lines->text[0], lines, 0);
	if (json_parse_object(task, text, strlen(text), &payload) < 0)
		return;
	if (sdjwt_process(task, payload, lines->text + 1, lines->n - 1, &claims) < 0)
		FUZZ_MUST(task->fault.code == INVALID_REQUEST && claims == NULL);
	else
		FUZZ_MUST(!has_rest(claims) && json_object_get(claims, "_sd_alg") == NULL);
}

static void
presentation_run(struct task *task, const char *text)
{
	static const enum alg algs[] = {ALG_ES256, ALG_NONE};
	const struct jwks no_keys = {0};
	const struct sdjwt_expect expect = {.issuer_algs = algs,
	    .holder_algs = algs,
	    .issuer_keys = &no_keys,
	    .vct = "v",
	    .nonce = "n",
	    .audience = "a"};
	struct sdjwt sdjwt;

	FUZZ_MUST(sdjwt_verify(task, text, &expect, &sdjwt) == INVALID_REQUEST);
}

int
LLVMFuzzerTestOneInput(const uint8_t *at, size_t len)
{
	struct lines lines = {0};
	struct task task;

	if (len > 4096)
		return 0;
	task_open(&task, NULL, NULL, 0);
	lines_split(&task, at, len, &lines);
	if (lines.text[0][0] == '{')
		structure_run(&task, &lines);
	else
		presentation_run(&task, lines.text[0]);
	task_close(&task);
	return 0;
}
