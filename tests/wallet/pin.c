/* SPDX-License-Identifier: Apache-2.0
 *
 * The file "tries" of an identity: a number.  Under identity_lock().
 */
#include "pin.h"

#include "file.h"

#include <stdlib.h>
#include <unistd.h>

static const char *path_of(struct wallet *wallet, const char *folder);

long
pin_tries(struct wallet *wallet, const char *folder)
{
	const char *path = path_of(wallet, folder);
	const char *reason = wallet->reason;
	const char *text;
	long tries;

	if (access(path, F_OK) < 0)
		return 0;
	if (file_read(wallet, path, &text) < 0) {
		wallet->reason = reason;
		return PIN_TRIES;
	}
	tries = strtol(text, NULL, 10);
	return tries < 0 || tries > PIN_TRIES ? PIN_TRIES : tries;
}

static const char *
path_of(struct wallet *wallet, const char *folder)
{
	return wallet_printf(wallet, "%s/tries", folder);
}

int
pin_try(struct wallet *wallet, const char *folder)
{
	long tries = pin_tries(wallet, folder);

	if (tries >= PIN_TRIES)
		return wallet_fail(wallet, WALLET_FAILED,
		    "the identity is shut after %d wrong PINs: remove it, and ask its issuer for a "
		    "new one",
		    PIN_TRIES);
	return file_replace(
	    wallet, path_of(wallet, folder), wallet_printf(wallet, "%ld\n", tries + 1));
}

void
pin_succeeded(struct wallet *wallet, const char *folder)
{
	unlink(path_of(wallet, folder));
}
