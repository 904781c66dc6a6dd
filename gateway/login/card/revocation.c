/* SPDX-License-Identifier: Apache-2.0
 *
 * Asking authorities (see revocation.h).  An answer of OCSP that is not worth anything refuses the
 * card; only silence makes us ask by the next way.
 */
#include "login/card/revocation.h"

#include "core/task.h"
#include "http/fetch.h"
#include "login/card/lists.h"
#include "x509/ocsp.h"

#define OCSP_TIMEOUT_MS 5000 /* Web eID */
#define OCSP_SKEW_S     900

static int ocsp_find(
    struct task *task, const struct revocation_asked *asked, struct revocation_found *ret_found);
static int ocsp_fetch(
    struct task *task, const char *url, struct bytes question, struct bytes *ret_answer);

int
revocation_find(struct task *task, struct revocation_lists *lists,
    const struct revocation_asked *asked, struct revocation_found *ret_found)
{
	bool has_way = false;
	int r;

	if (asked->authority->asks_nobody) {
		*ret_found = (struct revocation_found){STANDING_GOOD, "none"};
		return 0;
	}
	for (size_t i = 0; i < 2 && asked->authority->ways[i] != 0; i++) {
		bool is_ocsp = asked->authority->ways[i] == AUTHORITY_OCSP;

		if ((is_ocsp ? asked->ocsp_url : asked->crl_url) == NULL)
			continue;
		has_way = true;
		r = is_ocsp ? ocsp_find(task, asked, ret_found)
			    : lists_find(task, lists, asked, ret_found);
		if (r != CARD_UNCHECKED)
			return r;
		fault_clear(task);
	}
	if (!has_way)
		return fail(task, INVALID_CARD, "the card names no place that tells how it stands");
	return fail(
	    task, CARD_UNCHECKED, "card authority %s does not answer", asked->authority->id);
}

static int
ocsp_find(
    struct task *task, const struct revocation_asked *asked, struct revocation_found *ret_found)
{
	const struct authority *authority = asked->authority;
	const struct ocsp_terms terms = {authority->responders, authority->ocsp_age_s, OCSP_SKEW_S};
	struct ocsp_question question;
	struct bytes answer = {0};
	enum standing standing;
	int r;

	r = ocsp_ask(task, &asked->name, authority->has_nonce, &question);
	if (r == 0)
		r = ocsp_fetch(task, asked->ocsp_url, question.der, &answer);
	if (r < 0)
		return r;
	if (ocsp_read(task, &question, &terms, answer, &standing) < 0)
		return fault_as(task, INVALID_CARD);
	*ret_found = (struct revocation_found){standing, "ocsp"};
	return 0;
}

static int
ocsp_fetch(struct task *task, const char *url, struct bytes question, struct bytes *ret_answer)
{
	static const struct pair headers[] = {
	    {"Content-Type", "application/ocsp-request"}, {"Accept", "application/ocsp-response"}};
	const struct fetch fetch = {.method = "POST",
	    .url = url,
	    .headers = {headers, sizeof(headers) / sizeof(headers[0])},
	    .body = question,
	    .timeout_ms = OCSP_TIMEOUT_MS,
	    .max_answer_bytes = OCSP_MAX_BYTES,
	    .may_be_plain = true};
	struct fetched fetched;

	if (http_fetch(task, &fetch, &fetched) < 0 || fetched.status != 200) {
		fault_clear(task);
		return fail(task, CARD_UNCHECKED, "the OCSP responder does not answer");
	}
	*ret_answer = fetched.body;
	return 0;
}
