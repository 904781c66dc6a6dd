/* SPDX-License-Identifier: Apache-2.0
 *
 * Wrong PINs of an identity, counted in its folder.  Who has the files can set the count back: it
 * stops a person with the program in hand, and scrypt slows down the one with the files.
 */
#ifndef WALLET_PIN_H
#define WALLET_PIN_H

#include "wallet.h"

enum { PIN_TRIES = 5 };

/* Count a try before it is made, so that stopping the program in time does not help. */
int pin_try(struct wallet *wallet, const char *folder);
void pin_succeeded(struct wallet *wallet, const char *folder);

/* Tries made in a row; PIN_TRIES: shut. */
long pin_tries(struct wallet *wallet, const char *folder);

#endif
