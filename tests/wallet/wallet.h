/* SPDX-License-Identifier: Apache-2.0
 *
 * One run of the reference wallet: its settings, its memory, its first fault, its clock.
 *
 * The program does one thing and ends, so whatever it allocates or owns lives until
 * wallet_clear(); memory is wiped there, because keys and claims are in it.  Exhausted memory
 * ends the program.  One thread.
 */
#ifndef WALLET_WALLET_H
#define WALLET_WALLET_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What a function returns when it refuses; the reason is in wallet->reason. */
enum wallet_fault {
	WALLET_FAILED = -1,
	WALLET_USAGE = -2,
	WALLET_NOT_FOUND = -3,
	WALLET_CHOICE = -4, /* the person must say which; a report lists them */
};

struct wallet {
	const char *home;       /* folder of the identities */
	const char *trust_file; /* PEM: issuers and verifiers trusted */
	const char *ca_file;    /* PEM: authorities of TLS, or NULL: the system's */
	const char *pin;        /* protects private keys, or NULL: none */
	long timeout_s;         /* of one HTTP exchange */
	const char *reason;     /* first fault, one line, or NULL */
	struct piece *pieces;
};

/* Zeroed memory. */
void *wallet_alloc(struct wallet *wallet, size_t n_bytes);
char *wallet_copy(struct wallet *wallet, const char *text, size_t n_bytes);
char *wallet_printf(struct wallet *wallet, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* Take a thing over: `drop` is called with it at the end of the run. */
void wallet_own(struct wallet *wallet, void *thing, void (*drop)(void *thing));

/* Take a new JSON value over and return it; NULL (no memory) ends the program. */
json_t *wallet_json(struct wallet *wallet, json_t *value);

/* Keep the reason if it is the first, and return the code. */
int wallet_fail(struct wallet *wallet, enum wallet_fault code, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* Seconds since 1970 UTC; the file DVARA_TEST_CLOCK moves it in a testing build. */
int64_t wallet_now_s(void);

void wallet_clear(struct wallet *wallet);

#endif
