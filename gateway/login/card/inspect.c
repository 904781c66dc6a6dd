/* SPDX-License-Identifier: Apache-2.0
 *
 * The judgement of a card's certificate (see inspect.h): the order is Web eID's, but that nobody is
 * asked about a certificate before its signature holds (login/card/web_eid.c), so that no stranger
 * makes us call.
 */
#include "login/card/inspect.h"

#include "core/task.h"
#include "jose/card_key.h"
#include "login/card/person.h"
#include "records/audit.h"
#include "x509/leaf.h"
#include "x509/trust.h"

#include <string.h>

#define REFERENCE_WORDS 5
#define NOWHERE         "-"

static int use_check(struct task *task, const struct authority *authority, struct bytes card_der);
static int standing_check(
    struct task *task, const struct inspected *inspected, const struct revocation_found *found);
static int standing_audit(
    struct task *task, const struct inspected *inspected, const char *event, const char *what);
static bool hex_read(struct task *task, const char *hex, struct bytes *ret_bytes);

int
inspect_certificate(struct task *task, struct bytes card_der, struct inspected *ret_inspected)
{
	struct card *card = task->rooms->card;
	struct inspected inspected = {.authority = authority_of(&card->authorities, card_der)};
	const struct authority *authority = inspected.authority;
	struct chain chain;
	int r;

	if (authority == NULL)
		return fail(task, INVALID_CARD, "no authority of ours issued the card");
	r = use_check(task, authority, card_der);
	if (r < 0)
		return r;
	if (chain_verify(task, authority->trust, &card_der, 1, &chain) < 0 ||
	    card_key_check(task, chain.leaf_spki_der) < 0)
		return fault_as(task, INVALID_CARD);
	r = person_key(task, authority, card_der, &inspected.register_key);
	if (r < 0)
		return r;
	inspected.spki_der = chain.leaf_spki_der;
	inspected.asked = (struct revocation_asked){
	    .authority = authority,
	    .anchor_id = chain.anchor_id,
	    .name = {chain.issuer_der, leaf_serial(task, card_der)},
	    .ocsp_url = authority->ocsp_url ? authority->ocsp_url : leaf_ocsp_url(task, card_der),
	    .crl_url = authority->crl_url ? authority->crl_url : leaf_crl_url(task, card_der),
	};
	*ret_inspected = inspected;
	return 0;
}

static int
use_check(struct task *task, const struct authority *authority, struct bytes card_der)
{
	if (!leaf_may_authenticate(card_der))
		return fail(task, INVALID_CARD, "the certificate is not for authentication");
	if (authority->refused != NULL && leaf_has_policy(card_der, authority->refused))
		return fail(task, INVALID_CARD, "the certificate has a policy that is refused");
	if (authority->allowed != NULL && !leaf_has_policy(card_der, authority->allowed))
		return fail(task, INVALID_CARD, "the certificate has no policy that is taken");
	return 0;
}

int
inspect_standing(struct task *task, const struct inspected *inspected)
{
	struct revocation_found found;
	int r;

	r = revocation_find(task, task->rooms->card->lists, &inspected->asked, &found);
	if (r == 0)
		return standing_check(task, inspected, &found);
	if (r == CARD_UNCHECKED || r == INVALID_CARD) {
		struct fault first = task->fault;

		fault_clear(task);
		if (standing_audit(task, inspected, "card.refused",
			r == CARD_UNCHECKED ? "authority does not answer" : "answer is no good") ==
		    0)
			task->fault = first;
		return task->fault.code;
	}
	return r;
}

static int
standing_check(
    struct task *task, const struct inspected *inspected, const struct revocation_found *found)
{
	static const char *const words[] = {[STANDING_GOOD] = "good",
	    [STANDING_REVOKED] = "revoked",
	    [STANDING_SUSPENDED] = "suspended",
	    [STANDING_UNKNOWN] = "unknown"};
	int r;

	if (found->standing == STANDING_GOOD)
		return str_equal(found->by, "stale crl")
			   ? standing_audit(task, inspected, "card.taken", found->by)
			   : 0;
	r = standing_audit(task, inspected, "card.refused", words[found->standing]);
	if (r < 0)
		return r;
	return fail(
	    task, INVALID_CARD, "the authority says that the card is %s", words[found->standing]);
}

/* A serial number names a card to its authority alone. */
static int
standing_audit(
    struct task *task, const struct inspected *inspected, const char *event, const char *what)
{
	json_t *detail = json_keep(task, json_object());

	json_set_text(detail, "authority", inspected->authority->id);
	json_set_text(detail, "serial", hex_encode(task, inspected->asked.name.serial));
	json_set_text(detail, "standing", what);
	return audit_write(
	    task, &(struct audit_event){.event = event, .actor = "gateway", .detail = detail});
}

const char *
inspect_reference(struct task *task, const struct inspected *inspected)
{
	const struct revocation_asked *asked = &inspected->asked;

	return task_printf(task, "%s %s %s %s %s", inspected->authority->id, asked->anchor_id,
	    hex_encode(task, asked->name.serial), asked->ocsp_url ? asked->ocsp_url : NOWHERE,
	    asked->crl_url ? asked->crl_url : NOWHERE);
}

bool
inspect_recall(struct task *task, const char *reference, struct revocation_asked *ret_asked)
{
	const char **words = str_words(task, reference, REFERENCE_WORDS);
	struct revocation_asked asked = {0};
	const struct authority *authority;
	size_t n = 0;

	while (words != NULL && words[n] != NULL)
		n++;
	if (n != REFERENCE_WORDS)
		return false;
	authority = authority_named(&task->rooms->card->authorities, words[0]);
	if (authority == NULL ||
	    !trust_anchor(task, authority->trust, words[1], &asked.name.issuer_der) ||
	    !hex_read(task, words[2], &asked.name.serial))
		return false;
	asked.authority = authority;
	asked.anchor_id = words[1];
	asked.ocsp_url = authority->ocsp_url ? authority->ocsp_url : words[3];
	asked.crl_url = authority->crl_url ? authority->crl_url : words[4];
	if (str_equal(asked.ocsp_url, NOWHERE))
		asked.ocsp_url = NULL;
	if (str_equal(asked.crl_url, NOWHERE))
		asked.crl_url = NULL;
	*ret_asked = asked;
	return true;
}

static bool
hex_read(struct task *task, const char *hex, struct bytes *ret_bytes)
{
	static const char digits[] = "0123456789abcdef";
	size_t len = strlen(hex) / 2;
	uint8_t *bytes = task_alloc(task, len);

	if (strspn(hex, digits) != 2 * len)
		return false;
	for (size_t i = 0; i < len; i++)
		bytes[i] = (uint8_t)((strchr(digits, hex[2 * i]) - digits) << 4 |
				     (strchr(digits, hex[2 * i + 1]) - digits));
	*ret_bytes = (struct bytes){bytes, len};
	return true;
}
