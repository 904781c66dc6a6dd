/* SPDX-License-Identifier: Apache-2.0
 *
 * The fingerprint of weak RSA moduli (Nemec and others, "The Return of Coppersmith's Attack", CCS
 * 2017, section 2.2): modulo each of many small primes such a modulus is a power of 65537.  By
 * chance that happens to one modulus in 2^27.
 */
#include "jose/pkey.h"

#include <openssl/bn.h>

static bool is_power(unsigned residue, unsigned prime);

bool
pkey_is_roca(struct bytes modulus)
{
	/* Those below 168 of which 65537 does not generate every residue. */
	static const unsigned char primes[] = {
	    11, 13, 17, 19, 37, 53, 61, 71, 73, 79, 97, 103, 107, 109, 127, 151, 157};
	BIGNUM *n = BN_bin2bn(modulus.at, (int)modulus.len, NULL);
	bool is_roca = n != NULL;

	for (size_t i = 0; is_roca && i < sizeof(primes); i++)
		is_roca = is_power((unsigned)BN_mod_word(n, primes[i]), primes[i]);
	BN_free(n);
	return is_roca;
}

static bool
is_power(unsigned residue, unsigned prime)
{
	unsigned power = 1;

	do {
		if (power == residue)
			return true;
		power = power * (65537 % prime) % prime;
	} while (power != 1);
	return false;
}
