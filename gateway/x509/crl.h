/* SPDX-License-Identifier: Apache-2.0
 *
 * Certificate revocation lists (RFC 5280 sections 5 and 6.3): one authority's whole list, verified
 * once, then looked into often.  Fetches nothing.  The clock is core/clock.h's.  Called by
 * login/card.
 */
#ifndef X509_CRL_H
#define X509_CRL_H

#include "x509/standing.h"

struct crl; /* serial numbers in order; immutable; any thread */

#define CRL_MAX_BYTES  (8u << 20)
#define CRL_MAX_SERIAL 20 /* RFC 5280 section 4.1.2.2 */

/* DER, or PEM of one.  Signed by the authority with no SHA-1; whole: no delta, not only for some
 * reasons or for authorities; of the address it was fetched from, where it names any; issued, and
 * with a nextUpdate, which may have passed.  Long lists take tens of milliseconds: off the loop.
 * NULL: ret_why. */
struct crl *crl_read(
    struct bytes list, struct bytes issuer_der, const char *url, char ret_why[128]);
void crl_free(struct crl *crl); /* NULL is legal */

int64_t crl_this_update_s(const struct crl *crl);
int64_t crl_next_update_s(const struct crl *crl);
size_t crl_n_entries(const struct crl *crl);

/* STANDING_GOOD: it is not on the list. */
enum standing crl_look(const struct crl *crl, struct bytes serial);

#endif
