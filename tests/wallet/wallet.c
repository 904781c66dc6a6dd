/* SPDX-License-Identifier: Apache-2.0
 *
 * Memory, faults and clock of one run of the reference wallet.  All other files use it.
 */
#include "wallet.h"

#include <openssl/crypto.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

struct piece {
	struct piece *next;
	void *thing;
	void (*drop)(void *thing);
	size_t n_bytes; /* of memory behind this head, wiped at the end */
	_Alignas(max_align_t) unsigned char memory[];
};

static void drop_json(void *thing);
static char *format_text(struct wallet *wallet, const char *format, va_list words)
    __attribute__((format(printf, 2, 0)));

static struct piece *
piece_new(struct wallet *wallet, size_t n_bytes)
{
	struct piece *piece = calloc(1, sizeof(*piece) + n_bytes);

	if (!piece) {
		fputs("dvara-wallet: out of memory\n", stderr);
		abort();
	}
	piece->n_bytes = n_bytes;
	piece->next = wallet->pieces;
	wallet->pieces = piece;
	return piece;
}

void *
wallet_alloc(struct wallet *wallet, size_t n_bytes)
{
	return piece_new(wallet, n_bytes)->memory;
}

char *
wallet_copy(struct wallet *wallet, const char *text, size_t n_bytes)
{
	char *copy = wallet_alloc(wallet, n_bytes + 1);

	memcpy(copy, text, n_bytes);
	return copy;
}

static char *
format_text(struct wallet *wallet, const char *format, va_list words)
{
	va_list again;
	char *text;
	int n;

	va_copy(again, words);
	n = vsnprintf(NULL, 0, format, again);
	va_end(again);
	if (n < 0)
		abort();
	text = wallet_alloc(wallet, (size_t)n + 1);
	vsnprintf(text, (size_t)n + 1, format, words);
	return text;
}

char *
wallet_printf(struct wallet *wallet, const char *format, ...)
{
	va_list words;
	char *text;

	va_start(words, format);
	text = format_text(wallet, format, words);
	va_end(words);
	return text;
}

void
wallet_own(struct wallet *wallet, void *thing, void (*drop)(void *thing))
{
	struct piece *piece = piece_new(wallet, 0);

	piece->thing = thing;
	piece->drop = drop;
}

json_t *
wallet_json(struct wallet *wallet, json_t *value)
{
	if (!value) {
		fputs("dvara-wallet: out of memory\n", stderr);
		abort();
	}
	wallet_own(wallet, value, drop_json);
	return value;
}

static void
drop_json(void *thing)
{
	json_decref(thing);
}

int
wallet_fail(struct wallet *wallet, enum wallet_fault code, const char *format, ...)
{
	va_list words;

	if (wallet->reason)
		return code;
	va_start(words, format);
	wallet->reason = format_text(wallet, format, words);
	va_end(words);
	return code;
}

#ifdef DVARA_TESTING
static int64_t
test_offset_s(void)
{
	const char *path = getenv("DVARA_TEST_CLOCK");
	char line[32] = "";
	FILE *file;

	file = path ? fopen(path, "re") : NULL;
	if (!file)
		return 0;
	if (!fgets(line, sizeof(line), file))
		line[0] = '\0';
	fclose(file);
	return strtoll(line, NULL, 10);
}
#endif

int64_t
wallet_now_s(void)
{
	int64_t now_s = time(NULL);

#ifdef DVARA_TESTING
	now_s += test_offset_s();
#endif
	return now_s;
}

void
wallet_clear(struct wallet *wallet)
{
	while (wallet->pieces) {
		struct piece *piece = wallet->pieces;

		wallet->pieces = piece->next;
		if (piece->drop)
			piece->drop(piece->thing);
		OPENSSL_cleanse(piece->memory, piece->n_bytes);
		free(piece);
	}
}
