/* SPDX-License-Identifier: Apache-2.0
 *
 * A revocation list as a stranger sends it: a short length, an authority's certificate of it, the
 * list.
 */
#include "fuzz.h"

#include "x509/crl.h"

int
LLVMFuzzerTestOneInput(const uint8_t *at, size_t len)
{
	static const uint8_t serial[] = {0x05};
	size_t issuer_len = len >= 2 ? (size_t)at[0] << 8 | at[1] : 0;
	char why[128] = "";
	struct crl *crl;

	if (len < 2 || issuer_len > len - 2)
		return 0;
	crl = crl_read((struct bytes){at + 2 + issuer_len, len - 2 - issuer_len},
	    (struct bytes){at + 2, issuer_len}, "http://crl.test/cards.crl", why);
	if (crl != NULL) {
		FUZZ_MUST(crl_look(crl, (struct bytes){serial, 1}) <= STANDING_SUSPENDED);
		FUZZ_MUST(crl_n_entries(crl) <= len);
	} else {
		FUZZ_MUST(why[0] != '\0');
	}
	crl_free(crl);
	return 0;
}
